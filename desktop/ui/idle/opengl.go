package idle

import (
	"fmt"

	"github.com/go-gl/glfw/v3.4/glfw"
)

// OpenGL tells whether Fyne can open a window here: it makes a hidden one, with a context as Fyne
// asks for it, and takes it away again. Fyne itself ends the program where that fails (remote
// desktops, virtual machines, servers). To be called on Fyne's goroutine while it runs.
func OpenGL() error {
	glfw.DefaultWindowHints()
	glfw.WindowHint(glfw.Visible, glfw.False)
	glfw.WindowHint(glfw.ContextVersionMajor, 2)
	glfw.WindowHint(glfw.ContextVersionMinor, 1)
	window, err := glfw.CreateWindow(10, 10, "traybell", nil, nil)
	if err != nil {
		return fmt.Errorf("this computer has no OpenGL for windows: %w", err)
	}
	window.Destroy()
	glfw.DefaultWindowHints()
	return nil
}
