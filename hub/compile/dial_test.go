package compile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Tests the warnings of numbers that agents may not dial though the file seems to say so.
func TestNumbersThatNeverMatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.yml")
	text := hubWith(`dial: {allow: [{numbers: ["_+7XXXXXXXXXX", "_8XXXXXXXXXX", "89161234567", "*", "_1XX"]}]}` + "\n")
	if err := os.WriteFile(path, []byte("region: RU\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	const why = " allows no valid number: they are compared in international form; write "
	want := []string{`"_8XXXXXXXXXX"` + why + "_+7XXXXXXXXXX", `"89161234567"` + why + "+79161234567"}
	var got []string
	for _, w := range cfg.Warnings() {
		got = append(got, w.Text)
		if w.Line != 10 {
			t.Errorf("its line is %d", w.Line)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("warned %q, want %q", got, want)
	}
}
