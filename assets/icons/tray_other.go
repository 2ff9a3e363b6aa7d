//go:build !windows

package icons

import "embed"

//go:embed tray_*.png
var tray embed.FS

// Tray returns a tray icon in the system's format: ICO on Windows, PNG elsewhere.
func Tray(l Look) []byte {
	picture, _ := tray.ReadFile("tray_" + l.String() + ".png")
	return picture
}
