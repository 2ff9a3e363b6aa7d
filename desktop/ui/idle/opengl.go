package idle

import (
	"fmt"

	"github.com/go-gl/glfw/v3.4/glfw"
)

// OpenGL reports whether Fyne can open windows. It creates and destroys a hidden one with the
// context that Fyne needs, as Fyne itself exits on an error (remote desktops, virtual machines,
// servers). Call it on Fyne's goroutine while the app runs.
func OpenGL() error {
	glfw.DefaultWindowHints()
	glfw.WindowHint(glfw.Visible, glfw.False)
	glfw.WindowHint(glfw.ContextVersionMajor, 2)
	glfw.WindowHint(glfw.ContextVersionMinor, 1)
	window, err := glfw.CreateWindow(10, 10, "traybell", nil, nil)
	if err != nil {
		return fmt.Errorf("OpenGL is not available: %w", err)
	}
	window.Destroy()
	glfw.DefaultWindowHints()
	return nil
}
