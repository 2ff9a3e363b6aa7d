package recordings

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/audit"
	"traybell/hub/recordings/convert"
	"traybell/hub/recordings/place"
)

type entries []audit.Entry

func (e *entries) Add(one audit.Entry) { *e = append(*e, one) }

// The copy that was made for a listener goes with the recording.
func TestRetentionLeavesNoConvertedCopy(t *testing.T) {
	dir := t.TempDir()
	folder, copies, programs := filepath.Join(dir, "monitor"), filepath.Join(dir, "copies"), filepath.Join(dir, "bin")
	for _, d := range []string{folder, programs} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for path, text := range map[string]string{
		filepath.Join(programs, "ffmpeg"): "#!/bin/sh\nexec cat\n", filepath.Join(folder, "a.gsm"): "talk",
	} {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", programs+string(os.PathListSeparator)+os.Getenv("PATH"))
	converter, err := convert.New(copies)
	if err != nil {
		t.Fatal(err)
	}
	var written entries
	s := New(Options{
		Audit: &written, Convert: converter, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Now().Add(48 * time.Hour) },
	})
	s.Set(Rules{
		Sources: []Source{{Place: place.Folder{Path: folder, Delete: true}}}, Retention: 24 * time.Hour,
	})
	wave, err := converter.Wave(t.Context(), "anna", convert.Key{Recording: identity(folder, "a.gsm")}, "gsm",
		func() (io.ReadCloser, error) { return os.Open(filepath.Join(folder, "a.gsm")) })
	if err != nil {
		t.Fatal(err)
	}
	_ = wave.Close()
	s.expire(t.Context())
	for _, d := range []string{folder, copies} {
		if left, _ := os.ReadDir(d); len(left) > 0 {
			t.Errorf("%s has %s", d, left[0].Name())
		}
	}
	if len(written) != 1 || !strings.Contains(written[0].Detail, "1 recording older") {
		t.Errorf("audit %+v", written)
	}
}
