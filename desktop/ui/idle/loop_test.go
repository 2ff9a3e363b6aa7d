package idle

import "testing"

// A session's end sends SIGTERM, on which Fyne ends GLFW while a card may still be painted: that is
// no reason to crash.
func TestNobodyToWake(*testing.T) {
	wake() // GLFW was never begun here, which is the same to it as having ended
}
