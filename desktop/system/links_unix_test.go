//go:build linux

package system

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"traybell/desktop/platform/xtest"

	"github.com/google/go-cmp/cmp"
)

func TestAutostartDisabledByDesktop(t *testing.T) {
	dir := isolate(t)
	a := Autostart{Command: Command{Program: "/usr/bin/traybell"}}
	if err := a.Set(true); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "autostart", "traybell.desktop")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, off := range []string{"Hidden=true\n", "X-GNOME-Autostart-enabled = false\n"} {
		if err := os.WriteFile(path, append(text, off...), 0o600); err != nil {
			t.Fatal(err)
		}
		if on, err := a.Enabled(); on || err != nil {
			t.Errorf("with %q it is enabled, %v", off, err)
		}
	}
	if err := a.Set(true); err != nil {
		t.Fatal(err)
	}
	if on, _ := a.Enabled(); !on {
		t.Error("cannot be enabled again")
	}
}

// Desktop tools must accept the entries.
func TestEntriesAreValid(t *testing.T) {
	check, err := exec.LookPath("desktop-file-validate")
	if err != nil {
		t.Skip("desktop-file-validate is not installed (apt-get install desktop-file-utils)")
	}
	dir := isolate(t)
	c := Command{Program: `/opt/Tray "bell" $x\` + "`y`/100%/traybell", Args: []string{"--config", "/home/anna/a b"}}
	if err := (Autostart{Command: c}).Set(true); err != nil {
		t.Fatal(err)
	}
	if err := (Links{Command: c}).Set(true); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		filepath.Join(dir, "autostart", "traybell.desktop"), filepath.Join(dir, "share", "applications", linksEntry),
	} {
		if out, err := exec.CommandContext(t.Context(), check, path).CombinedOutput(); err != nil {
			text, _ := os.ReadFile(path)
			t.Errorf("%v\n%s\n%s", err, out, text)
		}
	}
}

// gio reads the entry and starts the program with the URL, for any path of the program.
func TestDesktopOpensURL(t *testing.T) {
	open, err := exec.LookPath("gio")
	if err != nil {
		t.Skip("gio is not installed (apt-get install libglib2.0-bin)")
	}
	dir := isolate(t)
	for _, name := range []string{"plain", `Tray "bell" $HOME \ ` + "`y`"} {
		program, arguments := filepath.Join(dir, name, "traybell"), filepath.Join(dir, name, "arguments")
		if err := os.MkdirAll(filepath.Dir(program), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(program,
			[]byte("#!/bin/sh\nfor a; do echo \"<$a>\"; done > \"$(dirname \"$0\")/next\" && mv \"$(dirname "+
				"\"$0\")/next\" \"$(dirname \"$0\")/arguments\"\n"),
			0o700); err != nil {
			t.Fatal(err)
		}
		if err := (Links{Command: Command{Program: program, Args: []string{"--config", dir +
			"/a b%c"}}}).Set(true); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), open, "open", "tel:+7-495;ext=1")
		cmd.Env = append(os.Environ(), "DBUS_SESSION_BUS_ADDRESS=unix:path="+dir+"/none")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		var text []byte
		xtest.Until(t, "start of the program", func() bool {
			text, err = os.ReadFile(arguments)
			return err == nil
		})
		if want := "<--config>\n<" + dir + "/a b%c>\n<-->\n<tel:+7-495;ext=1>\n"; string(text) != want {
			t.Errorf("%s: started with\n%swant\n%s", name, text, want)
		}
	}
}

func TestDefaultsKeepOtherLines(t *testing.T) {
	const (
		tel    = "x-scheme-handler/tel=traybell-links.desktop;"
		callto = "x-scheme-handler/callto=traybell-links.desktop;"
		own    = "x-scheme-handler/traybell=traybell-links.desktop;"
		before = "# mine\n[Added Associations]\nx-scheme-handler/tel=other.desktop;\n\n[Default " +
			"Applications]\ntext/html=firefox.desktop\nx-scheme-handler/tel=kde.desktop;skype.desktop;\n\n[Removed " +
			"Associations]\nimage/png=gimp.desktop;"
	)
	for name, c := range map[string]struct{ list, on, off string }{
		"empty": {
			"", "[Default Applications]\n" + tel + "\n" + callto + "\n" + own + "\n", "[Default Applications]\n",
		},
		"other groups": {
			"[X]\na=b\n", "[X]\na=b\n\n[Default Applications]\n" + tel + "\n" + callto + "\n" + own + "\n",
			"[X]\na=b\n\n[Default Applications]\n",
		},
		"with other handlers": {
			before,
			strings.Replace(before, "tel=kde.desktop;skype.desktop;",
				"tel=traybell-links.desktop;kde.desktop;skype.desktop;\n"+callto+"\n"+own, 1) + "\n",
			before + "\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			on := withDefaults(c.list, true)
			if d := cmp.Diff(c.on, on); d != "" {
				t.Errorf("on (-want +got):\n%s", d)
			}
			if d := cmp.Diff(on, withDefaults(on, true)); d != "" {
				t.Errorf("on again:\n%s", d)
			}
			if d := cmp.Diff(c.off, withDefaults(on, false)); d != "" {
				t.Errorf("off (-want +got):\n%s", d)
			}
		})
	}
}

func TestSymbolicLinkIsKept(t *testing.T) {
	dir := isolate(t)
	list, real := filepath.Join(dir, "mimeapps.list"), filepath.Join(dir, "dotfiles")
	if err := os.WriteFile(real, []byte("[X]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, list); err != nil {
		t.Fatal(err)
	}
	if err := (Links{Command: Command{Program: "/usr/bin/traybell"}}).Set(true); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(real)
	if err != nil || !strings.Contains(string(text), linksEntry) {
		t.Errorf("%s, %v", text, err)
	}
	if to, err := os.Readlink(list); err != nil || to != real {
		t.Errorf("the symbolic link was replaced: %v", err)
	}
}
