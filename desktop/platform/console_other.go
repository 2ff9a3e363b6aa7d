//go:build !windows

package platform

// Console has nothing to do here: every program has what it was started with to write to.
func Console() {}
