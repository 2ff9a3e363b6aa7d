package directory

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/shared/protocol"

	"github.com/go-ldap/ldap/v3"
)

// mute is a server that accepts connections and sends nothing.
func mute(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c); _ = c.Close() }()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

func TestStalledServer(t *testing.T) {
	address := mute(t)
	host, port, _ := net.SplitHostPort(address)
	my, err := NewSQL(SQLOptions{Name: "otrs", Driver: MySQL, DSN: "u:p@tcp(" + address + ")/otrs"})
	if err != nil {
		t.Fatal(err)
	}
	pg, err := NewSQL(SQLOptions{
		Name: "otrs", Driver: Postgres,
		DSN: "host=" + host + " port=" + port + " user=u password=p dbname=otrs sslmode=disable",
	})
	if err != nil {
		t.Fatal(err)
	}
	ad, err := NewLDAP(LDAPOptions{
		Name: "ad", URL: "ldap://" + address, BaseDN: "dc=example", BindDN: "cn=x", Password: "p",
	})
	if err != nil {
		t.Fatal(err)
	}
	secure, err := NewLDAP(LDAPOptions{Name: "ad", URL: "ldap://" + address, StartTLS: true, BaseDN: "dc=example"})
	if err != nil {
		t.Fatal(err)
	}
	const stall = 50 * time.Millisecond
	my.stall, pg.stall, ad.stall, secure.stall = stall, stall, stall, stall
	nobody := func(protocol.Customer) { t.Error("a customer was added") }
	for name, source := range map[string]Source{"MySQL": my, "PostgreSQL": pg, "LDAP": ad, "StartTLS": secure} {
		var stalled *stallError
		if err := source.Read(t.Context(), nobody, nil); !errors.As(err, &stalled) || !strings.Contains(err.Error(),
			"sent nothing for 50ms") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Stopping the hub cancels the read.
	my.stall, pg.stall, ad.stall = time.Hour, time.Hour, time.Hour
	for name, source := range map[string]Source{"MySQL": my, "PostgreSQL": pg, "LDAP": ad} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if err := source.Read(ctx, nobody, nil); err == nil || ctx.Err() == nil {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
}

func TestInvalidOptions(t *testing.T) {
	noCA := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(noCA, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	const dsn = "u:hunter2@tcp(db)/otrs"
	good := LDAPOptions{URL: "ldaps://dc", BaseDN: "dc=example"}
	with := func(change func(*LDAPOptions)) func() error {
		return func() error {
			o := good
			change(&o)
			_, err := NewLDAP(o)
			return err
		}
	}
	database := func(o SQLOptions) func() error {
		return func() error { _, err := NewSQL(o); return err }
	}
	for _, test := range []struct {
		key, words string
		make       func() error
	}{
		{"driver", "mysql", database(SQLOptions{Driver: "oracle", DSN: dsn})},
		{"dsn", "user:password@tcp(host:3306)/database", database(SQLOptions{Driver: MySQL, DSN: "hunter2"})},
		{"dsn", "has no database", database(SQLOptions{Driver: MySQL, DSN: "u:hunter2@tcp(db)/"})},
		{"dsn", "mysql://user:password@host", database(SQLOptions{Driver: MySQL, DSN: "mysql://u:hunter2%@db/otrs"})},
		{
			"dsn", "postgres://user:password@host",
			database(SQLOptions{Driver: Postgres, DSN: "postgres://u:hunter2@db:x/otrs"}),
		},
		{"ca", "has no certificate", database(SQLOptions{Driver: MySQL, DSN: dsn, CA: noCA})},
		{"ca", "sslrootcert", database(SQLOptions{Driver: Postgres, DSN: "host=db", CA: noCA})},
		{
			"query", "must be a SELECT",
			database(SQLOptions{Driver: MySQL, DSN: dsn, Query: "DELETE FROM customer_user"}),
		},
		{"url", "ldap://host", with(func(o *LDAPOptions) { o.URL = "https://dc" })},
		{"start_tls", "remove start_tls", with(func(o *LDAPOptions) { o.StartTLS = true })},
		{"ca", "has no certificate", with(func(o *LDAPOptions) { o.CA = noCA })},
		{"scope", "sub, one or base", with(func(o *LDAPOptions) { o.Scope = "tree" })},
		{"base_dn", "distinguished name", with(func(o *LDAPOptions) { o.BaseDN = "Users" })},
		{"filter", "RFC 4515", with(func(o *LDAPOptions) { o.Filter = "objectClass=person)" })},
		{"map", "not a customer field", with(func(o *LDAPOptions) {
			o.Map = map[string]string{"UserShoeSize": "x"}
		})},
		{"map", "are the same field", with(func(o *LDAPOptions) {
			o.Map = map[string]string{"UserPhone": "x", "phone": "y"}
		})},
		{"map", "not an attribute name", with(func(o *LDAPOptions) {
			o.Map = map[string]string{"UserPhone": "(x=y)"}
		})},
		{"map", "no attribute is left", with(func(o *LDAPOptions) {
			o.Map = map[string]string{"UserPhone": "", "UserMobile": "", "UserHomePhone": "", "UserFax": ""}
		})},
	} {
		err := test.make()
		var option *OptionError
		if !errors.As(err, &option) || option.Key != test.key || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%v; want %s with %q", err, test.key, test.words)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error has the password: %v", err)
		}
	}
}

func TestActiveDirectoryReasons(t *testing.T) {
	l := &LDAP{}
	refused := ldap.NewError(ldap.LDAPResultInvalidCredentials,
		errors.New("80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 775, v2580"))
	if err := l.explain(refused); !strings.Contains(err.Error(), "the user's account is locked out") {
		t.Error(err)
	}
	stranger := ldap.NewError(ldap.LDAPResultOperationsError,
		errors.New("000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind "+
			"must be completed on the connection., data 0, v4563"))
	if err := l.explain(stranger); !strings.Contains(err.Error(), "set bind_dn and password") {
		t.Error(err)
	}
}
