//go:build unix && !darwin

package system

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

// Names of the Desktop Notifications Specification 1.2.
const (
	notificationsName = "org.freedesktop.Notifications"
	notificationsPath = "/org/freedesktop/Notifications"
)

// callTimeout includes the start of the notification server by the bus.
const callTimeout = 10 * time.Second

const (
	maxTitle = 200  // characters
	maxText  = 1500 // characters in all lines
)

// Notifications connects to the session's notification server. It returns ErrNoBus or
// ErrNoNotifications if there is none.
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

// notifier is a connection to the session bus.
type notifier struct {
	bus     *dbus.Conn
	log     *slog.Logger
	server  string
	can     []string // capabilities of the server
	signals chan *dbus.Signal
	events  chan NotificationEvent
}

func (n *notifier) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
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

// listen forwards signals as events until the connection ends.
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
			if dbus.Store(s.Body, &e.ID, &reason) != nil || reason == 3 { // 3: closed by CloseNotification
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
			n.log.Warn("notification event dropped", "event", e)
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
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	urgency := byte(1)
	if in.Urgent {
		urgency = 2
	}
	hints := map[string]dbus.Variant{
		"urgency": dbus.MakeVariant(urgency), "desktop-entry": dbus.MakeVariant("traybell"),
		"resident": dbus.MakeVariant(true), // a press does not close it: the ticket's number follows
	}
	if in.Category != "" {
		hints["category"] = dbus.MakeVariant(in.Category)
	}
	actions := []string{}
	if n.CanAct() {
		for _, a := range in.Actions {
			// the key may contain a customer's login; a shortened one could match another customer
			if clean(a.Key, maxTitle) != a.Key {
				n.log.Debug("notification action skipped: invalid key", "action", clean(a.Key, maxTitle))
				continue
			}
			actions = append(actions, a.Key, clean(a.Label, maxTitle))
		}
	}
	var id uint32
	err := n.call(ctx, "Notify", "traybell", in.Replaces, "traybell", clean(in.Title, maxTitle), n.body(in.Text),
		actions, hints, int32(in.Expires.Milliseconds())).Store(&id)
	if err != nil {
		return 0, fmt.Errorf("notification: %w", err)
	}
	return id, nil
}

// markup escapes characters with a meaning in Pango and other parsers of the body.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

// body escapes untrusted text for servers that parse markup.
func (n *notifier) body(text string) string {
	text = clean(text, maxText)
	if slices.Contains(n.can, "body-markup") {
		text = markup.Replace(text)
	}
	return text
}

// clean removes what the bus rejects (invalid UTF-8, NUL) or what disguises text (bidirectional
// controls), and shortens long text.
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
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := n.call(ctx, "CloseNotification", id).Err; err != nil {
		n.log.Debug("cannot close notification", "error", err) // usually closed already
	}
}

// Close ends the connection.
func (n *notifier) Close() error {
	return n.bus.Close()
}
