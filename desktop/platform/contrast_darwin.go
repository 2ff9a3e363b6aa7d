package platform

import "context"

// HighContrast is not asked of macOS: the agent chooses it in Settings.
func HighContrast(context.Context) bool { return false }
