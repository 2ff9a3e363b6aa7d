//go:build unix

package crash

import "syscall"

// apart keeps the terminal's Ctrl+C from a process that is meant to outlive this one.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
