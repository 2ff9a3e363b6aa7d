//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"traybell/hub/signin"
)

// TestSystemdRestartsAHubThatStandsStill runs the hub under a real systemd, with the settings of
// the shipped unit that say when it is ready, how it reloads and when it is restarted.
func TestSystemdRestartsAHubThatStandsStill(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	shipped, err := os.ReadFile("../../packaging/systemd/traybell-hub.service")
	must(err)
	settings := regexp.MustCompile(`(?m)^(Type|NotifyAccess|ExecReload|WatchdogSec|Restart|TimeoutStopSec)=.*$`).
		FindAllString(string(shipped), -1)
	if len(settings) != 6 {
		t.Fatalf("the unit has %q", settings)
	}
	hash, err := signin.Hash("secret-1")
	must(err)
	config := filepath.Join(dir, "hub.yml")
	must(os.WriteFile(config, fmt.Appendf(nil, `listen: 127.0.0.1:0
data_dir: .
pbx: [{id: main, address: "127.0.0.1:1", username: traybell, password: secret}]
agents: [{login: anna, name: Anna, extensions: ["101"], password: %q}]
`, hash), 0o600))
	hub, err := filepath.Abs(filepath.Join(os.Getenv("TRAYBELL_BIN"), "traybell-hub"))
	must(err)
	units := filepath.Join(dir, "systemd", "user")
	must(os.MkdirAll(units, 0o700))
	here := strings.NewReplacer("/usr/local/bin/traybell-hub", hub, "/etc/traybell/hub.yml", config)
	unit := "[Service]\n" + here.Replace(strings.Join(settings, "\n")) +
		"\nWatchdogSec=3s\nRestartSec=100ms\nExecStart=" + hub +
		" serve --config " + config + "\n"
	must(os.WriteFile(filepath.Join(units, "traybell-hub.service"), []byte(unit), 0o600))

	// systemd runs as a user's, in its own namespaces. It wants a /run of a computer that it started.
	script := `set -e
mount -t tmpfs none /run
mkdir -p /run/systemd/system /run/user
chmod 700 /run/user
export XDG_RUNTIME_DIR=/run/user XDG_CONFIG_HOME=` + dir + `
/lib/systemd/systemd --user --log-target=console >` + dir + `/log 2>&1 &
show() { systemctl --user show -p ActiveState,Result,StatusText,NRestarts,MainPID traybell-hub | tr '\n' ' '; echo; }
for i in $(seq 100); do [ -S /run/user/systemd/private ] && break; sleep 0.1; done
systemctl --user start traybell-hub
echo "started: $(show)"
systemctl --user reload traybell-hub
cp ` + config + ` ` + dir + `/right.yml
echo 'nonsense: 1' >>` + config + `
systemctl --user reload traybell-hub || echo "reload refused: $(show)"
cp ` + dir + `/right.yml ` + config + `
sleep 8 # the watchdog was fed
echo "later: $(show)"
kill -STOP $(systemctl --user show -p MainPID --value traybell-hub)
for i in $(seq 300); do [ $(systemctl --user show -p NRestarts --value traybell-hub) = 0 ] || break; sleep 0.1; done
sleep 2
echo "restarted: $(show)"
systemctl --user stop traybell-hub
echo "stopped: $(show)"
kill %1
wait || true
`
	cmd := exec.CommandContext(ctx, "unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "bash",
		"-c", script)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	out, err := cmd.CombinedOutput()
	log, _ := os.ReadFile(filepath.Join(dir, "log"))
	t.Logf("%s\n%s", out, log)
	must(err)
	for _, want := range []string{
		`(?m)^started: .*ActiveState=active`,
		`(?m)^reload refused: .*ActiveState=active`,
		`(?m)^later: .*StatusText=0 of 1 PBX connected, 0 terminals, at 127\.0\.0\.1:`,
		`(?m)^later: .*NRestarts=0`,
		`(?m)^restarted: .*NRestarts=1`,
		`(?m)^restarted: .*ActiveState=active`,
		`(?m)^stopped: .*ActiveState=inactive`,
		`(?m)^stopped: .*Result=success`,
	} {
		if !regexp.MustCompile(want).Match(out) {
			t.Errorf("no %s", want)
		}
	}
}

func TestSystemdAcceptsTheUnit(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify",
		"../../packaging/systemd/traybell-hub.service").CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "/usr/local/bin/traybell-hub is not executable") {
			t.Errorf("%s (%v)", strings.TrimSpace(line), err)
		}
	}
}
