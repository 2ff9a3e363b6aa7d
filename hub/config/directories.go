package config

import (
	"fmt"
	"os"
	"strings"
	"time"
)

func (k checker) directories() {
	seen := map[string]int{}
	for i := range k.c.Directories {
		d := &k.c.Directories[i]
		at := fmt.Sprintf("directories[%d]", i)
		k.given(at+".name", d.Name)
		k.once(at+".name", d.Name, i, seen, "directories")
		if k.given(at+".type", d.Type) {
			k.oneOf(at+".type", d.Type, CSV, SQL, LDAP)
		}
		if k.isBad(at) || k.isBad(at+".type") {
			continue
		}
		k.foreign(at, *d)
		d.CA = inFolder(k.folder, d.CA)
		if d.CA != "" {
			k.file(at+".ca", d.CA)
		}
		switch d.Type {
		case CSV:
			if k.given(at+".path", d.Path) {
				d.Path = inFolder(k.folder, d.Path)
				if _, err := os.Stat(d.Path); err != nil && !k.isBad(at) {
					k.warn(at+".path", "%v; its customers are unknown until it exists", err)
				}
			}
			continue
		case SQL:
			if k.given(at+".driver", d.Driver) {
				k.oneOf(at+".driver", d.Driver, "mysql", "postgres")
			}
			k.secret(at+".dsn", d.DSN)
		case LDAP:
			k.ldap(at, d)
		}
		if _, given := k.src.places[at+".refresh"]; !given {
			d.Refresh = defaultRefresh
		}
		k.period(at+".refresh", d.Refresh, 10*time.Second, 7*24*time.Hour)
	}
}

func (k checker) ldap(at string, d *Directory) {
	if k.given(at+".url", d.URL) && strings.Contains(d.URL, "@") {
		k.complain(at+".url", "remove the user and password from the URL; use bind_dn and password_file")
	}
	k.given(at+".base_dn", d.BaseDN)
	if d.Scope == "" {
		d.Scope = "sub"
	}
	k.oneOf(at+".scope", d.Scope, "sub", "one", "base")
	switch {
	case d.BindDN != "":
		k.secret(at+".password", d.Password)
		if strings.HasPrefix(strings.ToLower(d.URL), "ldap://") && !d.StartTLS && !k.isBad(at) {
			k.warn(at+".url",
				"the password of bind_dn is sent in clear text; use ldaps:// or start_tls: true")
		}
	case !d.Password.Empty():
		k.complain(at+".password", "`password` needs `bind_dn`")
	}
}

// foreign reports keys that the directory's type does not use.
func (k checker) foreign(at string, d Directory) {
	for _, each := range []struct{ name, types string }{
		{"path", CSV},
		{"driver", SQL},
		{"dsn", SQL},
		{"dsn_file", SQL},
		{"query", SQL},
		{"url", LDAP},
		{"start_tls", LDAP},
		{"ca", LDAP + SQL},
		{"bind_dn", LDAP},
		{"password", LDAP},
		{"password_file", LDAP},
		{"base_dn", LDAP},
		{"scope", LDAP},
		{"filter", LDAP},
		{"map", LDAP},
		{"refresh", LDAP + SQL},
	} {
		if _, given := k.src.places[at+"."+each.name]; given && !strings.Contains(each.types, d.Type) {
			why := fmt.Sprintf("a directory of `type: %s` has no `%s`; remove it", d.Type, each.name)
			if each.name == "refresh" {
				why = "CSV files are read when they change; remove `refresh`"
			}
			k.complain(at+"."+each.name, "%s", why)
		}
	}
}
