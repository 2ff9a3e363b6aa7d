package support

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSecretsAndNumbersAreMasked(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	files := []string{
		file("settings.json", `{"server":"hub.example.com","extension":"101"}`),
		file("traybell.log",
			"time=2026-11-22T10:00:00Z msg=ring number=+74951234567\n"+
				"the password hunter2 was typed into the wrong field\n"),
		filepath.Join(folder, "traybell.log.old"), // missing
		file("crash-20261122-100000.000.txt", strings.Repeat("x", maxFile)+"panic: the bell broke"),
	}
	path, err := Collect(folder, time.Now(), "Agent: Anna", files, []string{"", "hunter2"})
	if err != nil {
		t.Fatal(err)
	}
	got := unpacked(t, path)
	for name, want := range map[string]string{
		"traybell.txt": "Agent: Anna", "settings.json": `"extension":"101"`, "traybell.log": "+74*******67",
		"crash-20261122-100000.000.txt": "panic: the bell broke",
	} {
		if !strings.Contains(got[name], want) {
			t.Errorf("%s lacks %q", name, want)
		}
	}
	if len(got) != 4 {
		t.Errorf("%d files are in it", len(got))
	}
	for name, text := range got {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "4951234567") {
			t.Errorf("%s has a secret: %s", name, text)
		}
		if len(text) > maxFile {
			t.Errorf("%s has %d bytes", name, len(text))
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error("others may read it", err)
	}
}

func TestCollectFails(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	if _, err := Collect(missing, time.Now(), "", nil, nil); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("the error is %v", err)
	}
}

func unpacked(t *testing.T, path string) map[string]string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	got := map[string]string{}
	for _, f := range slices.Clone(z.File) {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got[f.Name] = string(text)
	}
	return got
}
