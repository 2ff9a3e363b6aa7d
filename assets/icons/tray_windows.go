package icons

import "embed"

//go:embed tray_*.ico
var tray embed.FS

// Tray is a picture as the system's tray takes it: an ICO on Windows, a PNG elsewhere.
func Tray(l Look) []byte {
	picture, _ := tray.ReadFile("tray_" + l.String() + ".ico")
	return picture
}
