//go:build !windows

package settings

// Installed is empty: only the setup program for Windows is given a hub.
func Installed() (own Own, place string, err error) { return Own{}, "", nil }
