//go:build darwin

package idle

import "testing"

// On SIGTERM Fyne terminates GLFW while a card may be painted: that must not crash.
func TestWakeWithoutGLFW(*testing.T) {
	wake() // GLFW is not initialized here, which is the same as terminated
}
