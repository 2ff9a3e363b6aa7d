//go:build unix

package crash

import (
	"os"
	"syscall"
	"time"
)

// apart keeps the terminal's Ctrl+C from a process that is meant to outlive this one.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// awaitEnd waits until the process that started this one has ended with all that it held; not for
// ever.
func awaitEnd(parent int) {
	late := time.Now().Add(endsWithin)
	for os.Getppid() == parent && time.Now().Before(late) {
		time.Sleep(5 * time.Millisecond) // the system tells nobody but the ended one's own parent
	}
}
