package app_test

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/agents"
	"traybell/hub/app"
	"traybell/hub/config"
	"traybell/shared/protocol"
)

func TestReloadChangesTheLog(t *testing.T) {
	dir := t.TempDir()
	load := func(secret, log string) *config.Config {
		t.Helper()
		path := filepath.Join(dir, "hub.yml")
		text := "pbx: [{id: main, address: \"127.0.0.1:1\", username: x, password: " + secret + "}]\nlog: " + log + "\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	for _, folder := range []string{"one", "two"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	log, err := app.NewLog(load("first-secret", "{folder: one}"), &out, false, func() time.Time {
		return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	})
	if err != nil {
		t.Fatal(err)
	}
	part := log.With("part", "desk") // created before the reload
	part.Info("before", "number", "84951234567", "said", "first-secret and second-secret")

	apply, err := log.Prepare(load("second-secret", "{folder: two, mask_numbers: true}"))
	if err != nil {
		t.Fatal(err)
	}
	apply()
	part.Info("after", "number", "84951234567", "said", "first-secret and second-secret")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	read := func(folder string) string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, folder, "traybell-hub_202611.log"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if one := read("one"); !strings.Contains(one, "before") || strings.Contains(one, "after") || !strings.Contains(one,
		"number=84951234567") || strings.Contains(one, "first-secret") {
		t.Errorf("the first file: %s", one)
	}
	if two := read("two"); !strings.Contains(two, "after") || strings.Contains(two, "84951234567") ||
		strings.Contains(two,
			"-secret") || !strings.Contains(two, "*** and ***") {
		t.Errorf("the second file: %s", two)
	}
}

func TestRenewedCertificateIsServedWithoutARestart(t *testing.T) {
	s := tell(t)
	renew := func() string {
		t.Helper()
		made := t.TempDir()
		_, fingerprint, err := agents.OwnCertificate(made)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(made, "hub.pem"))
		if err != nil {
			t.Fatal(err)
		}
		fresh := filepath.Join(s.dir, "fresh")
		if err := os.WriteFile(fresh, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(fresh, filepath.Join(s.dir, "site.pem")); err != nil { // atomically
			t.Fatal(err)
		}
		return fingerprint
	}
	first := renew()
	s.yaml += "tls: {mode: files, cert: site.pem, key: site.pem}\n"
	s.start()
	s.working()
	anna := s.signIn("101")
	shown := func() string {
		t.Helper()
		conn, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(t.Context(), "tcp",
			s.hub.Addr()) //nolint:gosec // it is looked at
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() //nolint:errcheck // nothing was sent
		secure, ok := conn.(*tls.Conn)
		if !ok {
			t.Fatal("not TLS")
		}
		return protocol.Fingerprint(secure.ConnectionState().PeerCertificates[0].Raw)
	}
	if got := shown(); got != first {
		t.Errorf("certificate %s, want %s", got, first)
	}
	var second string
	s.reloaded(func() { second = renew() })
	if got := shown(); got != second || s.hub.Fingerprint() != second {
		t.Errorf("certificate %s, want %s", got, second)
	}
	anna.quiet(protocol.SessionClosed)

	failed := s.metric(refused)
	if err := os.WriteFile(filepath.Join(s.dir, "site.pem"), []byte("no certificate\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.until(refused, func(v float64) bool { return v > failed })
	if got := shown(); got != second || !strings.Contains(s.page("/tickets", nil), "cannot load the certificate") {
		t.Errorf("certificate after a bad file: %s, want %s", got, second)
	}
}
