//go:build linux

package system_test

import (
	"bufio"
	"errors"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/desktop/system"

	"github.com/godbus/dbus/v5"
)

// shower is a notification server on a real bus.
type shower struct {
	bus *dbus.Conn
	can []string

	mu      sync.Mutex
	titles  []string
	bodies  []string
	actions [][]string
	hidden  []uint32
}

// GetServerInformation and the methods below implement the Desktop Notifications Specification.
func (*shower) GetServerInformation() (name, vendor, version, specification string, err *dbus.Error) {
	return "shower", "traybell", "7", "1.2", nil
}

func (s *shower) GetCapabilities() ([]string, *dbus.Error) { return s.can, nil }

func (s *shower) Notify(_ string, replaces uint32, _, title, body string, actions []string, _ map[string]dbus.Variant,
	_ int32,
) (uint32, *dbus.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.titles, s.bodies, s.actions = append(s.titles, title), append(s.bodies, body), append(s.actions, actions)
	if replaces != 0 {
		return replaces, nil
	}
	return uint32(len(s.titles)), nil
}

func (s *shower) CloseNotification(id uint32) *dbus.Error {
	s.mu.Lock()
	s.hidden = append(s.hidden, id)
	s.mu.Unlock()
	_ = s.bus.Emit("/org/freedesktop/Notifications", "org.freedesktop.Notifications.NotificationClosed", id, uint32(3))
	return nil
}

// bus starts a session bus.
func bus(t *testing.T) {
	t.Helper()
	path, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("dbus-daemon is not installed: this test needs a real bus (apt-get install dbus)")
	}
	cmd := exec.CommandContext(t.Context(), path, "--session", "--nofork", "--print-address")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the session bus did not start")
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", lines.Text())
}

func showerOn(t *testing.T, can ...string) *shower {
	t.Helper()
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	s := &shower{bus: conn, can: can}
	if err := conn.Export(s, "/org/freedesktop/Notifications", "org.freedesktop.Notifications"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName("org.freedesktop.Notifications", 0); err != nil {
		t.Fatal(err)
	}
	return s
}

func notifier(t *testing.T) system.Notifier {
	t.Helper()
	n, err := system.Notifications(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func TestHostileTextIsEscaped(t *testing.T) {
	bus(t)
	s := showerOn(t, "body", "body-markup", "actions")
	n := notifier(t)
	const hostile = "<a href=\"http://evil\">Anna</a> & <img src='x'>\x00\x1b[31m \u202e7654 \xff\xfe\nsecond line"
	long := strings.Repeat("я", 5000)
	if n.Server() != "shower 7" || !n.CanAct() {
		t.Errorf("server %q, can act %v", n.Server(), n.CanAct())
	}
	id, err := n.Show(t.Context(), system.Notification{
		Title: hostile, Text: hostile + long, Actions: []system.NotificationAction{
			{Key: "ok", Label: "OK\x00"}, {Key: "ok:an\x00na", Label: "for Anna"}, {Key: "add:" + long, Label: "Add"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := n.Show(t.Context(), system.Notification{Replaces: id, Title: "x"}); err != nil || again != id {
		t.Errorf("replace: %d, %v, want %d", again, err, id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	body := s.bodies[0]
	if strings.ContainsAny(body, "<>\"'\x00\x1b\u202e") || !strings.Contains(body,
		"&lt;a href=&quot;http://evil&quot;&gt;Anna&lt;/a&gt; &amp; ") || !strings.Contains(body, "\nsecond line") {
		t.Errorf("body: %.300q", body)
	}
	if n := len([]rune(body)); n > 1700 {
		t.Errorf("%d characters", n)
	}
	if title := s.titles[0]; !strings.HasPrefix(title, "<a href=") || strings.ContainsAny(title, "\x00\x1b\u202e") {
		t.Errorf("title: %q", title)
	}
	if !slices.Equal(s.actions[0], []string{"ok", "OK "}) {
		t.Errorf("actions: %q", s.actions[0])
	}
}

func TestServerWithoutMarkupAndActions(t *testing.T) {
	bus(t)
	s := showerOn(t, "body")
	n := notifier(t)
	if n.CanAct() {
		t.Error("CanAct is true without actions")
	}
	if _, err := n.Show(t.Context(), system.Notification{
		Title: "a", Text: "b & <c>", Actions: []system.NotificationAction{{Key: "ok", Label: "OK"}},
	}); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bodies[0] != "b & <c>" || len(s.actions[0]) != 0 {
		t.Errorf("body %q, actions %q", s.bodies[0], s.actions[0])
	}
}

func TestNotificationEvents(t *testing.T) {
	bus(t)
	s := showerOn(t, "actions")
	n := notifier(t)
	id, err := n.Show(t.Context(), system.Notification{Title: "a"})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(want system.NotificationEvent) {
		t.Helper()
		select {
		case got := <-n.Events():
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("no event %+v", want)
		}
	}
	emit := func(name string, values ...any) {
		t.Helper()
		if err := s.bus.Emit("/org/freedesktop/Notifications", "org.freedesktop.Notifications."+
			name, values...); err != nil {
			t.Fatal(err)
		}
	}
	emit("ActionInvoked", id, "ok")
	expect(system.NotificationEvent{ID: id, Action: "ok"})
	n.Hide(t.Context(), id) // hidden by us: no event
	emit("NotificationClosed", id, uint32(2))
	expect(system.NotificationEvent{ID: id, Closed: true})
	emit("NotificationClosed", id, uint32(1))
	expect(system.NotificationEvent{ID: id, Closed: true, Expired: true})
	emit("NotificationClosed", "nonsense")
	if _, err := s.bus.ReleaseName("org.freedesktop.Notifications"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.bus.RequestName("org.freedesktop.Notifications", 0); err != nil {
		t.Fatal(err)
	}
	expect(system.NotificationEvent{Lost: true})
}

func TestNoNotificationServer(t *testing.T) {
	bus(t)
	t.Setenv("XDG_DATA_DIRS", t.TempDir())
	if _, err := system.Notifications(t.Context(), slog.New(slog.DiscardHandler)); !errors.Is(err,
		system.ErrNoNotifications) {
		// The bus may find a server's service file on this system and start it; it exits without a
		// display. There are no notifications either way.
		t.Errorf("without a server: %v", err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	_, err := system.Notifications(t.Context(), slog.New(slog.DiscardHandler))
	if !errors.Is(err, system.ErrNoBus) {
		t.Errorf("without a bus: %v", err)
	}
}
