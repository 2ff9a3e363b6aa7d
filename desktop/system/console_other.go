//go:build !windows

package system

// Console does nothing here: standard output always works.
func Console() {}
