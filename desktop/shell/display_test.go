//go:build linux

package shell

import (
	"testing"
	"time"

	"traybell/desktop/platform/xtest"
	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// TestWithoutOpenGL runs on a display without GLX and other extensions, as thin clients and remote
// desktops have them: settings are saved in their window, and calls are shown.
func TestWithoutOpenGL(t *testing.T) {
	display, first := screenOf(t, "-extension", "GLX", "-extension", "RENDER", "-extension", "MIT-SHM"), newHub(t)
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
	p.window("^Settings")
	p.tab(2)
	p.write("102")
	p.picture("settings")
	p.keys("Return")
	p.until("the saved extension", func() bool {
		own, err := settings.In(folder).Load()
		return err == nil && own.Extension == "102"
	})
	close(d.done)
	d = first.next(t)
	open = d.read(protocol.SessionOpen)
	d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
		Agent: protocol.Agent{Login: "anna", Name: "Anna", Extensions: []string{"102"}}, Settings: settings.Default(),
		Hub: "1",
	})
	d.write(protocol.Event, protocol.CallEvent, "", protocol.Call{
		ID: "main:1", Direction: protocol.Incoming, State: protocol.Ringing, Number: "+74951234567",
		Display: "+7 495 123-45-67",
		Caller:  protocol.Caller{Status: protocol.Unknown},
		Legs:    []protocol.Leg{{Extension: "102", Agent: "Anna", State: protocol.Ringing}},
	})
	d.read(protocol.CallShown)
	p.end()
	close(d.done)
}

// At the end of a session the X server may end first.
func TestEndsWithTheDisplay(t *testing.T) {
	d, folder := xtest.Start(t, "800x600x24"), t.TempDir()
	own := settings.Own{Server: "hub.invalid", Extension: "101", Desktop: "me", ToldNoTray: true}
	if err := settings.In(folder).Save(own); err != nil {
		t.Fatal(err)
	}
	p := run(t, d.Name, Options{Folder: folder, Password: "geheim", Open: "about"}, noBus)
	p.window("^About")
	d.Stop()
	select {
	case <-p.ended: //nolint:errcheck // the exit code does not matter
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
}
