//go:build linux

package shell

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// The agent types into a terminal: the hotkey and Enter make the ticket, and after Escape the
// terminal has the keyboard again. Text is at 150 % and in high contrast.
func TestHotkeyMakesTicket(t *testing.T) {
	if _, err := exec.LookPath("xterm"); err != nil {
		t.Skip("no terminal to type into: " + err.Error())
	}
	for _, one := range []struct{ language, theme, title string }{
		{"en", "light", "^Settings"}, {"ru", "dark", "^Настройки"},
	} {
		t.Run(one.language, func(t *testing.T) {
			hotkey := "Ctrl+Shift+F9"
			p, d := at(t, settings.Own{
				Language: one.language, TextScale: 150, Contrast: settings.HighContrast, Hotkey: &hotkey,
			}, one.theme, protocol.RightTicket)
			typed := filepath.Join(t.TempDir(), "typed")
			terminal := exec.Command("xterm", "-geometry", "80x24+0+0", "-e", "sh", "-c", "stty -icanon; cat > "+typed)
			terminal.Env = append(os.Environ(), "DISPLAY="+p.display)
			start(t, terminal)
			if out, err := p.tool("xdotool", "search", "--sync", "--onlyvisible", "--class", "xterm", "windowfocus",
				"--sync"); err != nil {
				t.Fatal(err, out)
			}
			d.ring()
			d.read(protocol.CallShown)
			has := func(text string) func() bool {
				return func() bool { got, _ := os.ReadFile(typed); return string(got) == text }
			}
			p.keys("a", "Return")
			p.until("what is typed while the phone rings", has("a\n"))
			p.picture("card")
			p.keys("ctrl+shift+F9")
			p.keys("Return")
			create := d.read(protocol.TicketCreate)
			p.picture("pressed")
			d.write(protocol.Notification, protocol.TicketCreated, create.ID, protocol.CreatedTicket{
				Call: "main:1.0", Number: "2026112210000017", URL: "https://desk/17",
			})
			p.keys("Escape")
			// a key before the popup has read the Escape is lost
			p.until("what is typed afterwards", func() bool {
				p.keys("b")
				got, _ := os.ReadFile(typed)
				return strings.HasPrefix(string(got), "a\nb")
			})
			p.picture("ticket")

			if out, err := p.second("settings").CombinedOutput(); err == nil || !strings.Contains(string(out),
				"is already running") {
				t.Errorf("a second start: %v, %s", err, out)
			}
			p.window(one.title)
			p.picture("settings")
			p.keys("Escape")
			p.until("the window's end", func() bool { return !strings.Contains(p.windows(), "traybell") })
			p.end()
			close(d.done)
		})
	}
}
