//go:build linux

package shell

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// onOwnBus starts the program on a separate session bus and waits until both know each other.
func onOwnBus(t *testing.T) (p *program, d *desk, bus *os.Process) {
	t.Helper()
	display, hub, folder := screenOf(t), newHub(t), t.TempDir()
	host, port, _ := settings.CheckServer(hub.URL)
	if err := settings.In(folder).Save(settings.Own{
		Server: host, Port: port, Extension: "101", Desktop: "me", ToldNoTray: true,
	}); err != nil {
		t.Fatal(err)
	}
	daemon := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address")
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, daemon)
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)
	opts := Options{Folder: folder, Trust: protocol.Fingerprint(hub.Certificate().Raw), Password: "geheim"}
	p = run(t, display, opts, noBus, "DBUS_SESSION_BUS_ADDRESS="+address)
	d = hub.next(t)
	open := d.read(protocol.SessionOpen)
	p.until("its name on the bus", func() bool {
		names, err := p.tool("dbus-send", "--bus="+address, "--print-reply", "--dest=org.freedesktop.DBus", "/",
			"org.freedesktop.DBus.ListNames")
		return err == nil && strings.Contains(names, "StatusNotifierItem")
	})
	d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
		Agent: protocol.Agent{Login: "anna", Name: "Anna", Extensions: []string{"101"}}, Settings: settings.Default(),
		Hub: "1",
	})
	return p, d, daemon.Process
}

// A session bus that hangs does not keep the program from exiting.
func TestExitsWhileTheBusHangs(t *testing.T) {
	p, d, bus := onOwnBus(t)
	if err := bus.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	p.end()
	close(d.done)
}

// Calls are still shown after the session bus, and the tray with it, has died.
func TestBusDies(t *testing.T) {
	p, d, bus := onOwnBus(t)
	if err := bus.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"main:1.0", "main:2.0"} {
		d.write(protocol.Event, protocol.CallEvent, "", protocol.Call{
			ID: id, Direction: protocol.Incoming, State: protocol.Ringing, Number: "84951234567", Started: time.Now(),
			Caller: protocol.Caller{Status: protocol.Unknown},
			Legs:   []protocol.Leg{{Extension: "101", State: protocol.Ringing}},
		})
		if shown := d.read(protocol.CallShown); !strings.Contains(string(shown.Data), id) {
			t.Errorf("shown is %s, not %s", shown.Data, id)
		}
	}
	p.end()
	close(d.done)
}
