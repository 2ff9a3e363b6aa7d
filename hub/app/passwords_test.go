package app_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/signin"
	"traybell/shared/protocol"
)

// Anna changes her password at her desktop. hub.yml gets the hash and keeps its comments, the session
// stays, those on other desktops end, and the old password opens nothing.
func TestAgentChangesThePassword(t *testing.T) {
	s := tell(t)
	old := hashOf(s.yaml, "anna")
	s.yaml = strings.Replace(s.yaml, "agents:\n", "agents: # day shift\n", 1)
	boris := `102"], password: "` + hashOf(s.yaml, "boris") + `"`
	s.yaml = strings.Replace(s.yaml, boris, `102"], password_file: boris.hash`, 1)
	if err := os.WriteFile(filepath.Join(s.dir, "boris.hash"), []byte(old+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.working()
	anna, home, boriss := s.signIn("101"), s.signIn("201"), s.signIn("102")
	if at := anna.opened.Agent.Password; at != protocol.PasswordHub {
		t.Errorf("the password is changed at %q", at)
	}
	anna.do(protocol.PasswordSet, protocol.SetPassword{Current: "secret", New: "short"})
	var f protocol.Failure
	if err := anna.await(protocol.PasswordSet).Decode(&f); err != nil || f.Problem != protocol.PasswordShort {
		t.Errorf("%+v, %v", f, err)
	}
	anna.do(protocol.PasswordSet, protocol.SetPassword{Current: "secret", New: "a new one"})
	anna.await(protocol.TokenEvent)
	anna.await(protocol.Accepted)
	var bye protocol.ClosedSession
	if err := home.await(protocol.SessionClosed).Decode(&bye); err != nil || bye.Problem != protocol.AccountPassword {
		t.Errorf("%+v, %v", bye, err)
	}
	anna.quiet(protocol.SessionClosed)
	s.signInAs("201", "a new one")
	text, err := os.ReadFile(filepath.Join(s.dir, "hub.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if now := hashOf(string(text), "anna"); strings.Replace(string(text), now, old, 1) != s.yaml ||
		!signin.Fits("a new one", now) {
		t.Errorf("hub.yml is now\n%s", text)
	}
	backups, err := filepath.Glob(filepath.Join(s.dir, "hub.yml.*.bak"))
	if err != nil || len(backups) != 1 {
		t.Errorf("backups: %v, %v", backups, err)
	}

	boriss.do(protocol.PasswordSet, protocol.SetPassword{Current: "secret", New: "Boris has another"})
	boriss.await(protocol.Accepted)
	s.signInAs("102", "Boris has another")
	hash, err := os.ReadFile(filepath.Join(s.dir, "boris.hash"))
	if err != nil || !signin.Fits("Boris has another", strings.TrimSpace(string(hash))) {
		t.Errorf("boris.hash is now %s, %v", hash, err)
	}
	if again, err := os.ReadFile(filepath.Join(s.dir, "hub.yml")); err != nil || string(again) != string(text) {
		t.Errorf("hub.yml is now\n%s", again)
	}

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	changes := ""
	for !strings.Contains(changes, "anna 127.0.0.1  password.set anna") ||
		!strings.Contains(changes, "boris 127.0.0.1  password.set boris") {
		if changes = s.must("audit"); ctx.Err() != nil {
			t.Fatalf("the audit lacks the changes:\n%s", changes)
		}
		pause(ctx, 20*time.Millisecond)
	}
	for _, secret := range []string{"a new one", "Boris has another", "$argon2id"} {
		if strings.Contains(s.log.String(), secret) || strings.Contains(changes, secret) {
			t.Errorf("%q is in the log or the audit", secret)
		}
	}
}

// On the pages as well: the browser stays signed in, others and the desktops do not.
func TestAgentChangesThePasswordOnThePages(t *testing.T) {
	s := tell(t)
	s.yaml += "admins: [{login: admin, password: \"" + hashOf(s.yaml, "anna") + "\"}]\n"
	s.start()
	desk := s.signIn("101")
	browser := func() *http.Client {
		c := insecureClient()
		t.Cleanup(c.CloseIdleConnections)
		c.Jar, _ = cookiejar.New(nil) // never fails
		return c
	}
	send := func(c *http.Client, path string, form url.Values, status int, parts ...string) {
		t.Helper()
		method := http.MethodPost
		if form == nil {
			method = http.MethodGet
		}
		r, err := http.NewRequestWithContext(t.Context(), method, "https://"+s.hub.Addr()+path,
			strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != status {
			t.Errorf("%s: %s, want %d", path, resp.Status, status)
		}
		for _, part := range parts {
			if !strings.Contains(string(body), part) {
				t.Errorf("%s: no %q in\n%s", path, part, body)
			}
		}
		if strings.Contains(string(body), "a new one") {
			t.Errorf("%s shows the password", path)
		}
	}
	signIn := func(c *http.Client, password string, status int, parts ...string) {
		t.Helper()
		send(c, "/sign-in", url.Values{"name": {"101"}, "password": {password}}, status, parts...)
	}
	change := func(current, next, repeat string) url.Values {
		return url.Values{"current": {current}, "new": {next}, "repeat": {repeat}}
	}
	here, elsewhere := browser(), browser()
	signIn(here, "secret", http.StatusOK)
	signIn(elsewhere, "secret", http.StatusOK)
	send(here, "/calls", nil, http.StatusOK, `href="/password"`)
	send(here, "/password", nil, http.StatusOK, `autocomplete="new-password"`)
	send(here, "/password", change("secret", "a new one", "a now one"), http.StatusBadRequest, "are not the same")
	send(here, "/password", change("wrong", "a new one", "a new one"), http.StatusForbidden,
		"The current password is wrong.")
	send(here, "/password", change("secret", "short", "short"), http.StatusBadRequest, "at least 6 characters")
	send(here, "/password", change("secret", "a new one", "a new one"), http.StatusOK, "The password was changed.")
	send(here, "/calls", nil, http.StatusOK, "Anna Petrova")
	send(elsewhere, "/calls", nil, http.StatusOK, `name="password"`) // the sign-in
	desk.await(protocol.SessionClosed)
	signIn(browser(), "secret", http.StatusUnauthorized)
	signIn(browser(), "a new one", http.StatusOK)
	admin := browser()
	send(admin, "/sign-in", url.Values{"name": {"admin"}, "password": {"secret"}}, http.StatusOK)
	send(admin, "/password", nil, http.StatusForbidden, "in hub.yml")
}
