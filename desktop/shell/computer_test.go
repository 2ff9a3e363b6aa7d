//go:build linux

package shell

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// The administrator's file for the computer configures an agent without settings and is not copied
// to the agent's settings. A file with an error is ignored, and a card says so.
func TestComputerFile(t *testing.T) {
	display, hub, folder, system := screenOf(t), newHub(t), t.TempDir(), t.TempDir()
	host, port, _ := settings.CheckServer(hub.URL)
	text, err := json.Marshal(settings.Own{
		Server: host, Port: port, Extension: "107", Language: "ru", Pin: protocol.Fingerprint(hub.Certificate().Raw),
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(system, "traybell", settings.ComputerName)
	put := func(text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(string(text))
	p := run(t, display, Options{Folder: folder, Password: "geheim"}, withBus, "XDG_CONFIG_DIRS="+system)
	d := hub.next(t)
	var o protocol.OpenSession
	if err := d.read(protocol.SessionOpen).Decode(&o); err != nil || o.Extension != "107" || o.Client.Language != "ru" {
		t.Errorf("it signs in as %+v, %v", o, err)
	}
	p.end()
	close(d.done)
	own, err := settings.In(folder).Load()
	if err != nil || own.Server != "" || own.Extension != "" || own.Pin != "" || own.Language != "" {
		t.Errorf("the agent's own settings are %+v, %v", own, err)
	}

	put(`{"server": "hub", "port": 99999}`)
	p = run(t, display, Options{Folder: folder, Password: "geheim"}, withBus, "XDG_CONFIG_DIRS="+system)
	p.window("^Settings")
	if said := p.output.String(); !strings.Contains(said, "computer settings ignored") ||
		!strings.Contains(said, file) || !strings.Contains(said, "port") {
		t.Errorf("it says %s", said)
	}
	p.end()
}
