package lab

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"traybell/shared/protocol"
)

// The user of Radicale.
const (
	CardDAVUser     = "traybell"
	CardDAVPassword = "app: p@ss/word"
)

// Radicale is a CardDAV server with TLS and one address book.
type Radicale struct {
	*Server
	client *http.Client
}

// StartRadicale starts Debian's radicale without cards.
func StartRadicale(t testing.TB) *Radicale {
	t.Helper()
	s := &Radicale{Server: newServer(t, "radicale", "")}
	ca, err := os.ReadFile(s.CA())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	s.client = &http.Client{Transport: transport}
	for name, text := range map[string]string{
		"users": CardDAVUser + ":" + CardDAVPassword + "\n",
		"config": strings.ReplaceAll(`[server]
hosts = 127.0.0.1:`+s.Port+`
ssl = True
certificate = @/cert.pem
key = @/key.pem
[auth]
type = htpasswd
htpasswd_filename = @/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = @/collections
`, "@", s.Dir),
	} {
		if err := os.WriteFile(filepath.Join(s.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.command = []string{program(t, "radicale", "/usr/bin/radicale"), "--config", filepath.Join(s.Dir, "config")}
	s.ready = func(ctx context.Context) error { return s.send(ctx, http.MethodOptions, "/", "") }
	s.Start(t)
	return s
}

// URL is that of the server.
func (s *Radicale) URL() string { return "https://" + s.Address() }

// Book is the path of the address book.
func (s *Radicale) Book() string { return "/" + CardDAVUser + "/contacts/" }

func (s *Radicale) send(ctx context.Context, method, path, body string) error {
	req, err := http.NewRequestWithContext(ctx, method, s.URL()+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(CardDAVUser, CardDAVPassword)
	req.Header.Set("Content-Type", "text/vcard; charset=utf-8")
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	return nil
}

// Write replaces all customers.
func (s *Radicale) Write(t testing.TB, customers []protocol.Customer) {
	t.Helper()
	escape := strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`).Replace
	_ = s.send(t.Context(), http.MethodDelete, s.Book(), "") // there may be none
	const create = `<?xml version="1.0"?>` +
		`<d:mkcol xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><d:set><d:prop>` +
		`<d:resourcetype><d:collection/><c:addressbook/></d:resourcetype></d:prop></d:set></d:mkcol>`
	if err := s.send(t.Context(), "MKCOL", s.Book(), create); err != nil {
		t.Fatal(err)
	}
	for i, c := range customers {
		card := fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%d\r\nFN:%s\r\nN:%s;;;;\r\n"+
			"EMAIL:%s\r\nORG:%s\r\nADR:;;%s;%s;;;\r\n",
			i, escape(c.Name), escape(c.Name), c.Email, escape(c.Company), escape(c.Street), escape(c.City))
		for kind, number := range map[string]string{"work": c.Phone, "cell": c.Mobile, "fax": c.Fax} {
			if number != "" {
				card += "TEL;TYPE=" + kind + ":" + escape(number) + "\r\n"
			}
		}
		path := fmt.Sprintf("%s%d.vcf", s.Book(), i)
		if err := s.send(t.Context(), http.MethodPut, path, card+"END:VCARD\r\n"); err != nil {
			t.Fatal(err)
		}
	}
}
