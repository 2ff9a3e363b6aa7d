//go:build !windows && !darwin

package frame

import (
	"context"
	"errors"
	"image"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/jezek/xgb/xproto"
)

// ibus is an input method: IBus, or Fcitx, which also speaks its protocol.
type ibus struct {
	log     *slog.Logger
	conn    *dbus.Conn
	context dbus.BusObject
}

// methodTime is how long an input method may take. Without an answer keys are typed without it.
const methodTime = 300 * time.Millisecond

// connectTime is how long the connection to an input method may take. Windows wait for it.
const connectTime = time.Second

// openMethod connects to the session's input method, or returns nil if it uses none. It passes the
// method's texts to commit.
func openMethod(log *slog.Logger, commit func(text string)) *ibus {
	if !usesMethod() {
		return nil
	}
	address := methodAddress()
	if address == "" {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	late := time.AfterFunc(connectTime, cancel) // closes the connection
	defer late.Stop()
	conn, err := dbus.Dial(address, dbus.WithContext(ctx), dbus.WithSignalHandler(commits(commit)))
	if err != nil {
		log.Warn("input method not available", "error", err)
		return nil
	}
	m := &ibus{log: log, conn: conn}
	if err := m.start(); err != nil {
		log.Warn("input method not available", "error", err)
		_ = conn.Close()
		return nil
	}
	return m
}

// usesMethod reports whether the session has IBus or Fcitx for X programs.
func usesMethod() bool {
	for _, name := range []string{"XMODIFIERS", "GTK_IM_MODULE", "QT_IM_MODULE"} {
		value := os.Getenv(name)
		if strings.Contains(value, "ibus") || strings.Contains(value, "fcitx") {
			return true
		}
	}
	return false
}

// methodAddress is the address of IBus's bus: from the environment, or from the file that IBus
// writes for each display.
func methodAddress() string {
	if address := os.Getenv("IBUS_ADDRESS"); address != "" {
		return address
	}
	machine, err := os.ReadFile("/etc/machine-id")
	if err != nil {
		if machine, err = os.ReadFile("/var/lib/dbus/machine-id"); err != nil {
			return ""
		}
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	_, display, _ := strings.Cut(os.Getenv("DISPLAY"), ":")
	display, _, _ = strings.Cut(display, ".")
	file, err := os.ReadFile(filepath.Join(config, "ibus", "bus",
		strings.TrimSpace(string(machine))+"-unix-"+display))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(file)) {
		if address, ok := strings.CutPrefix(strings.TrimSpace(line), "IBUS_ADDRESS="); ok {
			return address
		}
	}
	return ""
}

func (m *ibus) start() error {
	if err := m.conn.Auth(nil); err != nil {
		return err
	}
	if err := m.conn.Hello(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), methodTime)
	defer cancel()
	var path dbus.ObjectPath
	err := m.conn.Object("org.freedesktop.IBus", "/org/freedesktop/IBus").
		CallWithContext(ctx, "org.freedesktop.IBus.CreateInputContext", 0, "traybell").Store(&path)
	if err != nil {
		return err
	}
	if err := m.conn.AddMatchSignalContext(ctx, dbus.WithMatchObjectPath(path)); err != nil {
		return err
	}
	m.context = m.conn.Object("org.freedesktop.IBus", path)
	const focus = uint32(1 << 3) // the method shows what is being composed
	return m.call("SetCapabilities", focus).Err
}

// call gives up a method that does not answer, until a frame gets the focus again: each key would
// wait for it, and late texts would follow keys that are typed already.
func (m *ibus) call(method string, args ...any) *dbus.Call {
	ctx, cancel := context.WithTimeout(context.Background(), methodTime)
	defer cancel()
	c := m.context.CallWithContext(ctx, "org.freedesktop.IBus.InputContext."+method, 0, args...)
	if errors.Is(c.Err, context.DeadlineExceeded) {
		m.log.Warn("input method does not answer", "method", method)
		m.close()
	}
	return c
}

func (m *ibus) focus(gained bool) {
	method := "FocusOut"
	if gained {
		method = "FocusIn"
	}
	if err := m.call(method).Err; err != nil {
		m.log.Debug("input method", "error", err)
	}
}

// process passes a key to the method and reports whether it was taken.
func (m *ibus) process(sym xproto.Keysym, code xproto.Keycode, state uint16, pressed bool) (taken bool) {
	const released, evdev = 1 << 30, 8
	mask := uint32(state & 0xff)
	if !pressed {
		mask |= released
	}
	if err := m.call("ProcessKeyEvent", uint32(sym), uint32(code)-evdev, mask).Store(&taken); err != nil {
		m.log.Debug("input method", "error", err)
		return false
	}
	return taken
}

func (m *ibus) close() { _ = m.conn.Close() }

// caret tells the input method where text is typed.
func (s *x11) caret(at image.Rectangle) {
	s.mu.Lock()
	m := s.method
	s.mu.Unlock()
	if m != nil {
		m.context.Go("org.freedesktop.IBus.InputContext.SetCursorLocation", dbus.FlagNoReplyExpected, nil,
			int32(at.Min.X), int32(at.Min.Y), int32(at.Dx()), int32(at.Dy()))
	}
}

// commits receives the method's texts. D-Bus calls it before the answer about the key that caused
// one.
type commits func(text string)

// DeliverSignal implements dbus.SignalHandler.
func (c commits) DeliverSignal(_, name string, s *dbus.Signal) {
	if name != "CommitText" || len(s.Body) == 0 {
		return
	}
	// IBusText: a name, attachments, the text, attributes
	v, ok := s.Body[0].(dbus.Variant)
	if !ok {
		return
	}
	if fields, ok := v.Value().([]any); ok && len(fields) > 2 {
		if text, ok := fields[2].(string); ok {
			c(text)
		}
	}
}
