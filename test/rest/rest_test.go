// Package rest drives a whole hub through its REST interface, with a client that is generated from
// the OpenAPI document.
package rest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/ami/amitest"
	"traybell/hub/api"
	"traybell/hub/app"
	"traybell/hub/config"
	"traybell/hub/store/storetest/empty"
	"traybell/shared/protocol"
	"traybell/test/rest/client"
	"traybell/test/terminal"

	"github.com/alexedwards/argon2id"
)

// patience bounds the wait for anything that must happen.
const patience = 30 * time.Second

// browser trusts the hub's own certificate, as tests of other packages check it.
var browser = &http.Client{Transport: &http.Transport{
	TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // a hub of this test
}}

// office is a hub with a simulated PBX, two agents and a token for each role.
type office struct {
	t      *testing.T
	dir    string
	url    string
	pbx    *amitest.PBX
	app    *app.App
	tokens map[access.Role]string
}

// open starts a hub whose help desk is the built-in one or, with a URL, another one.
func open(t *testing.T, helpDesk string) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), tokens: map[access.Role]string{}}
	var err error
	if o.pbx, err = amitest.New(amitest.Options{Users: map[string]amitest.User{
		amitest.Username: {
			Secret: amitest.Secret, Read: []string{"system", "call"}, Write: []string{"system", "originate", "agent"},
		},
	}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.pbx.Close() })
	o.pbx.Queues.Add("500")
	hash, err := argon2id.CreateHash("secret",
		&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16})
	if err != nil {
		t.Fatal(err)
	}
	var tokens strings.Builder
	token := func(name string, role access.Role, expires string) string {
		given, sum := api.NewToken()
		fmt.Fprintf(&tokens, "    - {name: %s, hash: %s, scopes: [%s]%s}\n", name, sum, role, expires)
		return given
	}
	for _, role := range access.Roles() {
		o.tokens[role] = token(string(role)+"-program", role, "")
	}
	o.tokens["expired"] = token("old-program", access.Admin, ", expires: 2026-01-01")
	text := fmt.Sprintf(`listen: 127.0.0.1:0
data_dir: data
region: RU
admins: [{login: boss, password: "%[1]s"}]
pbx: [{id: main, address: %[2]q, username: %[3]q, password: %[4]q}]
agents:
  - {login: anna, name: Anna, extensions: ["101"], password: "%[1]s", teams: [support],
     rights: [ticket, category, block]}
  - {login: boris, name: Boris, extensions: ["102"], password: "%[1]s", teams: [sales], rights: [ticket, control]}
directories: [{name: our customers, type: csv, path: customers.csv}]
api:
  tokens:
%[5]s%[6]s`, hash, o.pbx.Addr(), amitest.Username, amitest.Secret, tokens.String(), helpDesk)
	for name, content := range map[string]string{
		"hub.yml": text, "customers.csv": "login;name;company;phone\nada;Ada Lovelace;Engines;+74951234567\n",
	} {
		if err := os.WriteFile(filepath.Join(o.dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(o.dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	empty.Database(t, filepath.Join(o.dir, "data", "traybell.db"))
	o.start()
	return o
}

// start runs the hub of this office.
func (o *office) start() {
	o.t.Helper()
	file := filepath.Join(o.dir, "hub.yml")
	cfg, err := config.Load(file)
	if err != nil {
		o.t.Fatal(err)
	}
	o.app, err = app.New(o.t.Context(), app.Options{
		Config: cfg, File: file, Version: "1.0.0", Log: slog.New(slog.DiscardHandler),
	})
	if err == nil {
		err = o.app.Start(o.t.Context())
	}
	if err != nil {
		o.t.Fatal(err)
	}
	running := o.app
	o.t.Cleanup(func() { _ = running.Stop() })
	o.url = "https://" + o.app.Addr() + api.Path
	c := o.as(access.View)
	o.until("the PBX works", func() bool {
		hub, err := c.GetHubWithResponse(o.t.Context())
		return err == nil && hub.JSON200 != nil && hub.JSON200.Pbxs["main"] == string(protocol.PBXWorking)
	})
	o.until("the directory is read", func() bool {
		list, err := c.ListDirectoriesWithResponse(o.t.Context())
		return err == nil && list.JSON200 != nil && (*list.JSON200)[0].Customers == 1
	})
}

// until waits until something has happened.
func (o *office) until(what string, happened func() bool) {
	o.t.Helper()
	for deadline := time.Now().Add(patience); !happened(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			o.t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// as returns a client with the token of a role.
func (o *office) as(role access.Role) *client.ClientWithResponses {
	o.t.Helper()
	c, err := client.NewClientWithResponses(o.url, client.WithHTTPClient(browser), client.WithRequestEditorFn(
		func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+o.tokens[role])
			return nil
		}))
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}

// signIn opens anna's terminal.
func (o *office) signIn() *terminal.Terminal {
	o.t.Helper()
	k, _, err := terminal.SignIn(o.t.Context(), o.app.Addr(), "101", "secret")
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { _ = k.CloseNow() })
	return k
}

// reads waits for a message with that name.
func (o *office) reads(k *terminal.Terminal, name string) protocol.Message {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), patience)
	defer cancel()
	m, err := k.Await(ctx, name)
	if err != nil {
		o.t.Fatalf("no %s: %v", name, err)
	}
	return m
}

// do sends a request and returns the answer with its body.
func (o *office) do(method, path, token string, header http.Header, body io.Reader) (*http.Response, string) {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), method, o.url+path, body)
	if err != nil {
		o.t.Fatal(err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if _, set := header["Content-Type"]; body != nil && !set {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := browser.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return answer, string(text)
}

// problem checks that an answer is a problem with a status.
func problem(t *testing.T, answer *http.Response, body string, status int) {
	t.Helper()
	var p struct {
		Status        int
		Title, Detail string
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil || answer.StatusCode != status || p.Status != status ||
		p.Title == "" || p.Detail == "" || answer.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s, %s, %s, want a problem with %d", answer.Status, answer.Header.Get("Content-Type"), body, status)
	}
}

// away is a help desk that never answers well.
func away(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(s.Close)
	return fmt.Sprintf("help_desk: {type: znuny, url: %q, webservice: traybell, username: hub, password: x}\n", s.URL)
}
