//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"traybell/desktop/platform/xtest"
)

// TestTelLinksOpenTheProgram registers the program for this user and opens addresses with the
// desktop's tools: each starts the program again, and the running instance shows the number.
func TestTelLinksOpenTheProgram(t *testing.T) {
	bin := os.Getenv("TRAYBELL_BIN")
	if bin == "" {
		bin = filepath.Join("..", "..", "bin")
	}
	program := absolute(t, filepath.Join(bin, "traybell"))
	home := t.TempDir()
	for name, below := range map[string]string{
		"HOME": "", "XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".local/share", "XDG_CACHE_HOME": ".cache",
		"XDG_RUNTIME_DIR": "",
	} {
		t.Setenv(name, filepath.Join(home, below))
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(home, "none"))
	t.Setenv("XDG_CURRENT_DESKTOP", "")
	t.Setenv("LANG", "en_US.UTF-8")
	folder := filepath.Join(home, "settings")

	opens := func(scheme string) string {
		out, err := exec.CommandContext(t.Context(), "xdg-mime", "query", "default", "x-scheme-handler/"+
			scheme).Output()
		if err != nil {
			t.Logf("xdg-mime: %v", err)
		}
		return strings.TrimSpace(string(out))
	}
	run(t, nil, program, "--config", folder, "--register")
	for _, scheme := range []string{"tel", "callto", "traybell"} {
		if got := opens(scheme); got != "traybell-links.desktop" {
			t.Errorf("%s: is opened by %q", scheme, got)
		}
	}

	d := xtest.Start(t, "1280x800x24")
	d.Openbox()
	d.Run("xsetroot", "-solid", "#3a5a78")
	said := newLines()
	start(t, said, []string{"TRAYBELL_PASSWORD=x"}, program, "--config", folder, "--hub", "127.0.0.1:1",
		"--extension", "101", "--open", "about")
	titled := func() string {
		out, err := exec.CommandContext(t.Context(), "xdotool", "getwindowfocus", "getwindowname").Output()
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(out))
	}
	xtest.Until(t, "the program's window", func() bool { return strings.HasPrefix(titled(), "About") })

	for _, line := range [][]string{
		{"xdg-open", "tel:+7-495-123-45-67"},
		{"gio", "open", "callto:84951234567"},
		{"gio", "open", "tel:112;phone-context=%2B7"},
	} {
		if _, err := exec.LookPath(line[0]); err != nil {
			t.Fatalf("%v: test/e2e/run.sh installs it", err)
		}
		if out, err := exec.CommandContext(t.Context(), line[0], line[1:]...).CombinedOutput(); err != nil {
			t.Logf("%v: %v %s", line, err, out) // a second start ends after it passes on the address
		}
		xtest.Until(t, "the number of "+line[len(line)-1], func() bool {
			return strings.HasPrefix(titled(), "Call a number")
		})
		d.Run("xdotool", "key", "Escape")
		xtest.Until(t, "Escape closes it", func() bool { return !strings.HasPrefix(titled(), "Call a number") })
	}
	if log := said.String(); strings.Contains(log, "phone link ignored") {
		t.Errorf("a good number is refused:\n%s", log)
	}
	for _, hostile := range []string{
		"tel:javascript:alert(1)", "tel:101%0d%0aAction:%20Originate", `tel:101" --hub evil.example.com`,
		"tel:" + strings.Repeat("9", 100<<10),
	} {
		before := strings.Count(said.String(), "phone link ignored")
		_ = exec.CommandContext(t.Context(), "gio", "open", hostile).Run()
		xtest.Until(t, "the refusal", func() bool {
			return strings.Count(said.String(), "phone link ignored") > before
		})
		if strings.HasPrefix(titled(), "Call a number") {
			t.Errorf("%.60q opens a window", hostile)
		}
	}
	if dir := os.Getenv("TRAYBELL_SCREENSHOTS"); dir != "" {
		_ = exec.CommandContext(t.Context(), "xdg-open", "tel:+7-495-123-45-67").Run()
		xtest.Until(t, "the number", func() bool { return strings.HasPrefix(titled(), "Call a number") })
		d.Run("import", "-window", "root", filepath.Join(dir, "number.png"))
	}

	run(t, nil, program, "--config", folder, "--unregister")
	if got := opens("tel"); strings.Contains(got, "traybell") {
		t.Errorf("tel: is still opened by %q", got)
	}
}
