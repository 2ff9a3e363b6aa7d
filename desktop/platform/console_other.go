//go:build !windows

package platform

// Console does nothing here: standard output always works.
func Console() {}
