package lab

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode"

	"traybell/shared/protocol"

	"github.com/go-ldap/ldap/v3"
)

// The LDAP directory and its administrator.
const (
	LDAPBase     = "ou=Users,dc=acme,dc=lab"
	LDAPAdmin    = "cn=admin,dc=acme,dc=lab"
	LDAPPassword = "adminpw"
)

// Slapd is an OpenLDAP like Active Directory. Reading is anonymous, with a limit of 1,000 entries.
type Slapd struct {
	*Server
	TLSPort string
}

// StartSlapd starts Debian's slapd with the entries in slapd/base.ldif.
func StartSlapd(t testing.TB) *Slapd {
	t.Helper()
	s := &Slapd{Server: newServer(t, "slapd", "")}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, s.TLSPort, _ = net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	if err := os.Mkdir(filepath.Join(s.Dir, "db"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"adlite.schema", "slapd.conf"} {
		text := strings.ReplaceAll(slapdFile(t, name), "@DIR@", s.Dir)
		if err := os.WriteFile(filepath.Join(s.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.command = []string{
		program(t, "slapd", "/usr/sbin/slapd"), "-f", filepath.Join(s.Dir, "slapd.conf"), "-d", "0",
		"-h", "ldap://127.0.0.1:" + s.Port + " ldaps://127.0.0.1:" + s.TLSPort,
	}
	s.ready = func(context.Context) error {
		conn, err := ldap.DialURL("ldap://" + s.Address())
		if err == nil {
			_ = conn.Close()
		}
		return err
	}
	s.Start(t)
	s.Load(t, "base.ldif")
	return s
}

func slapdFile(t testing.TB, name string) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	text, err := os.ReadFile(filepath.Join(filepath.Dir(here), "slapd", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// As calls do with the administrator's connection.
func (s *Slapd) As(t testing.TB, do func(*ldap.Conn) error) {
	t.Helper()
	conn, err := ldap.DialURL("ldap://" + s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.Bind(LDAPAdmin, LDAPPassword); err != nil {
		t.Fatal(err)
	}
	if err := do(conn); err != nil {
		t.Fatal(err)
	}
}

// Load adds the entries of a file in slapd/, an LDIF without folded or encoded lines.
func (s *Slapd) Load(t testing.TB, file string) {
	t.Helper()
	ldif := slapdFile(t, file)
	s.As(t, func(conn *ldap.Conn) error {
		for entry := range strings.SplitSeq(strings.TrimSpace(ldif), "\n\n") {
			lines := strings.Split(entry, "\n")
			add := ldap.NewAddRequest(strings.TrimPrefix(lines[0], "dn: "),
				[]ldap.Control{ldap.NewControlManageDsaIT(true)})
			values := map[string][]string{}
			var names []string
			for _, line := range lines[1:] {
				name, value, _ := strings.Cut(line, ": ")
				if values[name] == nil {
					names = append(names, name)
				}
				values[name] = append(values[name], value)
			}
			for _, name := range names {
				add.Attribute(name, values[name])
			}
			if err := conn.Add(add); err != nil {
				return err
			}
		}
		return nil
	})
}

// Write replaces all customers.
func (s *Slapd) Write(t testing.TB, customers []protocol.Customer) {
	t.Helper()
	s.As(t, func(conn *ldap.Conn) error {
		old, err := conn.SearchWithPaging(ldap.NewSearchRequest(LDAPBase, ldap.ScopeSingleLevel,
			ldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)", []string{"1.1"},
			[]ldap.Control{ldap.NewControlManageDsaIT(true)}), 500) // finds referrals too
		if err != nil {
			return err
		}
		for _, e := range old.Entries {
			if err := conn.Del(ldap.NewDelRequest(e.DN, []ldap.Control{ldap.NewControlManageDsaIT(true)})); err != nil {
				return err
			}
		}
		for _, c := range customers {
			add := ldap.NewAddRequest("cn="+c.Login+","+LDAPBase, nil)
			add.Attribute("objectClass", []string{"inetOrgPerson", "adUser"})
			phone := "telephoneNumber"
			if strings.ContainsFunc(c.Phone, func(r rune) bool { return r > unicode.MaxASCII }) {
				phone = "otherTelephone" // allows other letters (RFC 4517 3.3.31)
			}
			for name, value := range map[string]string{
				"cn": c.Login, "sn": c.Name, "displayName": c.Name, "sAMAccountName": c.Login, "mail": c.Email,
				"company": c.Company, phone: c.Phone,
				"mobile": c.Mobile, "facsimileTelephoneNumber": c.Fax, "street": c.Street, "l": c.City,
			} {
				if value != "" {
					add.Attribute(name, []string{value})
				}
			}
			if err := conn.Add(add); err != nil {
				return err
			}
		}
		return nil
	})
}
