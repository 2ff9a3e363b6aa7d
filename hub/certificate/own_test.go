package certificate

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestOwnCertificateIsMadeOnce(t *testing.T) {
	dir := t.TempDir()
	prints := make([]string, 8)
	var work sync.WaitGroup
	for i := range prints {
		work.Go(func() {
			own, err := Own(dir)
			if err != nil {
				t.Error(err)
				return
			}
			prints[i] = own.Fingerprint
		})
	}
	work.Wait()
	for _, p := range prints {
		if p != prints[0] || len(p) != 95 || strings.ToUpper(p) != p {
			t.Errorf("%q and %q", p, prints[0])
		}
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 1 {
		t.Errorf("%v", files)
	}
	info, err := os.Stat(filepath.Join(dir, File))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	own, err := Own(dir)
	if err != nil {
		t.Fatal(err)
	}
	leaf := own.Leaf
	if err := leaf.VerifyHostname("localhost"); err != nil {
		t.Error(err)
	}
	if years := time.Until(leaf.NotAfter).Hours() / 24 / 365; years < 9.9 {
		t.Errorf("%v years", years)
	}
}

func TestDamagedCertificateIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, File)
	if err := os.WriteFile(path, []byte("-----BEGIN CERTIFICATE-----\nhalf"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Own(dir)
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "backup") {
		t.Errorf("%v", err)
	}
	if raw, _ := os.ReadFile(path); !strings.HasSuffix(string(raw), "half") {
		t.Error("it was replaced")
	}
	if _, err := Own(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a missing folder is no error")
	}
}
