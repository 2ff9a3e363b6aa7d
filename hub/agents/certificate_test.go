package agents

import (
	"crypto/x509"
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
			var err error
			if _, prints[i], err = OwnCertificate(dir); err != nil {
				t.Error(err)
			}
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
	info, err := os.Stat(filepath.Join(dir, certificateFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	cert, _, _ := OwnCertificate(dir)
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := leaf.VerifyHostname("localhost"); err != nil {
		t.Error(err)
	}
	if years := time.Until(leaf.NotAfter).Hours() / 24 / 365; years < 9.9 {
		t.Errorf("%v years", years)
	}
}

func TestDamagedCertificateIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, certificateFile)
	if err := os.WriteFile(path, []byte("-----BEGIN CERTIFICATE-----\nhalf"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := OwnCertificate(dir)
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "backup") {
		t.Errorf("%v", err)
	}
	if raw, _ := os.ReadFile(path); !strings.HasSuffix(string(raw), "half") {
		t.Error("it was replaced")
	}
	if _, _, err := OwnCertificate(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a missing folder is no error")
	}
}
