package system

import (
	"context"
	"errors"
	"time"
)

// ErrNoNotifications means that this system has no notifications with actions.
var ErrNoNotifications = errors.New("no desktop notifications")

// Notification is a desktop notification.
type Notification struct {
	Replaces uint32 // ID of the notification to replace; 0: a new one
	Title    string // plain text, untrusted, like Text
	Text     string // may have several lines
	Actions  []NotificationAction
	Urgent   bool   // for a ringing phone: stays until it is hidden
	Category string // as in the Desktop Notifications Specification, such as "call.incoming"
	Expires  time.Duration
}

// NotificationAction is a button.
type NotificationAction struct{ Key, Label string }

// NotificationEvent is an event of a notification.
type NotificationEvent struct {
	ID      uint32
	Action  string // key of the pressed action
	Closed  bool   // no longer on the screen, and not hidden by us
	Expired bool   // closed by timeout
	Lost    bool   // the notification server was restarted: all notifications are gone
}

// Notifier shows notifications.
type Notifier interface {
	// Server is the name and version of the notification server.
	Server() string
	// CanAct reports whether actions are supported.
	CanAct() bool
	// Show shows a notification and returns its ID.
	Show(ctx context.Context, n Notification) (uint32, error)
	// Hide closes a notification.
	Hide(ctx context.Context, id uint32)
	// Events returns events, including those of other programs' notifications. It is never closed.
	Events() <-chan NotificationEvent
	Close() error
}
