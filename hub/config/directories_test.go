package config

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDirectoriesOfEveryType(t *testing.T) {
	dir := folder(t, map[string]string{
		"otrs.dsn": "traybell:hunter2@tcp(db:3306)/otrs\n", "ad.secret": "hunter3\n", "ca.pem": "x",
		"customers.csv": "login;phone\n", "cards.vcf": "", "hub.yml": `
pbx: [{id: main, address: 127.0.0.1:5038, username: otrs, password: SomePassword}]
directories:
  - {name: customers, type: csv, path: customers.csv}
  - {name: otrs, type: sql, driver: mysql, dsn_file: otrs.dsn}
  - {name: crm, type: sql, driver: postgres, dsn: "postgres://u:hunter4@db/crm", 
     query: "SELECT login, phone FROM x", refresh: 1h}
  - name: ad
    type: ldap
    url: ldap://dc.example.com
    ca: ca.pem
    bind_dn: traybell@example.com
    password_file: ad.secret
    base_dn: dc=example,dc=com
    filter: (objectClass=person)
    map: {UserPhone: "telephoneNumber, otherTelephone", UserMobile: ""}
  - {name: cards, type: vcard, path: cards.vcf, encoding: windows-1251}
  - {name: cloud, type: carddav, url: "http://cloud.example.com/", username: traybell, password_file: ad.secret}
`,
	})
	c, err := Load(filepath.Join(dir, "hub.yml"))
	if err != nil {
		t.Fatal(err)
	}
	d := c.Directories
	if d[0].Refresh != 0 || d[1].Refresh != 5*time.Minute || d[2].Refresh != time.Hour ||
		d[3].Refresh != 5*time.Minute {
		t.Errorf("refresh %v %v %v %v", d[0].Refresh, d[1].Refresh, d[2].Refresh, d[3].Refresh)
	}
	if d[1].DSN.Reveal() != "traybell:hunter2@tcp(db:3306)/otrs" ||
		d[2].DSN.Reveal() != "postgres://u:hunter4@db/crm" || d[3].Password.Reveal() != "hunter3" {
		t.Error("the secrets are others")
	}
	if d[3].Scope != "sub" || d[3].CA != filepath.Join(dir, "ca.pem") ||
		d[3].Map["UserPhone"] != "telephoneNumber, otherTelephone" || len(d[3].Map) != 2 {
		t.Errorf("%+v", d[3])
	}
	if d[4].Path != filepath.Join(dir, "cards.vcf") || d[4].Encoding != "windows-1251" || d[4].Refresh != 0 {
		t.Errorf("%+v", d[4])
	}
	if d[5].Username != "traybell" || d[5].Password.Reveal() != "hunter3" || d[5].Refresh != 5*time.Minute {
		t.Errorf("%+v", d[5])
	}
	if w := c.Warnings().Error(); strings.Count(w, "sent in clear text") != 2 {
		t.Errorf("warnings: %s", w)
	}
}
