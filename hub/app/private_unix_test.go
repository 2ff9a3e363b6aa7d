//go:build unix

package app_test

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/app"
	"traybell/hub/computer"
	"traybell/hub/config"
)

// A backup is often restored with mode 0644.
func TestRestoredFilesAreClosed(t *testing.T) {
	s := tell(t)
	dir := s.dir
	hubFile := filepath.Join(dir, "hub.yml")
	if err := os.WriteFile(hubFile, []byte(s.yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	start := func() (log string, err error) {
		t.Helper()
		cfg, err := config.Load(hubFile)
		if err != nil {
			t.Fatal(err)
		}
		var out record
		hub, err := app.New(t.Context(), app.Options{
			Config: cfg, Version: "test", Log: slog.New(slog.NewTextHandler(&out, nil)),
		})
		if err != nil {
			return out.String(), err
		}
		if err := hub.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		return out.String(), hub.Stop()
	}
	if log, err := start(); err != nil || strings.Contains(log, "could read") {
		t.Fatalf("%v\n%s", err, log)
	}
	mode := func(name string) os.FileMode {
		t.Helper()
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	open := func(name string, mode os.FileMode) {
		t.Helper()
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err != nil {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	private := []string{"traybell.db", "hub.pem", "owner", "calls.journal", "calls.journal.2"}
	for _, name := range private {
		open(name, 0o644)
	}
	open("pim_cdr_202611.log", 0o644)
	cfg, err := config.Load(hubFile)
	if err != nil {
		t.Fatal(err)
	}
	_, doubts, err := computer.Check(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	log, err := start()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range private {
		if got := mode(name); got != 0o640 {
			t.Errorf("%s has mode %04o", name, got)
		}
		if !strings.Contains(log, "file="+filepath.Join(dir, name)) {
			t.Errorf("the log does not have %s:\n%s", name, log)
		}
		if !strings.Contains(strings.Join(doubts, "\n"), filepath.Join(dir, name)+"; the hub changes that") {
			t.Errorf("check does not have %s: %q", name, doubts)
		}
	}
	if got := mode("pim_cdr_202611.log"); got != 0o644 || !strings.Contains(log, "1 files with telephone numbers") {
		t.Errorf("the call records have mode %04o; the log:\n%s", got, log)
	}

	open(".", 0o777)
	const want = "all users of this computer can write to "
	if _, err := start(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("with a data_dir of all: %v", err)
	}
	if _, _, err := computer.Check(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("check with a data_dir of all: %v", err)
	}
}

// Without TLS the hub answers only to its own names.
func TestForeignNamesWithoutTLS(t *testing.T) {
	s := tell(t)
	s.yaml += "public_url: https://hub.example.com\ntls: {mode: off}\n"
	s.start()
	for host, want := range map[string]int{"hub.example.com": 200, "evil.example": 421, s.hub.Addr(): 200} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.hub.Addr()+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s, want %d", host, resp.Status, want)
		}
	}
}
