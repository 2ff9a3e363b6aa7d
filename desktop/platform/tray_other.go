//go:build !unix || darwin

package platform

// Tray reports whether tray icons work, here always.
func Tray() error { return nil }
