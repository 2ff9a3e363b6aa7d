package app_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"traybell/hub/app"
	"traybell/hub/compile"
)

func TestSecondHubOnTheSameFolderIsRefused(t *testing.T) {
	s := tell(t)
	s.start()
	first := s.hub
	path := filepath.Join(s.dir, "second.yml")
	if err := os.WriteFile(path, []byte(s.yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	err := newHub(t, path)
	if err == nil || !strings.Contains(err.Error(),
		"second.yml:3:11: data_dir: another hub (process "+strconv.Itoa(os.Getpid())+") uses ") {
		t.Fatalf("%v", err)
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := newHub(t, path); err != nil {
		t.Errorf("after the first has stopped: %v", err)
	}
}

// newHub creates a hub and stops it.
func newHub(t *testing.T, path string) error {
	t.Helper()
	cfg, err := compile.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	hub, err := app.New(t.Context(), app.Options{Config: cfg, Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if err := hub.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return hub.Stop()
}
