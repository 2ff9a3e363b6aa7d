package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/packaging/build"
)

func TestVersionOfPackages(t *testing.T) {
	at := time.Date(2026, 11, 29, 6, 0, 0, 0, time.UTC)
	for described, want := range map[string]string{
		"v1.2.3":                  "1.2.3",
		"v1.2.3-rc1":              "1.2.3~rc1", // sorts before 1.2.3
		"v1.2.3-4-gabcdef0":       "0.0.0~20261129060000",
		"v1.2.3-4-gabcdef0-dirty": "0.0.0~20261129060000",
		"abcdef0":                 "0.0.0~20261129060000",
		"dev":                     "0.0.0~20261129060000",
	} {
		if got := packaged(described, at); got != want {
			t.Errorf("%s: %s, want %s", described, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	const changelog = "# Changelog\n\n## Unreleased\n### Added\n- A\n\n## 1.0.0 (2026-11-29)\n- B\n"
	for version, want := range map[string]string{
		"v1.0.0": "- B", "v1.1.0-rc1": "### Added\n- A", "v1.0.0-rc1": "- B",
	} {
		if got, err := excerpt(changelog, version, true); err != nil || got != want {
			t.Errorf("%s: %q, %v", version, got, err)
		}
	}
	if got, err := excerpt(changelog, "abcdef0", false); err != nil || got != "### Added\n- A" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := excerpt(changelog, "v1.1.0", true); err == nil || !strings.Contains(err.Error(), `"## 1.1.0"`) {
		t.Errorf("a tag without its section: %v", err)
	}
}

func TestProgramsTrustTheKeyOfTheirRelease(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	former, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(former)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "former.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(build.TrustedKeys, "")
	if err := trust(private, []string{file}); err != nil {
		t.Fatal(err)
	}
	if got, want := os.Getenv(build.TrustedKeys), fmt.Sprintf("%x,%x", public, former); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if err := trust(nil, nil); err != nil || os.Getenv(build.TrustedKeys) != "" {
		t.Errorf("without a key: %q, %v", os.Getenv(build.TrustedKeys), err)
	}
}

func TestSignature(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir, key := t.TempDir(), filepath.Join(t.TempDir(), "key.pem")
	write := func(file string, data []byte) {
		t.Helper()
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	write(filepath.Join(dir, "a.deb"), []byte("a"))
	sign, err := signer(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := sum(dir, sign); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a.deb\n"; string(sums) != want {
		t.Errorf("%q", sums)
	}
	signature, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS.sig"))
	if err != nil || !ed25519.Verify(public, sums, signature) {
		t.Error("the signature is wrong", err)
	}
	write(key, []byte("secret"))
	if _, err := signer(key); err == nil || !strings.Contains(err.Error(), "openssl genpkey") {
		t.Error(err)
	}
}
