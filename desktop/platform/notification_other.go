//go:build !unix || darwin

package platform

import (
	"context"
	"log/slog"
)

// Notifications returns ErrNoNotifications: what Windows and macOS offer programs that are not
// installed as theirs has no actions to be pressed.
func Notifications(context.Context, *slog.Logger) (Notifier, error) { return nil, ErrNoNotifications }
