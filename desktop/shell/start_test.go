//go:build linux

package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// No tray, no bus, all settings on the command line: a card explains how to reach the program, no
// window opens, stderr has no other warning, and the settings file has none of these settings.
func TestQuietStart(t *testing.T) {
	display, hub, folder := screenOf(t), newHub(t), t.TempDir()
	host, port, _ := settings.CheckServer(hub.URL)
	opts := Options{
		Folder: folder, Server: host, Port: port, Extension: "101",
		Trust: protocol.Fingerprint(hub.Certificate().Raw), Password: "geheim",
	}
	p := run(t, display, opts, noBus, "LC_ALL=")
	d := hub.next(t)
	open := d.read(protocol.SessionOpen)
	d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
		Agent: protocol.Agent{Login: "anna", Name: "Anna"}, Settings: settings.Default(), Hub: "1",
	})
	p.until("the card about the tray", func() bool {
		own, err := settings.In(folder).Load()
		return err == nil && own.ToldNoTray
	})
	p.until("the card on the screen", func() bool {
		out, err := p.tool("xdotool", "search", "--onlyvisible", "--name", "^traybell$")
		return err == nil && out != ""
	})
	p.picture("card")
	if titles := p.windows(); titles != "" {
		t.Errorf("windows are open: %s", titles)
	}
	p.end()
	close(d.done)
	for line := range strings.Lines(p.output.String()) {
		if !strings.Contains(line, "level=INFO") && !strings.Contains(line, "no tray icon: start traybell again") {
			t.Errorf("it says: %s", line)
		}
	}
	text, err := os.ReadFile(filepath.Join(folder, settings.FileName))
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{host, "101", opts.Trust, "geheim"} {
		if strings.Contains(string(text), said) {
			t.Errorf("%q of the command line is kept: %s", said, text)
		}
	}
}
