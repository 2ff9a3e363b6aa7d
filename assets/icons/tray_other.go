//go:build !windows

package icons

import "embed"

//go:embed tray_*.png
var tray embed.FS

// Tray is a state's picture as the system's tray takes it: an ICO on Windows, a PNG elsewhere.
func Tray(s State) []byte {
	picture, _ := tray.ReadFile("tray_" + s.String() + ".png")
	return picture
}
