package ldap

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/directory"
	"traybell/hub/directory/directorytest"
	"traybell/hub/ldapserver"
	"traybell/hub/ldapserver/ldaptest"
	"traybell/hub/remote"
	"traybell/hub/remote/remotetest"
	"traybell/shared/protocol"
)

func refuses(t *testing.T, key, words string, o Options) {
	t.Helper()
	_, err := New(o)
	directorytest.Refuses(t, key, words, err)
}

func TestStalledServer(t *testing.T) {
	url := "ldap://" + remotetest.Mute(t)
	for name, server := range map[string]ldapserver.Options{
		"LDAP":     {URL: url, BaseDN: "dc=example", BindDN: "cn=x", Password: "p"},
		"StartTLS": {URL: url, StartTLS: true, BaseDN: "dc=example"},
	} {
		source, err := New(Options{Name: name, Options: server})
		if err != nil {
			t.Fatal(err)
		}
		directorytest.Stalls(t, source, &source.server.Stall)
	}
}

func TestInvalidOptions(t *testing.T) {
	noCA := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(noCA, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := Options{Options: ldapserver.Options{URL: "ldaps://dc", BaseDN: "dc=example"}}
	for _, test := range []struct {
		key, words string
		change     func(*Options)
	}{
		{"url", "ldap://host", func(o *Options) { o.URL = "https://dc" }},
		{"start_tls", "remove start_tls", func(o *Options) { o.StartTLS = true }},
		{"ca", "has no certificate", func(o *Options) { o.CA = noCA }},
		{"scope", "sub, one or base", func(o *Options) { o.Scope = "tree" }},
		{"base_dn", "distinguished name", func(o *Options) { o.BaseDN = "Users" }},
		{"filter", "RFC 4515", func(o *Options) { o.Filter = "objectClass=person)" }},
		{"map", "not a customer field", func(o *Options) { o.Map = map[string]string{"UserShoeSize": "x"} }},
		{"map", "not a customer field", func(o *Options) { o.Map = map[string]string{"UserTitle": "x"} }},
		{"map", "are the same field", func(o *Options) { o.Map = map[string]string{"UserPhone": "x", "phone": "y"} }},
		{"map", "not an attribute name", func(o *Options) { o.Map = map[string]string{"UserPhone": "(x=y)"} }},
		{"map", "no attribute is left", func(o *Options) {
			o.Map = map[string]string{"UserPhone": "", "UserMobile": "", "UserHomePhone": "", "UserFax": ""}
		}},
	} {
		o := good
		test.change(&o)
		refuses(t, test.key, test.words, o)
	}
}

// Pages without an end end the read.
func TestEndlessServer(t *testing.T) {
	source, err := New(Options{Options: ldapserver.Options{
		URL:    ldaptest.Serve(t, func(ldaptest.Request) ldaptest.Answer { return ldaptest.Answer{Cookie: "more"} }),
		BaseDN: "dc=example",
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err = source.Read(ctx, func(protocol.Customer) {}, func(directory.Problem) {})
	if err == nil || !strings.Contains(err.Error(), "pages without entries") {
		t.Errorf("%v", err)
	}
}

func TestHugePacket(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var server sync.WaitGroup
	server.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close() //nolint:errcheck // the test is over
		_, _ = conn.Write([]byte("\x30\x84\x40\x00\x00\x00\x04\x84\x3f\xff\xff\xf0"))
		_, _ = io.Copy(io.Discard, conn)
	})
	defer server.Wait()
	defer l.Close() //nolint:errcheck // the test is over
	source, err := New(Options{Options: ldapserver.Options{URL: "ldap://" + l.Addr().String(), BaseDN: "dc=example"}})
	if err != nil {
		t.Fatal(err)
	}
	source.server.Stall = 5 * time.Second
	err = source.Read(t.Context(), func(protocol.Customer) {}, func(directory.Problem) {})
	var stalled *remote.StallError // it waits for the rest of the packet
	if err == nil || errors.As(err, &stalled) {
		t.Errorf("%v", err)
	}
}
