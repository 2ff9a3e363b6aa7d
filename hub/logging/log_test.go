package logging_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/config"
	"traybell/hub/logging"
)

func logConfig(t *testing.T, log string) (*config.Config, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "hub.yml")
	text := fmt.Sprintf("pbx: [{id: main, address: 127.0.0.1:5038, username: otrs, password: 'sesame "+
		"\"open\"'}]\nlog: {%s}\n",
		log)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return cfg, dir
}

func newLog(t *testing.T, cfg *config.Config, verbose bool, now func() time.Time) (*logging.Log, *strings.Builder) {
	t.Helper()
	var out strings.Builder
	log, err := logging.New(cfg, &out, verbose, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	return log, &out
}

func TestLogHasNoSecrets(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			cfg, _ := logConfig(t, "format: "+format)
			log, out := newLog(t, cfg, true, time.Now)
			secret := cfg.PBX[0].Password.Reveal()
			log.Info("signing in with "+secret, "error", fmt.Errorf("no: %w", errors.New(secret)),
				"config", cfg.PBX[0].Password)
			log.With("was", secret).WithGroup("g").Debug("x", "said", []string{secret},
				slog.Group("deep", "er", secret))
			if strings.Contains(out.String(), "sesame") || strings.Count(out.String(), "***") < 5 {
				t.Error(out)
			}
			if format == "json" {
				for line := range strings.Lines(out.String()) {
					if !json.Valid([]byte(line)) {
						t.Errorf("not JSON: %s", line)
					}
				}
			}
		})
	}
}

func TestNumbersAreMaskedWhereThatIsAskedFor(t *testing.T) {
	say := func(log *logging.Log) {
		log.Info("a call from 84951234567 to +7 (495) 000-00-01", "number", "+74951234567",
			"call", "main:1795319561.0", "who", "[anna]: the extensions [101] ring since 2026-11-22 12:00:00",
			"error", errors.New(`"84957654321"`), "n", 84951234567)
		log.Debug("the details have", "number", "84951234567")
	}
	cfg, _ := logConfig(t, "mask_numbers: true")
	log, out := newLog(t, cfg, true, time.Now)
	say(log)
	text := out.String()
	for _, want := range []string{
		"84*******67 to +7 (4**) ***-**-01", "+74*******67", "call=main:1795319561.0", "[101]", "2026-11-22 12:00:00",
		"84*******21", "number=84951234567",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Count(text, "84951234567") != 2 { // in n, which is no text, and in the debug message
		t.Errorf("masked too little or too much:\n%s", text)
	}
	cfg, _ = logConfig(t, "mask_numbers: false")
	log, out = newLog(t, cfg, false, time.Now)
	say(log)
	if strings.Contains(out.String(), "*") || strings.Contains(out.String(), "details") {
		t.Errorf("masked without mask_numbers:\n%s", out)
	}
}

func TestMonthlyLogFiles(t *testing.T) {
	cfg, dir := logConfig(t, "folder: logs, retention: 62d")
	now := time.Date(2026, 11, 30, 23, 59, 59, 0, time.Local)
	old := filepath.Join(dir, "logs", "traybell-hub_202609.log")
	others := filepath.Join(dir, "logs", "access_202609.log")
	for _, path := range []string{old, others} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log, out := newLog(t, cfg, false, func() time.Time { return now })
	log.Info("November")
	if _, err := os.Stat(old); err != nil {
		t.Errorf("September deleted too early: %v", err)
	}
	now = now.Add(5 * time.Second)
	log.Info("December")
	now = now.Add(24 * time.Hour)
	december := filepath.Join(dir, "logs", "traybell-hub_202612.log")
	if err := os.Rename(december, december+".1"); err != nil {
		t.Fatal(err)
	}
	log.Info("moved away")
	for path, want := range map[string]string{
		filepath.Join(dir, "logs", "traybell-hub_202611.log"): "November", december + ".1": "December",
		december: "moved away",
	} {
		text, err := os.ReadFile(path)
		if err != nil || strings.Count(string(text), "\n") != 1 || !strings.Contains(string(text), want) {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	if strings.Count(out.String(), "\n") != 3 {
		t.Errorf("standard error:\n%s", out)
	}
	now = time.Date(2027, 1, 1, 0, 0, 0, 0, time.Local)
	log.Info("January")
	if _, err := os.Stat(old); err == nil {
		t.Error("September is still there")
	}
	if _, err := os.Stat(others); err != nil {
		t.Errorf("file of another program deleted: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "logs")); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	log.Info("nowhere")
	log.Info("to go")
	if strings.Count(out.String(), "cannot write the log file") != 1 {
		t.Errorf("missing folder, want one message:\n%s", out)
	}
}

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
	log, err := logging.New(load("first-secret", "{folder: one}"), &out, false, func() time.Time {
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
