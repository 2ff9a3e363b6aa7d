//go:build linux

package shell

import (
	"strings"
	"testing"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// If the hub's certificate has changed, nothing is sent and a window opens. The agent trusts the
// new certificate there and is signed in.
func TestCertificateChanges(t *testing.T) {
	for _, language := range []struct{ code, title string }{{"en", "^Certificate"}, {"ru", "^Сертификат"}} {
		t.Run(language.code, func(t *testing.T) {
			display, hub, folder := screenOf(t), newHub(t), t.TempDir()
			host, port, _ := settings.CheckServer(hub.URL)
			old := strings.Repeat("AB:", 31) + "CD"
			if err := settings.In(folder).Save(settings.Own{
				Server: host, Port: port, Extension: "101", Pin: old, Language: language.code, Desktop: "me",
			}); err != nil {
				t.Fatal(err)
			}
			p := run(t, display, Options{Folder: folder, Password: "geheim"}, withBus)
			p.window(language.title)
			p.picture("window")
			select {
			case <-hub.came:
				t.Fatal("it signs in to a hub with another certificate")
			default:
			}
			p.keys("shift+Tab", "space") // back from the refusal
			d := hub.next(t)
			d.read(protocol.SessionOpen)
			p.end()
			close(d.done)
			own, err := settings.In(folder).Load()
			if want := protocol.Fingerprint(hub.Certificate().Raw); err != nil || own.Pin != want {
				t.Errorf("kept is %q, %v, want %q", own.Pin, err, want)
			}
		})
	}
}
