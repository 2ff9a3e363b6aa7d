package frame

import (
	"log/slog"
	"time"
	"unsafe"

	"traybell/desktop/platform/win32"

	"golang.org/x/sys/windows"
)

// New starts the thread that owns the frames.
func New(log *slog.Logger) (System, error) {
	s := &winSystem{log: log, frames: map[uintptr]*winFrame{}}
	var err error
	if s.Thread, err = win32.NewThread("TraybellWindow", true, s.message); err != nil {
		return nil, err
	}
	return s, nil
}

// winSystem has a thread for frames and the clipboard, which the thread's hidden window owns.
type winSystem struct {
	*win32.Thread
	log    *slog.Logger
	frames map[uintptr]*winFrame // used on the thread
}

// message is the window procedure. It runs on the thread.
func (s *winSystem) message(w uintptr, m uint32, wParam, lParam uintptr) uintptr {
	if f := s.frames[w]; f != nil {
		if result, done := f.message(m, wParam, lParam); done {
			return result
		}
	}
	r, _, _ := win32.DefWindowProc.Call(w, uintptr(m), wParam, lParam)
	return r
}

// clipboard opens the clipboard, which another program may be using, for use.
func (s *winSystem) clipboard(use func()) {
	for range 20 {
		if ok, _, _ := win32.OpenClipboard.Call(s.Control); ok != 0 {
			defer func() { _, _, _ = win32.CloseClipboard.Call() }()
			use()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.log.Warn("the clipboard is in use")
}

// Copy implements System.
func (s *winSystem) Copy(text string) {
	data, err := windows.UTF16FromString(text)
	if err != nil {
		return // contains NUL
	}
	s.Post(func() {
		s.clipboard(func() {
			_, _, _ = win32.EmptyClipboard.Call()
			size := uintptr(2 * len(data))
			handle, _, _ := win32.GlobalAlloc.Call(win32.GMEM_MOVEABLE, size)
			if handle == 0 {
				return
			}
			to, _, _ := win32.GlobalLock.Call(handle)
			_, _, _ = win32.MoveMemory.Call(to, uintptr(unsafe.Pointer(&data[0])), size)
			_, _, _ = win32.GlobalUnlock.Call(handle)
			if ok, _, _ := win32.SetClipboardData.Call(win32.CF_UNICODETEXT, handle); ok == 0 {
				_, _, _ = win32.GlobalFree.Call(handle)
			}
		})
	})
}

// Pasted implements System.
func (s *winSystem) Pasted() (text string) {
	s.Call(func() {
		s.clipboard(func() {
			handle, _, _ := win32.GetClipboardData.Call(win32.CF_UNICODETEXT)
			if handle == 0 {
				return
			}
			size, _, _ := win32.GlobalSize.Call(handle)
			from, _, _ := win32.GlobalLock.Call(handle)
			if from == 0 || size < 2 {
				return
			}
			data := make([]uint16, size/2)
			_, _, _ = win32.MoveMemory.Call(uintptr(unsafe.Pointer(&data[0])), from, size/2*2)
			_, _, _ = win32.GlobalUnlock.Call(handle)
			text = windows.UTF16ToString(data)
		})
	})
	return text
}

// Close implements System. The system keeps the clipboard.
func (s *winSystem) Close() error {
	s.Stop(func() {
		for _, f := range s.frames {
			f.destroy()
		}
	})
	return nil
}
