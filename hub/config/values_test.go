package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The configuration is shown with its defaults and without secrets, also where they are part of
// another text.
func TestValuesHaveNoSecrets(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "hub.yml")
	const text = `data_dir: .
listen: 127.0.0.1:11010
tls: {mode: "off"}
region: RU
pbx:
  - {id: main, address: "192.0.2.1:5038", username: traybell, password: ami-secret}
directories:
  - {name: crm, type: sql, driver: mysql, dsn: "reader:dsn-secret@tcp(192.0.2.2)/crm", query: "SELECT 1"}
  - {name: cards, type: carddav, url: "https://192.0.2.3/?key=url-secret", username: u, password: dav-secret}
webhooks:
  - {name: crm, url: "https://192.0.2.4/hooks/path-secret", secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	values, err := c.Values()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"username":"traybell"`, `"password":"***"`, `"dsn":"***"`, `"clients":1000`,
		`"url":"https://192.0.2.4/***"`, `"url":"https://192.0.2.3/?***"`,
	} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s is missing in %s", want, raw)
		}
	}
	if strings.Contains(string(raw), "-secret") {
		t.Errorf("a secret is in %s", raw)
	}
}
