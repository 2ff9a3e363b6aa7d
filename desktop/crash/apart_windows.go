package crash

import "syscall"

// apart keeps a process that is meant to outlive this one without a window and away from the console's Ctrl+C.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{HideWindow: true, CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
