package system

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

// listenOrSend creates the folder's named pipe, or sends the request to the running instance. Unix
// sockets do not exist on Windows Server 2016.
//
// By default, an inbound pipe is writable for this user and administrators only.
func listenOrSend(_ context.Context, name string, request []byte) (listener, error) {
	p := &pipe{done: make(chan struct{}), path: `\\.\pipe\traybell-` + userName() + "-" + name}
	err := send(p.path, request)
	if !errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
		return nil, errors.Join(ErrRunning, err)
	}
	// another start was faster
	if p.waiting, err = p.make(windows.FILE_FLAG_FIRST_PIPE_INSTANCE); errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return nil, errors.Join(ErrRunning, send(p.path, request))
	} else if err != nil {
		return nil, fmt.Errorf("single instance: %w", err)
	}
	return p, nil
}

// handOver limits the time to pass on a request, in milliseconds.
const handOver = 1000

var waitNamedPipe = windows.NewLazySystemDLL("kernel32.dll").NewProc("WaitNamedPipeW")

// send sends a request to the running instance, which has no free pipe for a moment between two
// requests.
func send(path string, request []byte) error {
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

// pipe is the running instance's end.
type pipe struct {
	path    string
	waiting windows.Handle // owned by next's goroutine
	closed  atomic.Bool
	done    chan struct{} // closed when next has returned an error
}

func (p *pipe) make(flags uint32) (windows.Handle, error) {
	path, err := windows.UTF16PtrFromString(p.path)
	if err != nil {
		return 0, err
	}
	const mode = windows.PIPE_TYPE_BYTE | windows.PIPE_WAIT | windows.PIPE_REJECT_REMOTE_CLIENTS
	return windows.CreateNamedPipe(path, windows.PIPE_ACCESS_INBOUND|flags, mode, windows.PIPE_UNLIMITED_INSTANCES, 0,
		maxRequestSize, 0, nil)
}

var errPipeClosed = errors.New("pipe closed")

// next waits for another start. It creates the pipe for the one after that before it returns.
func (p *pipe) next() (io.ReadCloser, error) {
	now := p.waiting
	err := windows.ConnectNamedPipe(now, nil)
	// the client connected, or has already disconnected
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
		close(p.done)
		return nil, errors.Join(err, windows.CloseHandle(now))
	}
	return os.NewFile(uintptr(now), p.path), nil
}

// Close wakes next with a connection and releases the name.
func (p *pipe) Close() error {
	p.closed.Store(true)
	if conn, err := os.OpenFile(p.path, os.O_WRONLY, 0); err == nil {
		_ = conn.Close()
	}
	<-p.done
	return nil
}

// userName is the user's name as a part of a pipe's name, since the settings folders of all users
// of a terminal server may have the same name.
func userName() string {
	return strings.Map(func(c rune) rune {
		if c == '\\' || c < ' ' {
			return '_'
		}
		return c
	}, os.Getenv("USERDOMAIN")+"_"+os.Getenv("USERNAME"))
}
