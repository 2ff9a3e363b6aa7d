package system

import "context"

// ScreenLocked is not read from macOS.
func ScreenLocked(context.Context) bool { return false }
