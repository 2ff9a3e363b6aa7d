//go:build unix

package crash

import (
	"os"
	"syscall"
	"time"
)

// detached keeps the terminal's Ctrl+C from a process that outlives this one.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// awaitEnd waits up to endsWithin until the parent process has ended and released its resources.
func awaitEnd(parent int) {
	late := time.Now().Add(endsWithin)
	for os.Getppid() == parent && time.Now().Before(late) {
		time.Sleep(5 * time.Millisecond) // only a process's own parent is notified of its end
	}
}
