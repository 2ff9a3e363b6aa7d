//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"traybell/hub/app"
	"traybell/hub/compile"
	"traybell/hub/signin"
)

// promtool runs Prometheus' tool in packaging/monitoring.
func promtool(t *testing.T, in []byte, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "promtool", args...)
	cmd.Dir, cmd.Stdin = "../../packaging/monitoring", bytes.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("promtool %v: %v\n%s", args, err, out)
	}
	t.Logf("%s", out)
}

func TestPrometheusAcceptsTheAlertsAndTheMetrics(t *testing.T) {
	promtool(t, nil, "check", "rules", "traybell.rules.yml")
	promtool(t, nil, "test", "rules", "traybell.rules.test.yml")

	hash, err := signin.Hash("secret-1")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "hub.yml")
	if err := os.WriteFile(file, fmt.Appendf(nil, `listen: 127.0.0.1:0
data_dir: .
pbx: [{id: main, address: "127.0.0.1:1", username: traybell, password: secret}]
agents: [{login: anna, name: Anna, extensions: ["101"], password: %q}]
`, hash), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := compile.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	hub, err := app.New(t.Context(), app.Options{Config: cfg, Version: "1.0.0", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer hub.Stop() //nolint:errcheck // nothing to lose
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+hub.Addr()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := insecureClient().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status, err)
	}
	promtool(t, text.Bytes(), "check", "metrics")
}
