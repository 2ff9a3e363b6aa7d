//go:build !unix || darwin

package system

import (
	"context"
	"log/slog"
)

// Notifications returns ErrNoNotifications: notifications of uninstalled programs have no actions
// on Windows and macOS.
func Notifications(context.Context, *slog.Logger) (Notifier, error) { return nil, ErrNoNotifications }
