//go:build linux

package frame_test

import (
	"bufio"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"traybell/desktop/platform/frame"
	"traybell/desktop/platform/xtest"

	"fyne.io/fyne/v2"
	"github.com/godbus/dbus/v5"
)

// method is an input method that turns "ni" and a space into 你. It speaks IBus's protocol.
type method struct {
	conn *dbus.Conn

	mu        sync.Mutex
	stuck     chan struct{} // it answers no key until this is closed; nil: it works
	keys      int
	composing string
	focus     []string
}

const contextPath = dbus.ObjectPath("/org/freedesktop/IBus/InputContext_1")

func (m *method) CreateInputContext(string) (dbus.ObjectPath, *dbus.Error) { return contextPath, nil }

func (m *method) SetCapabilities(uint32) *dbus.Error { return nil }

func (m *method) SetCursorLocation(int32, int32, int32, int32) *dbus.Error { return nil }

func (m *method) FocusIn() *dbus.Error { return m.focused("in") }

func (m *method) FocusOut() *dbus.Error { return m.focused("out") }

func (m *method) focused(how string) *dbus.Error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.focus = append(m.focus, how)
	return nil
}

func (m *method) ProcessKeyEvent(sym, _, state uint32) (taken bool, _ *dbus.Error) {
	const released = 1 << 30
	m.mu.Lock()
	m.keys++
	stuck := m.stuck
	m.mu.Unlock()
	if stuck != nil {
		<-stuck
		return false, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case state&released != 0:
		return false, nil
	case sym == 'n' || sym == 'i':
		m.composing += string(rune(sym))
		return true, nil
	case sym == ' ' && m.composing == "ni":
		m.composing = ""
		text := dbus.MakeVariant(struct {
			Name        string
			Attachments map[string]dbus.Variant
			Text        string
			Attributes  dbus.Variant
		}{"IBusText", map[string]dbus.Variant{}, "你", dbus.MakeVariant("none")})
		return true, dbusError(m.conn.Emit(contextPath, "org.freedesktop.IBus.InputContext.CommitText", text))
	}
	return false, nil
}

func dbusError(err error) *dbus.Error {
	if err != nil {
		return dbus.MakeFailedError(err)
	}
	return nil
}

// startMethod runs a bus of its own with the input method.
func startMethod(t *testing.T) *method {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "dbus-daemon", "--session", "--nofork", "--print-address")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skip("dbus-daemon is not installed: ", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)
	t.Setenv("IBUS_ADDRESS", address)
	t.Setenv("XMODIFIERS", "@im=ibus")
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	m := &method{conn: conn}
	for path, name := range map[dbus.ObjectPath]string{
		"/org/freedesktop/IBus": "org.freedesktop.IBus", contextPath: "org.freedesktop.IBus.InputContext",
	} {
		if err := conn.Export(m, path, name); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := conn.RequestName("org.freedesktop.IBus", 0); err != nil || r != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(r, err)
	}
	return m
}

// What an input method takes is not typed; what it composes is. Without it keys are typed as usual.
func TestInputMethod(t *testing.T) {
	d := xtest.Start(t, "800x600x24")
	d.Openbox()
	m := startMethod(t)
	u := sit(t)
	const n, i = 57, 31
	u.press(kA, n, i, kSpace, kSpace, kEsc)
	escape := func(e frame.Event) bool { // the last event
		k, ok := e.(frame.Key)
		return ok && k.Name == fyne.KeyEscape && !k.Pressed
	}
	u.has("Escape", escape)
	if got := u.typed(); got != "a你 " {
		t.Errorf("typed %q: %v", got, u.seen())
	}
	m.mu.Lock()
	if len(m.focus) != 1 || m.focus[0] != "in" {
		t.Errorf("focus: %v", m.focus)
	}
	m.mu.Unlock()
	_ = m.conn.Close() // it crashes
	u.mu.Lock()
	u.events = nil
	u.mu.Unlock()
	u.press(n, i, kEsc)
	u.has("Escape", escape)
	if got := u.typed(); got != "ni" {
		t.Errorf("without the input method: %q", got)
	}
}

// An input method that accepts the connection but says nothing does not stop the windows.
func TestInputMethodThatHangs(t *testing.T) {
	d := xtest.Start(t, "800x600x24")
	d.Openbox()
	socket := filepath.Join(t.TempDir(), "ibus")
	l, err := new(net.ListenConfig).Listen(t.Context(), "unix", socket) // the system accepts
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	t.Setenv("IBUS_ADDRESS", "unix:path="+socket)
	t.Setenv("XMODIFIERS", "@im=ibus")
	u := sit(t)
	u.press(kA)
	u.has("the key", func(e frame.Event) bool { return e == frame.Typed("a") })
}

// An input method that stops answering is not asked about the next key.
func TestInputMethodThatStops(t *testing.T) {
	d := xtest.Start(t, "800x600x24")
	d.Openbox()
	m := startMethod(t)
	u := sit(t)
	m.mu.Lock()
	m.stuck = make(chan struct{})
	m.mu.Unlock()
	t.Cleanup(func() { close(m.stuck) })
	u.press(kA, kC, kO)
	u.has("the keys", func(frame.Event) bool { return u.typed() == "aco" })
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keys != 1 {
		t.Errorf("it got %d keys", m.keys)
	}
}
