//go:build unix && !darwin

package platform

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/godbus/dbus/v5"
)

// The names of the Desktop Notifications Specification 1.2.
const (
	notificationsName = "org.freedesktop.Notifications"
	notificationsPath = "/org/freedesktop/Notifications"
)

// askWithin is how long the desktop may take: it may start the program that shows notifications
// first.
const askWithin = 10 * time.Second

const (
	mostTitle = 200  // characters
	mostText  = 1500 // of all lines
)

// Notifications reaches whoever shows notifications in this session. It returns ErrNoBus or
// ErrNoNotifications where nobody does.
func Notifications(ctx context.Context, log *slog.Logger) (Notifier, error) {
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoBus, err)
	}
	n := &notifier{bus: bus, log: log, signals: make(chan *dbus.Signal, 64), events: make(chan NotificationEvent, 64)}
	if err := n.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrNoNotifications, err), bus.Close())
	}
	go n.listen()
	return n, nil
}

// notifier is one connection to the session's bus.
type notifier struct {
	bus     *dbus.Conn
	log     *slog.Logger
	server  string
	can     []string // its capabilities
	signals chan *dbus.Signal
	events  chan NotificationEvent
}

func (n *notifier) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	var name, vendor, version, specification string
	if err := n.call(ctx, "GetServerInformation").Store(&name, &vendor, &version, &specification); err != nil {
		return err
	}
	n.server = strings.TrimSpace(name + " " + version)
	if err := n.call(ctx, "GetCapabilities").Store(&n.can); err != nil {
		return err
	}
	if err := n.bus.AddMatchSignalContext(ctx, dbus.WithMatchInterface(notificationsName),
		dbus.WithMatchObjectPath(notificationsPath)); err != nil {
		return err
	}
	if err := n.bus.AddMatchSignalContext(ctx, dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, notificationsName)); err != nil {
		return err
	}
	n.bus.Signal(n.signals)
	return nil
}

func (n *notifier) call(ctx context.Context, method string, args ...any) *dbus.Call {
	return n.bus.Object(notificationsName, notificationsPath).CallWithContext(ctx, notificationsName+"."+method, 0,
		args...)
}

// listen translates signals until the bus ends.
func (n *notifier) listen() {
	for s := range n.signals {
		var e NotificationEvent
		var reason uint32
		switch s.Name {
		case notificationsName + ".ActionInvoked":
			if dbus.Store(s.Body, &e.ID, &e.Action) != nil {
				continue
			}
		case notificationsName + ".NotificationClosed":
			if dbus.Store(s.Body, &e.ID, &reason) != nil || reason == 3 { // 3: we took it back
				continue
			}
			e.Closed, e.Expired = true, reason == 1
		case "org.freedesktop.DBus.NameOwnerChanged":
			var name, was, now string
			if dbus.Store(s.Body, &name, &was, &now) != nil || now == "" {
				continue
			}
			e.Lost = true
		default:
			continue
		}
		select {
		case n.events <- e:
		default:
			n.log.Warn("what became of a notification is not heard", "event", e)
		}
	}
}

// Server implements Notifier.
func (n *notifier) Server() string { return n.server }

// CanAct implements Notifier.
func (n *notifier) CanAct() bool { return slices.Contains(n.can, "actions") }

// Events implements Notifier.
func (n *notifier) Events() <-chan NotificationEvent { return n.events }

// Show implements Notifier.
func (n *notifier) Show(ctx context.Context, in Notification) (uint32, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	urgency := byte(1)
	if in.Urgent {
		urgency = 2
	}
	hints := map[string]dbus.Variant{
		"urgency": dbus.MakeVariant(urgency), "desktop-entry": dbus.MakeVariant("traybell"),
		"resident": dbus.MakeVariant(true), // a press is not its end: the ticket's number comes
	}
	if in.Category != "" {
		hints["category"] = dbus.MakeVariant(in.Category)
	}
	actions := []string{}
	if n.CanAct() {
		for _, a := range in.Actions {
			// a customer's login may be in it, and what is not sent whole would name another one
			if clean(a.Key, mostTitle) != a.Key {
				n.log.Debug("an action of a notification cannot be offered: what it is about cannot be told to the "+
					"desktop",
					"action", clean(a.Key, mostTitle))
				continue
			}
			actions = append(actions, a.Key, clean(a.Label, mostTitle))
		}
	}
	var id uint32
	err := n.call(ctx, "Notify", "traybell", in.Replaces, "traybell", clean(in.Title, mostTitle), n.body(in.Text),
		actions, hints, int32(in.Expires.Milliseconds())).Store(&id)
	if err != nil {
		return 0, fmt.Errorf("notification: %w", err)
	}
	return id, nil
}

// markup is what Pango, and whoever else reads the body's markup, takes for its own.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// body makes text of strangers harmless: where the desktop reads markup in it, it finds none.
func (n *notifier) body(text string) string {
	text = clean(text, mostText)
	if slices.Contains(n.can, "body-markup") {
		text = markup.Replace(text)
	}
	return text
}

// clean takes out what would end the connection to the bus (it carries UTF-8 only, without NUL) or
// disguise a text, and cuts what is too long.
func clean(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r < ' ', r == 0x7f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most-1]) + "…"
	}
	return text
}

// Hide implements Notifier.
func (n *notifier) Hide(ctx context.Context, id uint32) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	if err := n.call(ctx, "CloseNotification", id).Err; err != nil {
		n.log.Debug("a notification was not taken back", "error", err) // most often it has gone by itself
	}
}

// Close ends the connection.
func (n *notifier) Close() error {
	return n.bus.Close()
}
