package crash

import (
	"os"
	"syscall"
	"time"
)

// apart keeps a process that is meant to outlive this one without a window and away from the
// console's Ctrl+C.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{HideWindow: true, CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// awaitEnd waits until a process has ended with all that it held; not for ever.
func awaitEnd(pid int) {
	p, err := os.FindProcess(pid)
	if err != nil {
		return // it is gone
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
