//go:build linux

package shell

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"traybell/desktop/settings"
	"traybell/shared/protocol"

	"github.com/coder/websocket"
)

// An administrator's link configures a new program after the agent confirms. With a wrong password
// Settings open, and their connection test reports it. A hostile link changes nothing.
func TestSetupLink(t *testing.T) {
	display, hub, folder := screenOf(t), newHub(t), t.TempDir()
	host, port, _ := settings.CheckServer(hub.URL)
	pin := protocol.Fingerprint(hub.Certificate().Raw)
	link := "traybell://join?" + url.Values{
		"server": {host}, "port": {strconv.Itoa(port)}, "fingerprint": {pin}, "extension": {"105"},
	}.Encode()
	p := run(t, display, Options{Folder: folder, Password: "geheim", URL: link}, withBus, "FYNE_THEME=light")
	p.window("^Setup")
	p.settled()
	p.shot("join")
	select {
	case <-hub.came:
		t.Fatal("it connects before the agent has agreed")
	default:
	}
	p.keys("Return")

	d := hub.next(t)
	var o protocol.OpenSession
	if err := d.read(protocol.SessionOpen).Decode(&o); err != nil || o.Extension != "105" || o.Password != "geheim" {
		t.Errorf("it signs in as %+v, %v", o, err)
	}
	refuse := func(d *desk) {
		t.Helper()
		if err := d.conn.Close(websocket.StatusCode(protocol.CloseRefused), "no"); err != nil &&
			!strings.Contains(err.Error(),
				"already") {
			t.Log(err)
		}
		close(d.done)
	}
	refuse(d)
	p.window("^Settings")
	p.settled()

	p.keys("Escape")
	p.opts.URL = ""
	p.until("the closed settings", func() bool { return !strings.Contains(p.windows(), "Settings") })
	if out, err := p.second("settings").CombinedOutput(); err == nil {
		t.Errorf("a second start: %s", out)
	}
	p.window("^Settings")
	p.tab(2) // from the password, which was wrong, over its check, to the test
	p.keys("space")
	d = hub.next(t)
	probe := d.read(protocol.SessionOpen)
	var again protocol.OpenSession
	if err := probe.Decode(&again); err != nil || again.Extension != "105" || again.Client.Desktop == o.Client.Desktop {
		t.Errorf("it tries as %+v, %v", again, err)
	}
	p.changes(func() {
		d.write(protocol.Event, protocol.SessionOpened, probe.ID, protocol.OpenedSession{
			Agent: protocol.Agent{Login: "anna", Name: "Anna Petrova"}, Settings: settings.Default(), Hub: "1.2.0",
		})
	})
	close(d.done)

	own, err := settings.In(folder).Load()
	if err != nil || own.Server != host || own.Port != port || own.Extension != "105" || own.Pin != pin {
		t.Errorf("kept is %+v, %v", own, err)
	}
	p.opts.URL = "traybell://join?server=evil.example.com&password=x"
	if out, err := p.second("").CombinedOutput(); err == nil {
		t.Errorf("a second start: %s", out)
	}
	p.until("the refusal", func() bool { return strings.Contains(p.output.String(), "setup link refused") })
	if after, err := settings.In(folder).Load(); err != nil || after != own {
		t.Errorf("after a hostile link kept is %+v, %v", after, err)
	}
	p.end()
}
