//go:build linux

package shell

import (
	"strings"
	"testing"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// TestWithoutOpenGL runs on a display without GLX, as on remote desktops: calls are shown, and a
// card explains what to do without the settings window.
func TestWithoutOpenGL(t *testing.T) {
	display, first := screenOf(t, "-extension", "GLX"), newHub(t)
	folder := t.TempDir()
	host, port, wrong := settings.CheckServer(first.URL)
	if wrong != nil {
		t.Fatal(wrong)
	}
	if err := settings.In(folder).Save(settings.Own{
		Server: host, Port: port, Extension: "101", Desktop: "me", ToldNoTray: true,
	}); err != nil {
		t.Fatal(err)
	}
	p := run(t, display, Options{
		Folder: folder, Trust: protocol.Fingerprint(first.Certificate().Raw), Password: "geheim", Open: "settings",
	}, withBus)
	d := first.next(t)
	open := d.read(protocol.SessionOpen)
	d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
		Agent: protocol.Agent{Login: "anna", Name: "Anna", Extensions: []string{"101"}}, Settings: settings.Default(),
		Hub: "1",
	})
	p.until("what to do instead", func() bool {
		said := p.output.String()
		return strings.Contains(said, "This computer has no OpenGL 2.1") && strings.Contains(said, folder)
	})
	cards := func() int {
		out, _ := p.tool("xdotool", "search", "--onlyvisible", "--name", "^traybell$")
		return len(strings.Fields(out))
	}
	p.until("the card that says so", func() bool { return cards() == 1 })
	d.write(protocol.Event, protocol.CallEvent, "", protocol.Call{
		ID: "main:1", Direction: protocol.Incoming, State: protocol.Ringing, Number: "+74951234567",
		Display: "+7 495 123-45-67",
		Caller:  protocol.Caller{Status: protocol.Unknown},
		Legs:    []protocol.Leg{{Extension: "101", Agent: "Anna", State: protocol.Ringing}},
	})
	d.read(protocol.CallShown)
	p.until("the call's card", func() bool { return cards() == 2 })
	p.picture("both")
	p.end()
	close(d.done)
}
