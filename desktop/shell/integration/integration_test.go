//go:build linux

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/desktop/ui/setup"
)

// Each folder of settings has its own registration with the desktop.
func TestDesktopIntegration(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("XDG_DATA_HOME", home)
	folder := filepath.Join(home, "my settings")
	program := Program{Folder: folder}
	for _, want := range []setup.System{{}, {Autostart: true}, {Links: true}, {Autostart: true, Links: true}, {}} {
		if err := program.SetSystem(want); err != nil {
			t.Fatal(err)
		}
		if got, err := program.System(); got != want || err != nil {
			t.Fatalf("ticked %+v, it is %+v, %v", want, got, err)
		}
		for path, on := range map[string]bool{
			"autostart/traybell.desktop": want.Autostart, "applications/traybell-links.desktop": want.Links,
		} {
			text, err := os.ReadFile(filepath.Join(home, path))
			if on && !strings.Contains(string(text), `--config "`+folder+`"`) || !on && !os.IsNotExist(err) {
				t.Errorf("%s, wanted %v: %v\n%s", path, on, err, text)
			}
		}
	}
}
