package cmd

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// setUp is a folder with hub.yml that a case changes.
type setUp struct {
	t    *testing.T
	dir  string
	yaml string
}

// set adds lines to hub.yml, or replaces those of the same key.
func (s *setUp) set(key, value string) {
	var kept []string
	for line := range strings.Lines(s.yaml) {
		if !strings.HasPrefix(line, key+":") {
			kept = append(kept, line)
		}
	}
	s.yaml = strings.Join(kept, "") + key + ": " + value + "\n"
}

func (s *setUp) file(name, text string) { write(s.t, s.dir, name, text) }

func (s *setUp) folder(name string) {
	s.t.Helper()
	if err := os.Mkdir(filepath.Join(s.dir, name), 0o700); err != nil {
		s.t.Fatal(err)
	}
}

// certificate returns a certificate and its key in PEM.
func (s *setUp) certificate(until time.Time) (cert, key string) {
	s.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hub"}, DNSNames: []string{"hub"},
		NotBefore: until.AddDate(-1, 0, 0), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		s.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

func (s *setUp) files(cert, key string) {
	s.file("hub.crt", cert)
	s.file("hub.key", key)
	s.set("tls", "{mode: files, cert: hub.crt, key: hub.key}")
}

// occupied is an address in use by another program.
func (s *setUp) occupied() string {
	s.t.Helper()
	l, err := new(net.ListenConfig).Listen(s.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// Whatever fails serve fails check, with the same words; both accept the rest. want is part of the
// message; empty: both succeed.
func TestWhatFailsServeFailsCheck(t *testing.T) {
	later := time.Now().AddDate(1, 0, 0)
	for name, c := range map[string]struct {
		change func(*setUp)
		want   string
	}{
		"nothing wrong":    {func(*setUp) {}, ""},
		"certificate fits": {func(s *setUp) { s.files(s.certificate(later)) }, ""},
		"byte order mark":  {func(s *setUp) { c, k := s.certificate(later); s.files("\ufeff"+c, "\ufeff"+k) }, ""},
		"chain is reversed": {func(s *setUp) {
			c, k := s.certificate(later)
			o, _ := s.certificate(later)
			s.files(o+c, k)
		}, ""},
		"another key": {func(s *setUp) {
			c, _ := s.certificate(later)
			_, k := s.certificate(later)
			s.files(c, k)
		}, "does not belong to the certificate"},
		"files swapped": {func(s *setUp) { c, k := s.certificate(later); s.files(k, c) }, "swapped"},
		"encrypted key": {func(s *setUp) { c, _ := s.certificate(later); s.files(c, encryptedKey) }, "openssl pkey"},
		"key missing":   {func(s *setUp) { c, _ := s.certificate(later); s.files(c, "") }, "hub.key is empty"},
		"key for all": {func(s *setUp) {
			s.files(s.certificate(later))
			if err := os.Chmod(filepath.Join(s.dir, "hub.key"), 0o644); err != nil {
				s.t.Fatal(err)
			}
		}, "all users of this computer can read the private key"},
		"key is a folder": {func(s *setUp) {
			s.files(s.certificate(later))
			s.set("tls", "{mode: files, cert: hub.crt, key: .}")
		}, "is not a regular file"},
		"damaged hub.pem": {func(s *setUp) { s.file("hub.pem", "-----BEGIN CERTIFICATE-----\nhalf") }, "is damaged"},
		"port in use":     {func(s *setUp) { s.set("listen", s.occupied()) }, "another hub or program"},
		"foreign address": {func(s *setUp) { s.set("listen", "192.0.2.1:11010") }, "not have the address 192.0.2.1"},
		"unknown host": {
			func(s *setUp) { s.set("listen", "hub.invalid:11010") }, "cannot resolve the name hub.invalid",
		},
		"no data_dir":     {func(s *setUp) { s.set("data_dir", "nowhere") }, "nowhere does not exist"},
		"data_dir a file": {func(s *setUp) { s.file("data", ""); s.set("data_dir", "data") }, "data is a file"},
		"below a file":    {func(s *setUp) { s.file("data", ""); s.set("data_dir", "data/hub") }, "data_dir"},
		"no log folder":   {func(s *setUp) { s.set("log", "{folder: nowhere}") }, "nowhere"},
		"log a folder": {func(s *setUp) {
			s.folder("log")
			s.folder("log/" + time.Now().Format("traybell-hub_200601.log"))
			s.set("log", "{folder: log}")
		}, "log.folder"},
		"lock a folder":     {func(s *setUp) { s.folder("hub.lock") }, "hub.lock"},
		"database a folder": {func(s *setUp) { s.folder("traybell.db") }, "traybell.db"},
		"not a database": {func(s *setUp) {
			s.file("traybell.db", strings.Repeat("no database ", 500))
		}, "damaged or is not a SQLite"},
		"owner a folder": {func(s *setUp) { s.folder("owner") }, "owner id"},
		"no secret": {func(s *setUp) {
			s.set("pbx", "[{id: a, address: \"h:1\", username: u, password_file: none}]")
		}, "none"},
		"empty secret": {func(s *setUp) {
			s.file("empty", "\n")
			s.set("pbx", "[{id: a, address: \"h:1\", username: u, password_file: empty}]")
		}, "is empty"},
		"ca without certificate": {func(s *setUp) {
			s.file("ca.pem", "nothing")
			s.set("pbx", "[{id: a, address: \"h:1\", username: u, password: p, tls: true, ca: ca.pem}]")
		}, "no certificate"},
		"ca of a directory": {func(s *setUp) {
			_, k := s.certificate(later)
			s.file("ca.pem", k)
			s.set("directories", "[{name: ad, type: ldap, url: \"ldaps://dc\", base_dn: dc=a, ca: ca.pem}]")
		}, "ca.pem"},
		"bad template": {func(s *setUp) { s.set("ticket_templates", `{default: {title: "{{.Nope}}"}}`) }, "Nope"},
		"bad link":     {func(s *setUp) { s.set("desktop", `{links: {cid: "https://x/<PIM_NOPE>"}}`) }, "PIM_NOPE"},
		"bad pattern":  {func(s *setUp) { s.set("tracking", `[{number: "_[9-1]"}]`) }, "reversed"},
		"bad rule":     {func(s *setUp) { s.set("caller_id", `{rules: [{prefix: "abc"}]}`) }, "caller_id"},
		"bad hash":     {func(s *setUp) { s.set("admins", "[{login: a, password: hunter2}]") }, "argon2id"},
		"help desk": {func(s *setUp) {
			s.set("help_desk", "{type: znuny, url: nowhere, username: u, password: p}")
		}, "help_desk"},
		"protected typo":  {func(s *setUp) { s.set("blocking", `{protected: ["_[9-1]"]}`) }, "reversed"},
		"no such region":  {func(s *setUp) { s.set("region", "XX") }, "region"},
		"not YAML":        {func(s *setUp) { s.yaml += "a: [" }, "YAML"},
		"unknown key":     {func(s *setUp) { s.set("lisen", "x") }, "listen"},
		"own certificate": {func(s *setUp) { s.set("tls", "{mode: auto}") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &setUp{t: t, dir: t.TempDir()}
			s.file("customers.csv", "login;name;phone\nivanov;Ivan Ivanov;+7 (495) 123-45-67\n")
			s.yaml = fmt.Sprintf(siteYAML, pbxYAML("main", "127.0.0.1:1", ", enabled: false")) + "listen: 127.0.0.1:0\n"
			c.change(s)
			s.file("hub.yml", s.yaml)
			path := filepath.Join(s.dir, "hub.yml")
			before := names(t, s.dir)

			out, checked := try(t, "check", "-c", path)
			said := out + fmt.Sprint(checked)
			if after := names(t, s.dir); after != before {
				t.Errorf("check leaves files: %s, before: %s", after, before)
			}
			_, served := serveOnce(t, path)
			if (served == nil) != (c.want == "") || served != nil && !strings.Contains(served.Error(), c.want) {
				t.Errorf("serve: %v\nwant: %s", served, c.want)
			}
			if (checked == nil) != (c.want == "") || !strings.Contains(said, c.want) {
				t.Errorf("check: %s\nwant: %s", said, c.want)
			}
		})
	}
}

// serveOnce runs a hub until it is ready, and returns its log.
func serveOnce(t *testing.T, path string) (log string, err error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &untilReady{stop: cancel}
	err = Run(ctx, "test", []string{"serve", "-c", path}, io.Discard, out)
	return out.text.String(), err
}

// untilReady is a log that stops the hub when it is ready. Its writes come one at a time.
type untilReady struct {
	text strings.Builder
	stop func()
}

func (u *untilReady) Write(line []byte) (int, error) {
	if strings.Contains(string(line), "hub ready") {
		u.stop()
	}
	return u.text.Write(line)
}

const encryptedKey = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n"

// names lists a folder, with its subfolders.
func names(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		all = append(all, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

// A running hub has the lock and the port: check says so. A port of another program is a problem
// all the same.
func TestCheckBesideARunningHub(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	yaml := fmt.Sprintf(siteYAML, pbxYAML("main", "127.0.0.1:1", ", enabled: false")) + "listen: " + address + "\n"
	path := site(t, yaml)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- Run(ctx, "test", []string{"serve", "-c", path}, new(strings.Builder), new(strings.Builder))
	}()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	for late := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if c, err := new(net.Dialer).DialContext(ctx, "tcp", address); err == nil {
			_ = c.Close()
			break
		}
		if time.Now().After(late) {
			t.Fatal("the hub does not listen")
		}
	}
	out, err := try(t, "check", "-c", path)
	if err != nil ||
		!strings.Contains(out, fmt.Sprintf("✓ a hub (process %d) is running with data_dir", os.Getpid())) ||
		!strings.Contains(out, "✓ listen: "+address+" is in use by the running hub") {
		t.Errorf("%v\n%s", err, out)
	}
	other := (&setUp{t: t}).occupied()
	write(t, filepath.Dir(path), "hub.yml", strings.Replace(yaml, address, other, 1))
	if out, err := try(t, "check", "-c", path); err == nil || !strings.Contains(out, "✗") ||
		!strings.Contains(out, "cannot listen") {
		t.Errorf("a port of another program: %v\n%s", err, out)
	}
}

// Both start with a certificate that desktops may not trust; neither is silent.
func TestExpiredCertificateIsReported(t *testing.T) {
	for until, want := range map[time.Time]string{
		time.Now().AddDate(0, 0, -1): "expired on", time.Now().AddDate(0, 0, 3): "expires on",
		time.Now().AddDate(3, 0, 0): "not valid before",
	} {
		s := &setUp{t: t, dir: t.TempDir()}
		s.file("customers.csv", "login;name;phone\nivanov;Ivan Ivanov;+7 (495) 123-45-67\n")
		s.yaml = fmt.Sprintf(siteYAML, pbxYAML("main", "127.0.0.1:1", ", enabled: false")) + "listen: 127.0.0.1:0\n"
		s.files(s.certificate(until))
		s.file("hub.yml", s.yaml)
		path := filepath.Join(s.dir, "hub.yml")
		out, err := try(t, "check", "-c", path)
		if !strings.Contains(out, want) || (err == nil) != (want == "expires on") {
			t.Errorf("check: %v\n%s\nwant: %s", err, out, want)
		}
		if out, err = try(t, "check", "--offline", "-c", path); !strings.Contains(out, want) ||
			(err == nil) != (want == "expires on") {
			t.Errorf("check --offline: %v\n%s\nwant: %s", err, out, want)
		}
		if log, err := serveOnce(t, path); err != nil || !strings.Contains(log, want) {
			t.Errorf("serve: %v\n%s\nwant: %s", err, log, want)
		}
	}
}
