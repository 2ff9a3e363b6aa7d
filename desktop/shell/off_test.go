//go:build linux

package shell

import (
	"strings"
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// The hub is notified, once per turn, why a call has no popup.
func TestHubIsNotifiedThatPopupsAreOff(t *testing.T) {
	display, hub, folder := screenOf(t), newHub(t), t.TempDir()
	host, port, _ := settings.CheckServer(hub.URL)
	no, yes := false, true
	if err := settings.In(folder).Save(settings.Own{
		Server: host, Port: port, Extension: "101", ToldNoTray: true, Incoming: settings.Kind{Enabled: &no},
		HideInternal: &yes,
	}); err != nil {
		t.Fatal(err)
	}
	p := run(t, display,
		Options{Folder: folder, Trust: protocol.Fingerprint(hub.Certificate().Raw), Password: "geheim"}, withBus)
	d := hub.next(t)
	open := d.read(protocol.SessionOpen)
	hubs := settings.Default()
	hubs.Popups.Answer.Enabled = false
	hubs.Locked = []string{"popups.answer"}
	d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
		Agent: protocol.Agent{Login: "anna", Name: "Anna", Extensions: []string{"101"}}, Settings: hubs, Hub: "1",
	})
	call := protocol.Call{
		ID: "main:1.0", Direction: protocol.Incoming, State: protocol.Ringing, Number: "84951234567",
		Started: time.Now(),
		Caller:  protocol.Caller{Status: protocol.Looking},
		Legs:    []protocol.Leg{{Extension: "101", State: protocol.Ringing}},
	}
	told := func(want protocol.Hidden) {
		t.Helper()
		m := d.read(protocol.CallShown)
		var shown protocol.ShownCall
		if err := m.Decode(&shown); err != nil || shown.Call != call.ID || shown.Hidden != want {
			t.Errorf("the hub hears %s, %v; want %q", m.Data, err, want)
		}
		d.write(protocol.Notification, protocol.Accepted, m.ID, struct{}{})
	}
	d.write(protocol.Event, protocol.CallEvent, "", call)
	told(protocol.HiddenOff)
	call.Caller.Status = protocol.Unknown // the same turn: no second notification
	d.write(protocol.Event, protocol.CallEvent, "", call)
	call.State, call.Answered, call.Legs[0].State = protocol.Answered, time.Now(), protocol.Answered
	d.write(protocol.Event, protocol.CallEvent, "", call)
	told(protocol.HiddenLocked)
	call.ID, call.Direction, call.State, call.Legs[0].State = "main:2.0", protocol.Internal, protocol.Ringing,
		protocol.Ringing
	d.write(protocol.Event, protocol.CallEvent, "", call)
	told(protocol.HiddenInternal)
	if out, err := p.tool("xdotool", "search", "--onlyvisible", "--name", "^traybell$"); err == nil &&
		strings.TrimSpace(out) != "" {
		t.Errorf("a popup is on the screen: %s", out)
	}
	p.end()
	close(d.done)
}
