//go:build !linux

package build

import (
	"os"
	"syscall"
)

func apart() *syscall.SysProcAttr { return nil }

// end asks the process to end. Windows can only kill it.
func end(p *os.Process) error {
	if p.Signal(syscall.SIGTERM) == nil {
		return nil
	}
	return p.Kill()
}

func adopt() {}

func endAdopted() {}
