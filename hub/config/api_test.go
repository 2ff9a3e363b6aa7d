package config

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/config/document"

	"github.com/google/go-cmp/cmp"
)

func TestWhoMayDoWhat(t *testing.T) {
	dir := folder(t, map[string]string{
		"crm.secret": "whsec_c2l4dGVlbiBieXRlcyBvciBtb3JlIG9mIG5vaXNl\n", "ca.pem": "x", "hub.yml": `
pbx: [{id: main, address: 127.0.0.1:5038, username: otrs, password: hunter2}]
agents: [{login: anna, extensions: ["101"], password: "` + aHash + `", teams: [support], roles: [view, notes]}]
admins:
  - {login: boss, password: "` + aHash + `"}
  - {login: lead, password: "` + aHash + `", roles: [supervise]}
api:
  tokens:
    - name: wallboard
      hash: 5f78c33274e43fa9de5659265c1d917e25c03722dcb0b8d27db8d5feaa813953
      scopes: [view]
      expires: 2020-01-31
    - name: crm
      hash: 6f78c33274e43fa9de5659265c1d917e25c03722dcb0b8d27db8d5feaa813953
      scopes: [view, notes]
      expires: 2999-01-31T18:00:00+03:00
webhooks:
  - {url: "https://crm.example.com/hook", secret_file: crm.secret, events: [call.missed], teams: [support], ca: ca.pem}
  - {url: "http://[::1]:8080/", secret: whsec_c2l4dGVlbiBieXRlcyBvciBtb3JlIG9mIG5vaXNl}
  - {url: "http://crm/", name: crm, secret: whsec_c2l4dGVlbiBieXRlcyBvciBtb3JlIG9mIG5vaXNl, insecure: true,
    previous_secret_file: crm.secret}
`,
	})
	c, err := Load(filepath.Join(dir, "hub.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Agents[0].Roles; !slices.Equal(r, []string{"view", "notes"}) {
		t.Errorf("anna has %q", r)
	}
	if a := c.Admins; !slices.Equal(a[0].Roles, []string{"admin"}) || !slices.Equal(a[1].Roles, []string{"supervise"}) {
		t.Errorf("the administrators have %q and %q", a[0].Roles, a[1].Roles)
	}
	tokens := c.API.Tokens
	if want := time.Date(2020, 1, 31, 0, 0, 0, 0, time.Local); !tokens[0].Expires.Equal(want) {
		t.Errorf("a date is %s", tokens[0].Expires)
	}
	if want := time.Date(2999, 1, 31, 15, 0, 0, 0, time.UTC); !tokens[1].Expires.Equal(want) {
		t.Errorf("a time is %s", tokens[1].Expires)
	}
	if w := c.Warnings(); len(w) != 1 || !strings.Contains(w[0].Error(), "hub.yml:12:16: the token has expired") {
		t.Errorf("warnings: %v", w)
	}
	const secret = "whsec_c2l4dGVlbiBieXRlcyBvciBtb3JlIG9mIG5vaXNl"
	if diff := cmp.Diff(Webhook{
		Name: "crm.example.com", URL: "https://crm.example.com/hook", Secret: document.NewSecret(secret),
		SecretFile: filepath.Join(dir, "crm.secret"), Events: []string{"call.missed"}, Teams: []string{"support"},
		CA: filepath.Join(dir, "ca.pem"),
	}, c.Webhooks[0]); diff != "" {
		t.Error(diff)
	}
	if w := c.Webhooks[2]; w.Name != "crm" || w.PreviousSecret.Reveal() != secret {
		t.Errorf("the third webhook is %q, its previous secret %q", w.Name, w.PreviousSecret.Reveal())
	}
	files, _ := c.Files()
	for _, name := range []string{"crm.secret", "ca.pem"} {
		if !slices.Contains(files, filepath.Join(dir, name)) {
			t.Errorf("%s is not watched: %q", name, files)
		}
	}
}
