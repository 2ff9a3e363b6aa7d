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

// screenshots is the variable with the folder for the guides' screenshots, set by task screenshots.
const screenshots = "TRAYBELL_SCREENSHOTS"

// shot saves a screenshot of the focused window for the guides.
func (p *program) shot(name string) {
	p.t.Helper()
	p.picture(name)
	dir := os.Getenv(screenshots)
	if dir == "" {
		return
	}
	p.settled()
	if out, err := p.tool("sh", "-c",
		`import -window "$(xdotool getwindowfocus)" -strip `+filepath.Join(dir, name+".png")); err != nil {
		p.t.Fatalf("%s: %v %s", name, err, out)
	}
}

// The windows in both languages and themes, opened by second starts: Settings with locked fields,
// About, calls.
func TestWindows(t *testing.T) {
	for _, look := range []struct{ language, theme, settings, about, calls, dial, others string }{
		{"en", "light", "^Settings", "^About", "^Calls", "^Call —", "^Colleagues"},
		{"ru", "dark", "^Настройки", "^О программе", "^Звонки", "^Позвонить", "^Коллеги"},
	} {
		t.Run(look.language, func(t *testing.T) {
			display, hub, folder := screenOf(t), newHub(t), "anna"
			t.Chdir(t.TempDir()) // About shows the folder of the settings
			host, port, _ := settings.CheckServer(hub.URL)
			own := settings.Own{
				Server: host, Port: port, Extension: "101", Desktop: "me", ToldNoTray: true, Seen: time.Unix(0, 0),
				Quiet: settings.QuietMorning.From(time.Now()),
			}
			own.WebPath = "https://desk.example.com/otrs"
			own.CID = "/index.pl?Action=AgentTicketSearch;CallerID=<PIM_CID>"
			if err := settings.In(folder).Save(own); err != nil {
				t.Fatal(err)
			}
			p := run(t, display, Options{
				Folder: folder, Trust: protocol.Fingerprint(hub.Certificate().Raw), Password: "geheim",
				Version: "1.2.0",
			}, withBus, "FYNE_THEME="+look.theme)
			d := hub.next(t)
			open := d.read(protocol.SessionOpen)
			keep(d, aDay(time.Now()))
			admin := settings.Default()
			admin.Language = look.language
			admin.Links.Ticket = "https://desk.example.com/otrs/index.pl?Action=AgentTicketPhone;" +
				"CustomerUser=<PIM_CUSTOMER_UserLogin>"
			admin.Links.Map = "https://www.openstreetmap.org/search?query=<PIM_CUSTOMER_UserLocation>"
			admin.Locked = []string{"links.ticket", "popups.warning", "language"}
			d.write(protocol.Event, protocol.SessionOpened, open.ID, protocol.OpenedSession{
				Agent: protocol.Agent{
					Login: "anna", Name: "Anna Petrova", Extensions: []string{"101"},
					Rights: []protocol.Right{protocol.RightTicket, protocol.RightCategory, protocol.RightControl},
				},
				Settings: admin, Hub: "1.2.0", MaxNote: protocol.MaxNote,
				PBXs: []protocol.PBX{{ID: "main", State: protocol.PBXWorking, Dial: true, Ring: true}},
			})
			for _, window := range []struct{ open, title, name string }{
				{"calls", look.calls, "calls"},
				{"dial", look.dial, "dial-last"},
				{"dial", look.dial, "dial"},
				{"colleagues", look.others, "colleagues"},
				{"about", look.about, "about"},
				{"links", look.settings, "settings-links"},
				{"settings", look.settings, "settings-general"},
			} {
				if out, err := p.second(window.open).CombinedOutput(); err == nil || !strings.Contains(string(out),
					"is already running") {
					t.Errorf("a second start: %v, %s", err, out)
				}
				p.window(window.title)
				if window.open == "calls" {
					p.tab(3) // all, missed, the list
					p.keys("space")
				}
				if window.name == "dial" {
					p.write("iv")
					p.keys("Down")
				}
				p.shot(window.name + "-" + look.theme)
				p.keys("Escape")
				p.until("the closed window", func() bool { return p.windows() == "" })
			}
			p.end()
			close(d.done)
		})
	}
}
