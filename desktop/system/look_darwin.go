package system

import "context"

// HighContrast is not read from macOS. The agent sets it in Settings.
func HighContrast(context.Context) bool { return false }

// Dark is what Fyne reads from macOS.
func Dark(context.Context) bool { return false }
