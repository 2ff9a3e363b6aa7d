package platform

import (
	"context"
	"errors"
	"time"
)

// ErrNoNotifications means that this system has no notifications that can be pressed.
var ErrNoNotifications = errors.New("no desktop notifications")

// Notification is what the desktop is asked to show in its own way.
type Notification struct {
	Replaces uint32 // the number of an earlier one; 0: a new one
	Title    string // plain text, as Text, whoever wrote it
	Text     string // lines
	Actions  []NotificationAction
	Urgent   bool   // a phone rings: it stays until it is taken back, whatever the desktop does with others
	Category string // of the Desktop Notifications Specification, such as "call.incoming"
	Expires  time.Duration
}

// NotificationAction is something to be pressed.
type NotificationAction struct{ Key, Label string }

// NotificationEvent is what became of a notification.
type NotificationEvent struct {
	ID      uint32
	Action  string // the key that was pressed
	Closed  bool   // it has left the screen, and not because we hid it
	Expired bool   // by itself
	Lost    bool   // the desktop's notifications began anew: all that were shown are gone
}

// Notifier shows notifications.
type Notifier interface {
	// Server is the name and version of who shows them.
	Server() string
	// CanAct tells whether actions can be pressed.
	CanAct() bool
	// Show shows one and returns its number, the same as before where it replaces one.
	Show(ctx context.Context, n Notification) (uint32, error)
	// Hide takes one back.
	Hide(ctx context.Context, id uint32)
	// Events is what became of them, also of other programs' ones. It is never closed.
	Events() <-chan NotificationEvent
	Close() error
}
