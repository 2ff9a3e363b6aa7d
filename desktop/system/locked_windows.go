package system

import (
	"context"

	"golang.org/x/sys/windows"
)

var (
	openInputDesktop = windows.NewLazySystemDLL("user32.dll").NewProc("OpenInputDesktop")
	closeDesktop     = windows.NewLazySystemDLL("user32.dll").NewProc("CloseDesktop")
)

// ScreenLocked reports whether the user's desktop is locked, or another session is in front of it:
// the desktop that gets the input is then not the user's, who may not open it.
func ScreenLocked(context.Context) bool {
	const readObjects = 0x0001
	desktop, _, _ := openInputDesktop.Call(0, 0, readObjects)
	if desktop == 0 {
		return true
	}
	_, _, _ = closeDesktop.Call(desktop)
	return false
}
