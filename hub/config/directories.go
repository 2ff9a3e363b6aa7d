package config

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"traybell/hub/config/check"
	"traybell/hub/config/document"
)

// directoryChecker checks the keys of one directory by its type.
type directoryChecker struct{ scalars }

func (k checker) directories() {
	by := directoryChecker{k.scalars}
	seen := map[string]int{}
	for i := range k.c.Directories {
		d := &k.c.Directories[i]
		at := fmt.Sprintf("directories[%d]", i)
		k.Given(at+".name", d.Name)
		k.Once(at+".name", d.Name, i, seen, "directories")
		if k.Given(at+".type", d.Type) {
			k.OneOf(at+".type", d.Type, CSV, VCard, CardDAV, SQL, LDAP, HTTP, FromHelpDesk)
		}
		if k.Bad(at) || k.Bad(at+".type") {
			continue
		}
		by.foreign(at, *d)
		d.CA = k.Absolute(d.CA)
		if d.CA != "" {
			k.File(at+".ca", d.CA)
		}
		switch d.Type {
		case CSV, VCard:
			if k.Given(at+".path", d.Path) {
				d.Path = k.Absolute(d.Path)
				if _, err := os.Stat(d.Path); err != nil && !k.Bad(at) {
					k.Warn(at+".path", "%v; its customers are unknown until it exists", err)
				}
			}
			continue
		case SQL:
			if k.Given(at+".driver", d.Driver) {
				k.OneOf(at+".driver", d.Driver, "mysql", "postgres")
			}
			k.Secret(at+".dsn", d.DSN)
		case LDAP:
			by.ldap(at, d)
		case CardDAV:
			by.cardDAV(at, d)
		case HTTP:
			by.http(at, d)
		}
		if k.Line(at+".refresh") == 0 {
			d.Refresh = defaultRefresh
		}
		check.Between(k, at+".refresh", d.Refresh, 10*time.Second, 7*24*time.Hour)
	}
}

func (k directoryChecker) cardDAV(at string, d *Directory) {
	k.Given(at+".url", d.URL)
	switch {
	case d.Username != "":
		k.Secret(at+".password", d.Password)
		if strings.HasPrefix(strings.ToLower(d.URL), "http://") && !k.Bad(at) {
			k.Warn(at+".url", "the password is sent in clear text; use https://")
		}
	case !d.Password.Empty():
		k.Complain(at+".password", "`password` needs `username`")
	}
}

// http checks a list over HTTP; package jsonlist checks the rest.
func (k directoryChecker) http(at string, d *Directory) {
	k.cardDAV(at, d)
	if !d.Token.Empty() && strings.HasPrefix(strings.ToLower(d.URL), "http://") && !k.Bad(at) {
		k.Warn(at+".url", "the token is sent in clear text; use https://")
	}
	if k.Line(at+".pages.first") == 0 {
		d.Pages.First = 1
	}
	if d.Lookup.Within == 0 {
		d.Lookup.Within = 3 * time.Second
	}
	check.Between(k, at+".lookup.within", d.Lookup.Within, 100*time.Millisecond, 30*time.Second)
	check.Between(k, at+".pages.size", d.Pages.Size, 0, 100_000)
}

func (k directoryChecker) ldap(at string, d *Directory) {
	if d.Scope == "" {
		d.Scope = "sub"
	}
	k.ldapServer(at, d.URL, d.BaseDN, d.Scope, d.BindDN, d.Password)
	if d.BindDN != "" && !encrypted(d.URL, d.StartTLS) && !k.Bad(at) {
		k.Warn(at+".url", "the password of bind_dn is sent in clear text; use ldaps:// or start_tls: true")
	}
}

// encrypted reports whether a connection to a directory server is encrypted.
func encrypted(url string, startTLS bool) bool {
	return startTLS || !strings.HasPrefix(strings.ToLower(url), "ldap://")
}

// ldapServer checks the keys of a directory server.
func (k scalars) ldapServer(at, url, baseDN, scope, bindDN string, password document.Secret) {
	if k.Given(at+".url", url) && strings.Contains(url, "@") {
		k.Complain(at+".url", "remove the user and password from the URL; use bind_dn and password_file")
	}
	k.Given(at+".base_dn", baseDN)
	k.OneOf(at+".scope", scope, "sub", "one", "base")
	switch {
	case bindDN != "":
		k.Secret(at+".password", password)
	case !password.Empty():
		k.Complain(at+".password", "`password` needs `bind_dn`")
	}
}

// foreign reports keys that the directory's type does not use.
func (k directoryChecker) foreign(at string, d Directory) {
	for _, each := range []struct {
		name  string
		types []string
	}{
		{"path", []string{CSV, VCard}},
		{"encoding", []string{CSV, VCard}},
		{"driver", []string{SQL}},
		{"dsn", []string{SQL}},
		{"dsn_file", []string{SQL}},
		{"query", []string{SQL}},
		{"url", []string{LDAP, CardDAV, HTTP}},
		{"start_tls", []string{LDAP}},
		{"ca", []string{LDAP, CardDAV, SQL, HTTP}},
		{"bind_dn", []string{LDAP}},
		{"username", []string{CardDAV, HTTP}},
		{"password", []string{LDAP, CardDAV, HTTP}},
		{"password_file", []string{LDAP, CardDAV, HTTP}},
		{"base_dn", []string{LDAP}},
		{"scope", []string{LDAP}},
		{"filter", []string{LDAP}},
		{"map", []string{LDAP, HTTP}},
		{"token", []string{HTTP}},
		{"token_file", []string{HTTP}},
		{"headers", []string{HTTP}},
		{"list", []string{HTTP}},
		{"pages", []string{HTTP}},
		{"lookup", []string{HTTP}},
		{"refresh", []string{LDAP, CardDAV, SQL, HTTP, FromHelpDesk}},
	} {
		if k.Line(at+"."+each.name) > 0 && !slices.Contains(each.types, d.Type) {
			why := fmt.Sprintf("a directory of `type: %s` has no `%s`; remove it", d.Type, each.name)
			if each.name == "refresh" {
				why = "files are read when they change; remove `refresh`"
			}
			k.Complain(at+"."+each.name, "%s", why)
		}
	}
}
