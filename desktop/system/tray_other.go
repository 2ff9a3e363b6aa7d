//go:build !unix || darwin

package system

// Tray reports whether tray icons work, here always.
func Tray() error { return nil }
