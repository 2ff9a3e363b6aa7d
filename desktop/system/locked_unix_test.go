//go:build linux

package system

import (
	"bufio"
	"os/exec"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

// ownSystemBus starts a bus that takes the place of the system's.
func ownSystemBus(t *testing.T) *dbus.Conn {
	t.Helper()
	daemon := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address")
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Skipf("no dbus-daemon: %v", err)
	}
	t.Cleanup(func() { _ = daemon.Process.Kill(); _ = daemon.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", strings.TrimSpace(address))
	bus, err := dbus.ConnectSystemBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Close() })
	return bus
}

func TestScreenLocked(t *testing.T) {
	bus := ownSystemBus(t)
	if ScreenLocked(t.Context()) {
		t.Error("locked without logind")
	}
	const session = dbus.ObjectPath("/org/freedesktop/login1/session/_31")
	export := func(path dbus.ObjectPath, kind string, properties map[string]*prop.Prop) *prop.Properties {
		p, err := prop.Export(bus, path, prop.Map{"org.freedesktop.login1." + kind: properties})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	export("/org/freedesktop/login1/user/self", "User", map[string]*prop.Prop{"Display": {Value: struct {
		ID   string
		Path dbus.ObjectPath
	}{"1", session}}})
	of := export(session, "Session", map[string]*prop.Prop{"Active": {Value: true}, "LockedHint": {Value: false}})
	if _, err := bus.RequestName("org.freedesktop.login1", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ active, locked, want bool }{
		{true, false, false}, {true, true, true}, {false, false, true},
	} {
		of.SetMust("org.freedesktop.login1.Session", "Active", test.active)
		of.SetMust("org.freedesktop.login1.Session", "LockedHint", test.locked)
		if got := ScreenLocked(t.Context()); got != test.want {
			t.Errorf("active %t, locked %t: %t", test.active, test.locked, got)
		}
	}
}
