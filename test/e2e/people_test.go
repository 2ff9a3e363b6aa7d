//go:build e2e

package e2e

import (
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/config"
	"traybell/hub/ldapserver"
	"traybell/hub/people"
	"traybell/hub/people/ldap"
	"traybell/test/lab"

	goldap "github.com/go-ldap/ldap/v3"
)

// People sign in with their passwords of OpenLDAP; groups in groups decide what they may do.
func TestPeopleOfLDAP(t *testing.T) {
	const ivan, olga = "cn=Ivan Ivanov," + lab.LDAPBase, "cn=Olga Petrova," + lab.LDAPBase
	s := lab.StartSlapd(t)
	password := func(dn, text string) {
		s.As(t, func(conn *goldap.Conn) error {
			change := goldap.NewModifyRequest(dn, nil)
			change.Replace("userPassword", []string{text})
			return conn.Modify(change)
		})
	}
	password(ivan, "ivan's")
	password(olga, "olga's")
	base := ldap.Options{
		Options: ldapserver.Options{
			URL: "ldap://" + s.Address(), StartTLS: true, CA: s.CA(), BindDN: lab.LDAPAdmin, Password: lab.LDAPPassword,
			BaseDN: lab.LDAPBase,
		},
		Login: "sAMAccountName, uid", Name: "displayName, cn", Extension: "ipPhone",
		Groups: []ldap.Group{
			{DN: "cn=Outer,ou=Groups,dc=acme,dc=lab", Teams: []string{"support"}, Roles: []string{"view"}},
		},
		NoExtension: config.ExtensionProblem,
	}
	open := func(o ldap.Options, file string) *people.Directory {
		t.Helper()
		source, err := ldap.New(o)
		if err != nil {
			t.Fatal(err)
		}
		return people.Open(people.Options{
			Source: source, Keep: time.Hour, File: file, Log: slog.New(slog.DiscardHandler),
		})
	}
	file := filepath.Join(t.TempDir(), "people.copy")
	d := open(base, file)
	if changed, err := d.Read(t.Context()); err != nil || !changed {
		t.Fatal(changed, err)
	}
	found := d.People()
	if len(found) != 1 || found[0].Login != "ivanov" || found[0].Name != "Ivanov, Ivan" ||
		!slices.Equal(found[0].Extensions, []string{"101"}) || !slices.Equal(found[0].Teams, []string{"support"}) {
		t.Fatalf("%+v", found) // Olga's account is disabled
	}
	verify := func(d *people.Directory, text string, want bool, wantErr error) {
		t.Helper()
		if fits, err := d.Verify(t.Context(), found[0].Credential(), text); fits != want || !errors.Is(err, wantErr) {
			t.Errorf("%q: %v, %v", text, fits, err)
		}
	}
	verify(d, "ivan's", true, nil)
	verify(d, "olga's", false, nil)
	verify(d, "", false, nil)
	password(ivan, "changed")
	verify(d, "ivan's", false, nil)
	verify(d, "changed", true, nil)

	// the server is away, also for the next process
	s.Stop(t)
	verify(d, "changed", true, nil)
	d = open(base, file)
	verify(d, "changed", true, nil)
	verify(d, "ivan's", false, nil)
	if _, err := d.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "check that the server is running") {
		t.Errorf("away: %v", err)
	}
	verify(open(base, ""), "changed", false, nil) // unknown there
	s.Start(t)
	if _, err := d.Read(t.Context()); err != nil {
		t.Error(err)
	}

	// an anonymous reader does not see passwords, but may try one
	anonymous := base
	anonymous.BindDN, anonymous.Password = "", ""
	anonymous.URL, anonymous.StartTLS = "ldaps://127.0.0.1:"+s.TLSPort, false
	d = open(anonymous, "")
	if _, err := d.Read(t.Context()); err != nil || len(d.People()) != 1 {
		t.Errorf("over LDAPS: %v, %v", d.People(), err)
	}
	verify(d, "changed", true, nil)

	for name, c := range map[string]struct {
		change func(o *ldap.Options)
		want   string
	}{
		"another CA":     {func(o *ldap.Options) { o.CA = lab.OtherCA(t) }, "certificate"},
		"wrong password": {func(o *ldap.Options) { o.Password = "hunter2" }, "check bind_dn and password"},
		"no such group": {
			func(o *ldap.Options) { o.Groups = []ldap.Group{{DN: "cn=None,dc=acme,dc=lab"}} }, "no group",
		},
		"another base_dn": {func(o *ldap.Options) { o.BaseDN = "dc=elsewhere" }, "check base_dn"},
	} {
		o := base
		c.change(&o)
		if _, err := open(o, "").Read(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) ||
			strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
