package platform

import "context"

// HighContrast is not read from macOS. The agent sets it in Settings.
func HighContrast(context.Context) bool { return false }
