//go:build linux

package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/desktop/settings"

	"github.com/google/go-cmp/cmp"
)

// Settings are exported by keyboard to a file that another desktop imports, without the password
// and the name of this installation.
func TestExport(t *testing.T) {
	display, folder := screenOf(t), t.TempDir()
	own := settings.Own{
		Server: "hub.invalid", Port: 12000, Extension: "101", Language: "ru", Desktop: "me", ToldNoTray: true,
	}
	if err := settings.In(folder).Save(own); err != nil {
		t.Fatal(err)
	}
	p := run(t, display, Options{Folder: folder, Password: "geheim", Open: "settings"}, withBus)
	p.window("^Настройки")
	p.keys("shift+Tab", "shift+Tab", "shift+Tab", "shift+Tab", "space") // back over save, cancel and import
	p.window("^Файл настроек")
	p.keys("Escape")
	p.until("the closed window", func() bool {
		_, err := p.tool("xdotool", "search", "--onlyvisible", "--name", "^Файл настроек")
		return err != nil
	})
	p.window("^Настройки")
	p.keys("space") // the keyboard is where it was
	p.window("^Файл настроек")
	p.settled()
	p.picture("where")
	p.keys("Return")
	var file string
	for _, variable := range p.cmd.Env {
		if home, ok := strings.CutPrefix(variable, "HOME="); ok {
			file = filepath.Join(home, settings.ComputerName)
		}
	}
	var got settings.Own
	p.until("the file", func() bool {
		text, err := os.ReadFile(file)
		if err != nil || len(text) == 0 {
			return false
		}
		if strings.Contains(string(text), "geheim") {
			t.Fatal("the password is in the file")
		}
		var wrong *settings.FileError
		got, wrong = settings.Import(text)
		return wrong == nil
	})
	if d := cmp.Diff(settings.Own{Server: "hub.invalid", Port: 12000, Extension: "101", Language: "ru"}, got); d != "" {
		t.Errorf("in the file (-want +got):\n%s", d)
	}
	p.end()
}
