package app_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"traybell/hub/certificate"
	"traybell/hub/config"
	"traybell/shared/protocol"
)

func TestRenewedCertificateIsServedWithoutARestart(t *testing.T) {
	s := tell(t)
	renew := func() string {
		t.Helper()
		made := t.TempDir()
		own, err := certificate.Own(made)
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
		return own.Fingerprint
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
	if page := s.page("/tickets", nil); strings.Contains(page, "may not trust") {
		t.Errorf("a notice about a good certificate:\n%s", page)
	}

	failed := s.metric(refused)
	if err := os.WriteFile(filepath.Join(s.dir, "site.pem"), []byte("no certificate\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.until(refused, func(v float64) bool { return v > failed })
	if got := shown(); got != second || !strings.Contains(s.page("/tickets", nil), "site.pem has no private key") {
		t.Errorf("certificate after a bad file: %s, want %s", got, second)
	}
	failed = s.metric(refused)
	if err := os.WriteFile(filepath.Join(s.dir, "site.pem"), expired(t), 0o600); err != nil {
		t.Fatal(err)
	}
	s.until(refused, func(v float64) bool { return v > failed })
	if got := shown(); got != second || !strings.Contains(s.page("/tickets", nil), "expired on") {
		t.Errorf("certificate after an expired one: %s, want %s", got, second)
	}
}

// expired is a certificate of last year with its key.
func expired(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"hub"}, NotAfter: time.Now().AddDate(0, 0, -1),
		NotBefore: time.Now().AddDate(-1, 0, 0),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
}

// A reload with one bad key switches nothing, in whatever order the keys are applied.
func TestRefusedReloadSwitchesNothing(t *testing.T) {
	s := tell(t)
	if err := os.Mkdir(filepath.Join(s.dir, "log"), 0o700); err != nil {
		t.Fatal(err)
	}
	var prepared atomic.Bool
	s.prepareLog = func(*config.Config) (func(), error) {
		prepared.Store(true)
		return func() {}, nil
	}
	s.start()
	s.working()
	good := s.yaml
	for name, bad := range map[string]string{
		"certificate": "tls: {mode: files, cert: hub.yml, key: hub.yml}\n",
		"help desk":   "help_desk: {type: znuny, url: nowhere, username: u, password: p}\n",
		"admins":      "admins: [{login: a, password: plain}]\n",
		"ca":          "directories: [{name: ad, type: ldap, url: \"ldaps://dc\", base_dn: dc=a, ca: hub.yml}]\n",
	} {
		failed := s.metric(refused)
		s.edit(func(string) string { return good + "log: {folder: log}\n" + bad })
		s.until(refused, func(v float64) bool { return v > failed })
		if prepared.Load() {
			t.Errorf("bad %s: the log was switched", name)
		}
	}
	s.reloaded(func() { s.edit(func(string) string { return good + "log: {folder: log}\n" }) })
	if !prepared.Load() {
		t.Error("the log was not switched after the correction")
	}
}

// A hub starts with an expired certificate, since desktops may have pinned it, but administrators
// see it.
func TestExpiredCertificateIsOnThePages(t *testing.T) {
	s := tell(t)
	if err := os.WriteFile(filepath.Join(s.dir, "site.pem"), expired(t), 0o600); err != nil {
		t.Fatal(err)
	}
	s.yaml += "tls: {mode: files, cert: site.pem, key: site.pem}\n"
	s.start()
	s.working()
	if page := s.page("/tickets", nil); !strings.Contains(page, "may not trust") ||
		!strings.Contains(page, "expired on") {
		t.Errorf("not on the page:\n%s", page)
	}
	if !strings.Contains(s.log.String(), "certificate not valid") {
		t.Errorf("not in the log:\n%s", s.log)
	}
}
