//go:build linux

package shell

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"traybell/assets/icons"
	"traybell/desktop/settings"
	"traybell/shared/protocol"
	"traybell/test/tray"

	"github.com/google/go-cmp/cmp"
)

// The tray over D-Bus, as KDE's panel reads it: each state has a picture and a sentence, missed
// calls and do-not-disturb have marks, and the menu reaches everything.
func TestTray(t *testing.T) {
	display, hub, folder := screenOf(t), newHub(t), t.TempDir()
	bus, items, err := tray.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := settings.CheckServer(hub.URL)
	then := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	if err := settings.In(folder).Save(settings.Own{
		Server: host, Port: port, Extension: "101", Desktop: "me", Language: "en", Seen: then,
	}); err != nil {
		t.Fatal(err)
	}
	// systray v1.12.2 lets godbus read an icon's properties while it sets them: a data race that
	// frequent reads make visible.
	p := run(t, display,
		Options{Folder: folder, Trust: protocol.Fingerprint(hub.Certificate().Raw), Password: "geheim"}, nil,
		"DBUS_SESSION_BUS_ADDRESS="+bus, "GORACE=exitcode=0")
	var item tray.Item
	select {
	case name := <-items:
		if item, err = tray.Open(t.Context(), bus, name); err != nil {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Fatal("no icon came")
	}
	shows := func(want icons.Look, tooltip string) {
		t.Helper()
		var look, tip string
		late := time.After(patience)
		for look != want.String() || tip != tooltip {
			picture, err := item.Picture()
			if err != nil {
				t.Fatal(err)
			}
			look = lookOf(t, picture)
			if tip, err = item.Tooltip(); err != nil {
				t.Fatal(err)
			}
			select {
			case <-late:
				t.Fatalf("the tray shows %s, %q; want %s, %q", look, tip, want, tooltip)
			case <-time.After(20 * time.Millisecond):
			}
		}
	}

	d := hub.next(t)
	open := d.read(protocol.SessionOpen)
	shows(icons.Look{State: icons.NoConnection}, "Connecting to 127.0.0.1…")
	d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
		Agent: protocol.Agent{
			Login: "anna", Name: "Anna", Extensions: []string{"101"}, Rights: []protocol.Right{protocol.RightTicket},
		},
		Settings: settings.Default(), Hub: "1",
		PBXs: []protocol.PBX{{ID: "main", State: protocol.PBXWorking}},
	})
	list := d.read(protocol.HistoryList)
	var asked protocol.ListHistory
	if err := list.Decode(&asked); err != nil || !asked.Missed {
		t.Fatalf("it asks for %+v, %v", asked, err)
	}
	// Two calls were missed since the agent last looked, and one of them was returned meanwhile.
	d.write(protocol.Notification, protocol.HistoryAnswer, list.ID, protocol.History{Calls: []protocol.Call{
		{ID: "main:3.0", Missed: true, Number: "3", State: protocol.Ended, Started: then.Add(2 * time.Hour)},
		{
			ID: "main:2.0", Missed: true, Number: "2", State: protocol.Ended, Started: then.Add(time.Hour),
			CalledBack: &protocol.CalledBack{By: "Boris", At: then.Add(3 * time.Hour)},
		},
		{ID: "main:1.0", Missed: true, Number: "1", State: protocol.Ended, Started: then.Add(-time.Hour)},
	}})
	shows(icons.Look{State: icons.Connected, Missed: true}, "Anna — connected\n1 missed call")
	var menu []string
	p.until("the whole menu", func() bool { // submenus come later
		menu, err = item.Menu()
		return err != nil || len(menu) > 10
	})
	if d := cmp.Diff([]string{
		"Calls (1 missed)", "Call a number…", "Colleagues", "Do not disturb", "  For 30 minutes", "  For 1 hour",
		"  Until tomorrow 8:00",
		"  Until turned off", "  Off", "Settings…", "Test popup", "Reset popup position", "About", "—", "Exit",
	}, menu); err != nil || d != "" {
		t.Errorf("the menu: %v (-want +got):\n%s", err, d)
	}

	// During do-not-disturb a call rings: there is no popup, the hub gets the reason, and the calls
	// window lists it.
	if err := item.Press("Until turned off"); err != nil {
		t.Fatal(err)
	}
	shows(icons.Look{State: icons.Connected, Missed: true, Quiet: true},
		"Anna — connected\n1 missed call\nDo not disturb")
	p.until("no popup", func() bool {
		_, err := p.tool("xdotool", "search", "--onlyvisible", "--name", "^traybell$")
		return err != nil
	})
	ringing := protocol.Call{
		ID: "main:4.0", Direction: protocol.Incoming, State: protocol.Ringing, Number: "84951234567",
		Started: time.Now(),
		Caller:  protocol.Caller{Status: protocol.Unknown},
		Legs:    []protocol.Leg{{Extension: "101", State: protocol.Ringing}},
	}
	d.write(protocol.Event, protocol.CallEvent, "", ringing)
	if shown := d.read(protocol.CallShown); !strings.Contains(string(shown.Data), `"quiet"`) {
		t.Errorf("the hub gets %s", shown.Data)
	}
	shows(icons.Look{State: icons.Ringing, Missed: true, Quiet: true},
		"1 call is ringing\n1 missed call\nDo not disturb")
	if out, err := p.tool("xdotool", "search", "--onlyvisible", "--name", "^traybell$"); err == nil {
		t.Errorf("a popup disturbs: %s", out)
	}
	if err := item.Press("Off"); err != nil {
		t.Fatal(err)
	}
	p.until("the popup", func() bool {
		_, err := p.tool("xdotool", "search", "--onlyvisible", "--name", "^traybell$")
		return err == nil
	})
	ringing.State, ringing.Legs[0].State = protocol.Answered, protocol.Answered
	d.write(protocol.Event, protocol.CallEvent, "", ringing)
	shows(icons.Look{State: icons.Talking, Missed: true}, "In a call\n1 missed call")
	ringing.State, ringing.Ended, ringing.Legs = protocol.Ended, time.Now(), nil
	d.write(protocol.Event, protocol.CallEvent, "", ringing)
	d.write(protocol.Event, protocol.PBXEvent, "", protocol.PBX{
		ID: "main", State: protocol.PBXConnecting, Reason: "connection refused",
	})
	shows(icons.Look{State: icons.Warning, Missed: true},
		"PBX main is not responding: its calls are not shown\n1 missed call")

	// The calls window marks the missed call as seen, also after a restart.
	if err := item.Press("Calls (1 missed)"); err != nil {
		t.Fatal(err)
	}
	p.window("^Calls")
	shows(icons.Look{State: icons.Warning}, "PBX main is not responding: its calls are not shown")
	p.until("it is remembered", func() bool {
		own, err := settings.In(folder).Load()
		return err == nil && own.Seen.Equal(then.Add(2*time.Hour))
	})
	hub.CloseClientConnections()
	hub.Listener.Close() //nolint:errcheck // the hub is unreachable
	close(d.done)
	shows(icons.Look{State: icons.NoConnection},
		"127.0.0.1 refuses connections: check the port and that the hub is running")
	// The program may be gone before it answers.
	if err := item.Press("Exit"); err != nil && !strings.Contains(err.Error(), "disconnected") {
		t.Fatal(err)
	}
	select {
	case err := <-p.ended:
		p.ended <- err
		if err != nil {
			t.Errorf("it ends with %v", err)
		}
	case <-time.After(patience):
		t.Error("Exit does not end it")
	}
}

// lookOf returns the picture's look.
func lookOf(t *testing.T, p tray.Pixmap) string {
	t.Helper()
	for _, l := range icons.Looks() {
		want, err := png.Decode(bytes.NewReader(icons.Tray(l)))
		if err != nil {
			t.Fatal(err)
		}
		if want.Bounds().Size() == image.Pt(int(p.Width), int(p.Height)) && sameInside(want, p.Data) {
			return l.String()
		}
	}
	return "another picture"
}

// sameInside compares a picture with one of StatusNotifierItem, ARGB in the network's order, where
// it is opaque, or empty.
func sameInside(img image.Image, data []byte) bool {
	b, i := img.Bounds(), 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x, i = x+1, i+4 {
			r, g, bl, a := img.At(x, y).RGBA()
			pixel := [4]byte{byte(a >> 8), byte(r >> 8), byte(g >> 8), byte(bl >> 8)}
			if (a == 0 || a == 0xffff) && pixel != [4]byte(data[i:i+4]) {
				return false
			}
		}
	}
	return true
}
