package system

import (
	"os"

	"golang.org/x/sys/windows"
)

var attachConsole = windows.NewLazySystemDLL("kernel32.dll").NewProc("AttachConsole")

// Console attaches the program to the console that it was started from, so that --help and errors
// are visible. Windows starts GUI programs without one. Redirected output stays redirected. Call it
// before the first output.
func Console() {
	if out, err := windows.GetStdHandle(windows.STD_OUTPUT_HANDLE); err == nil && out != 0 &&
		out != windows.InvalidHandle {
		return
	}
	const parent = ^uintptr(0) // ATTACH_PARENT_PROCESS
	if ok, _, _ := attachConsole.Call(parent); ok == 0 {
		return // started without a console
	}
	if console, err := os.OpenFile("CONOUT$", os.O_RDWR, 0); err == nil {
		os.Stdout, os.Stderr = console, console
	}
}
