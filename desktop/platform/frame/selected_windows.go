package frame

import (
	"time"

	"traybell/desktop/platform/win32"

	"golang.org/x/sys/windows"
)

// copyTime is how long a program may take to copy what is selected in it.
const copyTime = 700 * time.Millisecond

// Selected implements System by Ctrl+C. A clipboard that holds anything but text is left alone, as it
// could not be restored.
func (s *winSystem) Selected() string {
	before := s.Pasted()
	if formats, _, _ := win32.CountClipboardFormats.Call(); before == "" && formats != 0 {
		s.log.Info("the selected text is not copied: the clipboard holds something else than text")
		return ""
	}
	const up = 2
	first, _, _ := win32.GetClipboardSequenceNumber.Call()
	stroke := func(key, flags uintptr) { _, _, _ = win32.KeybdEvent.Call(key, 0, flags, 0) }
	// the keys of the hotkey are still down
	for _, key := range []uintptr{windows.VK_CONTROL, windows.VK_MENU, windows.VK_SHIFT, windows.VK_LWIN} {
		stroke(key, up)
	}
	stroke(windows.VK_CONTROL, 0)
	stroke('C', 0)
	stroke('C', up)
	stroke(windows.VK_CONTROL, up)
	for late := time.Now().Add(copyTime); time.Now().Before(late); time.Sleep(20 * time.Millisecond) {
		if now, _, _ := win32.GetClipboardSequenceNumber.Call(); now != first {
			text := s.Pasted()
			s.Copy(before)
			return text
		}
	}
	return ""
}
