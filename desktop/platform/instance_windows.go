package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/windows"
)

// firstOrTell makes the folder's named pipe, or writes to whoever has. Sockets in files would do on
// newer systems; a terminal server of 2016 has none.
//
// A pipe that programs may only write to can, by Windows' default rights, be written to by this
// user and by administrators.
func firstOrTell(_ context.Context, name string, request []byte) (requests, error) {
	p := &pipe{gone: make(chan struct{}), path: `\\.\pipe\traybell-` + userName() + "-" + name}
	err := tell(p.path, request)
	if !errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
		return nil, errors.Join(ErrRunning, err)
	}
	// another was quicker
	if p.waiting, err = p.make(windows.FILE_FLAG_FIRST_PIPE_INSTANCE); errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return nil, errors.Join(ErrRunning, tell(p.path, request))
	} else if err != nil {
		return nil, fmt.Errorf("single instance: %w", err)
	}
	return p, nil
}

// handOver is how long two programs take to hand over a request, in milliseconds.
const handOver = 1000

var waitNamedPipe = windows.NewLazySystemDLL("kernel32.dll").NewProc("WaitNamedPipeW")

// tell writes a request to the running program. Between two requests it has no pipe open for a
// moment.
func tell(path string, request []byte) error {
	out, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, windows.ERROR_PIPE_BUSY) {
		name, wrong := windows.UTF16PtrFromString(path)
		if wrong != nil {
			return wrong
		}
		_, _, _ = waitNamedPipe.Call(uintptr(unsafe.Pointer(name)), handOver)
		out, err = os.OpenFile(path, os.O_WRONLY, 0)
	}
	if err != nil {
		return err
	}
	_, err = out.Write(request)
	return errors.Join(err, out.Close())
}

// pipe is the running program's end.
type pipe struct {
	path    string
	waiting windows.Handle // of next's goroutine
	closed  atomic.Bool
	gone    chan struct{} // closed when next has seen the end
}

func (p *pipe) make(flags uint32) (windows.Handle, error) {
	path, err := windows.UTF16PtrFromString(p.path)
	if err != nil {
		return 0, err
	}
	const mode = windows.PIPE_TYPE_BYTE | windows.PIPE_WAIT | windows.PIPE_REJECT_REMOTE_CLIENTS
	return windows.CreateNamedPipe(path, windows.PIPE_ACCESS_INBOUND|flags, mode, windows.PIPE_UNLIMITED_INSTANCES, 0,
		longestRequest, 0, nil)
}

var errPipeClosed = errors.New("the pipe is closed")

// next waits for another start. Before it hands over its pipe it opens one for the start after
// that.
func (p *pipe) next() (io.ReadCloser, error) {
	now := p.waiting
	err := windows.ConnectNamedPipe(now, nil)
	// it came, or came and went, before we waited
	if errors.Is(err, windows.ERROR_PIPE_CONNECTED) || errors.Is(err, windows.ERROR_NO_DATA) {
		err = nil
	}
	if err == nil && p.closed.Load() {
		err = errPipeClosed
	}
	if err == nil {
		p.waiting, err = p.make(0)
	}
	if err != nil {
		close(p.gone)
		return nil, errors.Join(err, windows.CloseHandle(now))
	}
	return os.NewFile(uintptr(now), p.path), nil
}

// Close wakes who waits by a visit, and takes the name away.
func (p *pipe) Close() error {
	p.closed.Store(true)
	if visit, err := os.OpenFile(p.path, os.O_WRONLY, 0); err == nil {
		_ = visit.Close()
	}
	<-p.gone
	return nil
}

// userName is what the user is called, as a part of a pipe's name: others on the same terminal
// server have settings of the same name.
func userName() string {
	return strings.Map(func(c rune) rune {
		if c == '\\' || c < ' ' {
			return '_'
		}
		return c
	}, os.Getenv("USERDOMAIN")+"_"+os.Getenv("USERNAME"))
}
