//go:build linux

package shell

import (
	"strings"
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/test/tray"
)

// TestResetPosition resets popups in another corner, on a monitor that was removed, from the tray
// menu: at once and for the next start.
func TestResetPosition(t *testing.T) {
	display, hub, folder := screenOf(t), newHub(t), t.TempDir()
	bus, items, err := tray.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := settings.CheckServer(hub.URL)
	if err := settings.In(folder).Save(settings.Own{
		Server: host, Port: port, Extension: "101", Language: "en", Corner: "top-left", Monitor: "DP-9",
	}); err != nil {
		t.Fatal(err)
	}
	// see TestTray
	p := run(t, display, Options{Folder: folder, Open: "test"}, nil, "DBUS_SESSION_BUS_ADDRESS="+bus,
		"GORACE=exitcode=0")
	places := func() []string {
		out, _ := p.tool("xdotool", "search", "--onlyvisible", "--name", "^traybell$")
		var all []string
		for _, id := range strings.Fields(out) {
			if at, err := p.tool("xdotool", "getwindowgeometry", "--shell", id); err == nil {
				all = append(all, at)
			}
		}
		return all
	}
	everyone := func(where string) func() bool {
		return func() bool {
			all := places()
			for _, at := range all {
				if !strings.Contains(at, where) {
					return false
				}
			}
			return len(all) > 0
		}
	}
	p.until("test popups at the left", everyone("X=12\n"))
	var item tray.Item
	select {
	case name := <-items:
		if item, err = tray.Open(t.Context(), bus, name); err != nil {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Fatal("no icon came")
	}
	if err := item.Press("Reset popup position"); err != nil {
		t.Fatal(err)
	}
	p.until("all of them at the right", everyone("X=876\n"))
	p.picture("reset")
	p.end()
	own, err := settings.In(folder).Load()
	if err != nil || own.Corner != "" || own.Monitor != "" || own.Extension != "101" {
		t.Errorf("kept: %+v, %v", own, err)
	}
}
