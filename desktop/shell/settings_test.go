//go:build linux

package shell

import (
	"strings"
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// The agent changes server, delays and language by keyboard; all apply at once.
func TestSettingsChange(t *testing.T) {
	display, first, second, folder := screenOf(t), newHub(t), newHub(t), t.TempDir()
	host, port, _ := settings.CheckServer(first.URL)
	pin := protocol.Fingerprint(first.Certificate().Raw)
	if err := settings.In(folder).Save(settings.Own{
		Server: host, Port: port, Extension: "101", Pin: pin, Desktop: "me", ToldNoTray: true,
	}); err != nil {
		t.Fatal(err)
	}
	p := run(t, display, Options{Folder: folder, Password: "geheim", Open: "settings"}, withBus)
	d := first.next(t)
	d.read(protocol.SessionOpen)
	p.window("^Settings")
	p.write(strings.TrimPrefix(second.URL, "https://"))
	// over port, extension, password, its check, both tests, and the two rows of calls, to the
	// warning's times
	p.tab(18)
	p.write("0")
	p.tab(1)
	p.write("3000")
	p.tab(1)
	p.write("0")
	// the test, corner, the button that puts it back, monitor, popups as, scale, size of text,
	// theme, contrast, hotkey, the four of calls, language
	p.tab(15)
	p.keys("Right", "Right")
	p.picture("filled_in")
	p.tab(9) // internal calls, do not disturb, the system's two ticks, newer versions, export, import, cancel, save
	p.keys("space")

	p.window("^Сертификат") // another server has another certificate
	p.picture("trust")
	p.keys("Tab", "Return") // from the refusal on to the trust
	close(d.done)
	d = second.next(t)
	open := d.read(protocol.SessionOpen)
	var o protocol.OpenSession
	if err := open.Decode(&o); err != nil {
		t.Fatal(err)
	}
	if o.Extension != "101" || o.Password != "geheim" || o.Client.Language != "ru" {
		t.Errorf("it signs in as %+v", o)
	}
	d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
		Agent: protocol.Agent{Login: "anna", Name: "Anna"}, Settings: settings.Default(), Hub: "1",
	})
	cards := func() string {
		out, _ := p.tool("xdotool", "search", "--onlyvisible", "--name", "^traybell$")
		return out
	}
	p.until("no card on the screen", func() bool { return cards() == "" })
	d.write(protocol.Notification, protocol.TextMessage, "", protocol.Text{From: "Boss", Text: "Hello"})
	p.until("a card on the screen", func() bool { return cards() != "" })
	begun := time.Now()
	p.until("the card's end", func() bool { return cards() == "" })
	if took := time.Since(begun); took > 6*time.Second { // the administrator's is 8.8 s
		t.Errorf("the warning stayed for %s", took)
	}
	if out, err := p.second("settings").CombinedOutput(); err == nil {
		t.Errorf("a second start: %s", out)
	}
	p.window("^Настройки")
	p.picture("in_russian")
	p.end()
	close(d.done)
	own, err := settings.In(folder).Load()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ = settings.CheckServer(second.URL)
	if own.Port != port || own.Language != "ru" || own.Pin != pin || own.Warning.Show == nil ||
		*own.Warning.Show != 3000 || own.Incoming != (settings.Kind{}) {
		t.Errorf("kept is %+v", own)
	}
}
