package vcard

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/hub/directory"
	"traybell/hub/directory/directorytest"
	"traybell/shared/protocol"
)

var update = flag.Bool("update", false, "write the golden files")

func TestReadsFiles(t *testing.T) { directorytest.Golden(t, ".vcf", Read, *update) }

func TestRejectsOtherFiles(t *testing.T) {
	for _, text := range []string{"", "login;phone\nx;1\n", "END:VCARD\n"} {
		err := Read(context.Background(), strings.NewReader(text), nil, func(directory.Problem) {})
		if err == nil || !strings.Contains(err.Error(), "has no vCard") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.vcf")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		_ = Read(context.Background(), strings.NewReader(text), func(c protocol.Customer) {
			if c.Name == "" && c.Email == "" && c.Company == "" {
				t.Fatalf("a customer without identity: %+v", c)
			}
		}, func(p directory.Problem) {
			if p.Line < 1 || p.Line > lines || p.Text == "" {
				t.Fatalf("problem %+v in %d lines", p, lines)
			}
		})
	})
}
