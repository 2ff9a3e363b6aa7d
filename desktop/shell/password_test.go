//go:build linux

package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// The agent changes the password from Settings, by keyboard. What the hub refuses is shown at the
// field; the next sign-in has the new password.
func TestPasswordChange(t *testing.T) {
	for _, look := range []struct{ language, theme, settings, password string }{
		{"en", "light", "^Settings", "^Change password"}, {"ru", "dark", "^Настройки", "^Смена пароля"},
	} {
		t.Run(look.language, func(t *testing.T) {
			display, hub, folder := screenOf(t), newHub(t), t.TempDir()
			host, port, _ := settings.CheckServer(hub.URL)
			if err := settings.In(folder).Save(settings.Own{
				Server: host, Port: port, Extension: "101", Desktop: "me", ToldNoTray: true, Language: look.language,
				Seen: time.Unix(0, 0),
			}); err != nil {
				t.Fatal(err)
			}
			p := run(t, display, Options{
				Folder: folder, Trust: protocol.Fingerprint(hub.Certificate().Raw), Password: "geheim-1",
			}, withBus, "FYNE_THEME="+look.theme)
			signIn := func(password string) *desk {
				d := hub.next(t)
				open := d.read(protocol.SessionOpen)
				var o protocol.OpenSession
				if err := open.Decode(&o); err != nil || o.Password != password {
					t.Errorf("it signs in with %q, want %q: %v", o.Password, password, err)
				}
				d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
					Agent: protocol.Agent{
						Login: "anna", Name: "Anna Petrova", Extensions: []string{"101"},
						Password: protocol.PasswordHub,
					},
					Settings: settings.Default(), Hub: "1",
				})
				return d
			}
			d := signIn("geheim-1")
			d.read(protocol.HistoryList)
			if out, err := p.second("settings").CombinedOutput(); err == nil {
				t.Errorf("a second start: %s", out)
			}
			p.window(look.settings)
			p.settled()
			p.tab(5) // over port, extension, password and its check to the button
			p.picture("settings-password-" + look.theme)
			p.keys("space")
			p.window(look.password)
			p.settled()
			p.write("geheim-1")
			p.keys("Return")
			p.write("short")
			p.keys("Return")
			p.write("shorter")
			p.keys("Return")
			p.settled()
			p.picture("differs") // in the last field
			p.write("short")
			p.keys("Return")
			var set protocol.SetPassword
			m := d.read(protocol.PasswordSet)
			if err := m.Decode(&set); err != nil || set != (protocol.SetPassword{Current: "geheim-1", New: "short"}) {
				t.Errorf("%+v, %v", set, err)
			}
			p.changes(func() {
				d.write(protocol.Error, protocol.PasswordSet, m.ID, protocol.Failure{
					Code: protocol.Invalid, Problem: protocol.PasswordShort, About: "6", Text: "Too short.",
				})
			})
			p.shot("password-" + look.theme)
			p.write("geheim-2") // the field has the focus
			p.keys("Return")
			p.write("geheim-2")
			p.keys("Return")
			m = d.read(protocol.PasswordSet)
			want := protocol.SetPassword{Current: "geheim-1", New: "geheim-2"}
			if err := m.Decode(&set); err != nil || set != want {
				t.Errorf("%+v, %v", set, err)
			}
			d.write(protocol.Notification, protocol.Accepted, m.ID, struct{}{})
			p.until("the closed window", func() bool { return !strings.Contains(p.windows(), "password") })
			_ = d.conn.CloseNow()
			d = signIn("geheim-2")
			p.end()
			close(d.done)
			log, err := os.ReadFile(filepath.Join(folder, "traybell.log"))
			if err != nil || strings.Contains(string(log), "geheim") {
				t.Errorf("a password is in the log: %v", err)
			}
		})
	}
}
