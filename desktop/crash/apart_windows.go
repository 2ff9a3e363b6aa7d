package crash

import (
	"os"
	"syscall"
	"time"
)

// detached starts a process without a window and protects it from the console's Ctrl+C.
func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{HideWindow: true, CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// awaitEnd waits up to endsWithin until a process has ended and released its resources.
func awaitEnd(pid int) {
	p, err := os.FindProcess(pid)
	if err != nil {
		return // already ended
	}
	ended := make(chan struct{})
	go func() {
		_, _ = p.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(endsWithin):
	}
}
