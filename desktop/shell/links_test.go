//go:build linux

package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/desktop/model"
	"traybell/desktop/settings"
	"traybell/desktop/ui"
)

// What the agent ticks in the settings, the desktop has; each settings folder starts with its own.
func TestTheSystemDoesAsTicked(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("XDG_DATA_HOME", home)
	folder := filepath.Join(home, "my settings")
	opts := Options{Folder: folder}
	for _, want := range []ui.System{{}, {Autostart: true}, {Links: true}, {Autostart: true, Links: true}, {}} {
		if err := opts.setSystem(want); err != nil {
			t.Fatal(err)
		}
		if got, err := opts.system(); got != want || err != nil {
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

// The CID-Link of the agent, or of the administrator, opens a number that nobody has called from.
func TestTheCIDLinkOfANumber(t *testing.T) {
	s := &shell{terminal: model.New(), own: settings.Own{CID: "https://desk.example.com/?n=<PIM_CID_E164>&c=<PIM_CID>"}}
	if got, want := s.cidPage("+74951234567"), "https://desk.example.com/?n=%2B74951234567&c=%2B74951234567"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	s.own.CID = ""
	if got := s.cidPage("+74951234567"); got != "" {
		t.Errorf("without any link: %q", got)
	}
}
