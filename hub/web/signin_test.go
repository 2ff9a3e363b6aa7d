package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/signin"
	"traybell/hub/web"
	"traybell/shared/protocol"
)

func guarded(t *testing.T) *site {
	return newSite(t, func(o *web.Options, _ *hub) {
		o.People = []web.Person{
			person("admin", hash(t, "pässwort")), person("boss", hash(t, "other")), agent("anna", hash(t, "anna's")),
		}
	})
}

func TestOnlyPeopleWhoSignedInHaveAccess(t *testing.T) {
	s := guarded(t)
	made := s.add("main:1", "A secret matter")
	for path, to := range map[string]string{
		"/": "/sign-in", "/tickets": "/sign-in?to=%2Ftickets", "/tickets?q=a+b": "/sign-in?to=%2Ftickets%3Fq%3Da%2Bb",
		"/tickets/" + made.Number: "/sign-in?to=%2Ftickets%2F" + made.Number,
		"/live":                   "/sign-in?to=%2Flive",
	} {
		resp, body := s.do("GET", path, nil)
		if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || got != to ||
			strings.Contains(body, "secret") {
			t.Errorf("%s without a session: %s to %q", path, resp.Status, got)
		}
	}
	closing := url.Values{"state": {"closed"}}
	resp, body := s.do("POST", "/tickets/"+made.Number+"/state", closing)
	wantPage(t, resp, body, 401, "Your session has ended", `name="password"`)
	resp, body = s.do("GET", "/sign-in?to=%2Ftickets%3Fq%3Da", nil)
	wantPage(t, resp, body, 200, `name="to" value="/tickets?q=a"`, `autocomplete="current-password"`)

	admin := s.signIn("admin", "pässwort")
	resp, body = s.do("GET", "/tickets", nil, admin)
	wantPage(t, resp, body, 200, "A secret matter", "<bdi class=\"me\">admin</bdi>", "Sign out")
	if resp, _ := s.do("GET", "/sign-in", nil, admin); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("the sign-in page with a session: %s", resp.Status)
	}
	for _, c := range [][2]string{
		{"admin", "wrong"}, {"admin", ""}, {"boss", "pässwort"}, {"stranger", "pässwort"}, {"anna", "anna's"},
	} {
		resp, body := s.attempt(c[0], c[1])
		wantPage(t, resp, body, 401, "Wrong name or password", `role="alert"`)
		if len(resp.cookies()) > 0 {
			t.Errorf("%q gets %v", c, resp.cookies())
		}
	}
	basic := func(r *http.Request) { r.SetBasicAuth("admin", "pässwort") }
	if resp, _ := s.do("GET", "/tickets", nil, basic); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("HTTP Basic: %s", resp.Status)
	}
	for _, path := range []string{"/healthz", "/web.css", "/live.js", "/icon.svg"} {
		if resp, _ := s.do("GET", path, nil); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	if resp, _ := s.do("POST", "/sign-out", url.Values{}, admin); resp.Header.Get("Location") != "/sign-in" {
		t.Errorf("sign-out: %s", resp.Status)
	}
	if resp, _ := s.do("GET", "/tickets", nil, admin); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("after the sign-out: %s", resp.Status)
	}
}

// No link to the sign-in leads to another site.
func TestSignInLeadsNowhereElse(t *testing.T) {
	s := guarded(t)
	for to, want := range map[string]string{
		"/calls?number=1&x=%2F":          "/calls?number=1&x=%2F",
		"/tickets/2026?q=//evil.example": "/tickets/2026?q=//evil.example",
		"":                               "/", "calls": "/", "//evil.example": "/",
		`/\evil.example`: "/", `\\evil.example`: "/",
		"///evil.example":       "/",
		"https://evil.example/": "/", "http:/tickets": "/", "javascript:alert(1)": "/", "/%2F/evil.example": "/",
		"/\tevil": "/", "/%09/evil.example": "/%09/evil.example", "//evil.example/%2e%2e": "/", "/a#//evil": "/a",
		"/x\r\nSet-Cookie: a=b": "/", "https:evil.example": "/", "/%5Cevil.example": "/", "//user@evil.example": "/",
	} {
		resp, _ := s.do("POST", "/sign-in", url.Values{"name": {"boss"}, "password": {"other"}, "to": {to}})
		if got := resp.Header.Get("Location"); got != want || resp.StatusCode != http.StatusSeeOther {
			t.Errorf("%q leads to %q, want %q", to, got, want)
		}
		resp, _ = s.do("POST", "/language", url.Values{"language": {"ru"}, "to": {to}})
		if got := resp.Header.Get("Location"); got != want {
			t.Errorf("language: %q leads to %q, want %q", to, got, want)
		}
	}
}

func TestSessionFixation(t *testing.T) {
	s := guarded(t)
	set := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "traybell", Value: "CHOSENBYANATTACKER"}) }
	resp, _ := s.attempt("boss", "other", set)
	own := resp.cookies()["traybell"]
	if own == nil || own.Value == "CHOSENBYANATTACKER" {
		t.Fatalf("the browser got %v", own)
	}
	if resp, _ := s.do("GET", "/tickets", nil, set); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("the attacker's id opens the session: %s", resp.Status)
	}
}

// Another site can neither sign a browser in nor out, nor change the language.
func TestForeignFormsSignNobodyIn(t *testing.T) {
	s := guarded(t)
	admin := s.signIn("boss", "other")
	cross := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	for _, path := range []string{"/sign-in", "/sign-out", "/language"} {
		resp, _ := s.do("POST", path, url.Values{"name": {"boss"}, "password": {"other"}}, cross, admin)
		if resp.StatusCode != http.StatusForbidden || len(resp.cookies()) > 0 {
			t.Errorf("%s from another site: %s, %v", path, resp.Status, resp.cookies())
		}
	}
	if resp, _ := s.do("GET", "/tickets", nil, admin); resp.StatusCode != http.StatusOK {
		t.Errorf("after it: %s", resp.Status)
	}
}

func TestChangedAccountsAreSignedOut(t *testing.T) {
	s := guarded(t)
	admin, boss := s.signIn("admin", "pässwort"), s.signIn("boss", "other")
	kept := hash(t, "other")
	for _, c := range []struct {
		people []web.Person
		want   int
	}{
		{[]web.Person{person("boss", kept)}, http.StatusSeeOther}, // another password
		{[]web.Person{person("boss", kept, access.View)}, http.StatusOK},
		{[]web.Person{agent("boss", kept), person("third", kept)}, http.StatusSeeOther}, // no longer an administrator
	} {
		if err := s.pages.SetPeople(c.people); err != nil {
			t.Fatal(err)
		}
		if resp, _ := s.do("GET", "/tickets", nil, admin); resp.StatusCode != http.StatusSeeOther {
			t.Errorf("a removed administrator: %s", resp.Status)
		}
		if resp, _ := s.do("GET", "/tickets", nil, boss); resp.StatusCode != c.want {
			t.Errorf("%+v: %s", c.people, resp.Status)
		}
		if err := s.pages.SetPeople([]web.Person{person("boss", kept)}); err != nil {
			t.Fatal(err)
		}
		boss = s.signIn("boss", "other")
	}
	if err := s.pages.SetPeople([]web.Person{person("boss", "plain")}); err == nil {
		t.Error("a password in plain text is accepted")
	}
	if resp, _ := s.do("GET", "/tickets", nil, boss); resp.StatusCode != http.StatusOK {
		t.Errorf("after a list that was refused: %s", resp.Status)
	}
}

// passwords answers what a test says.
type passwords func() bool

func (p passwords) Verify(context.Context, string, string) (bool, error) { return p(), nil }

// A password takes time to verify, and hub.yml may change meanwhile.
func TestPasswordChangesWhileItIsVerified(t *testing.T) {
	var s *site
	s = newSite(t, func(o *web.Options, _ *hub) {
		o.People = []web.Person{person("admin", signin.Ask("before"))}
		o.Passwords = passwords(func() bool {
			if err := s.pages.SetPeople([]web.Person{person("admin", signin.Ask("after"))}); err != nil {
				t.Error(err)
			}
			return true
		})
	})
	resp, body := s.attempt("admin", "old")
	wantPage(t, resp, body, http.StatusUnauthorized)
	if resp, _ := s.do("GET", "/tickets", nil, with(resp.cookies())); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("with the password before: %s", resp.Status)
	}
}

// A lost computer has a browser, too.
func TestAgentIsSignedOutEverywhere(t *testing.T) {
	var kept []signin.Revocation
	s := newSite(t, func(o *web.Options, _ *hub) {
		o.People = []web.Person{person("anna", hash(t, "pässwort")), agent("anna", hash(t, "anna's"))}
		o.KeepRevoked = func(_ context.Context, all []signin.Revocation) error {
			kept = all
			return nil
		}
	})
	agents := []func(*http.Request){s.signIn("101", "anna's"), s.signIn("101", "anna's")}
	admin := s.signIn("anna", "pässwort")
	before := time.Now()
	if s.pages.Password("anna", before) == "" || s.pages.Password("olga", before) != "" {
		t.Error("the hashes of passwords are wrong")
	}
	if err := s.pages.SignOut(t.Context(), "anna"); err != nil {
		t.Fatal(err)
	}
	if s.pages.Password("anna", before) != "" || s.pages.Password("anna", time.Now().Add(time.Second)) == "" {
		t.Error("what was issued before is not void, or what is issued later is")
	}
	for _, anna := range agents {
		if resp, _ := s.do("GET", "/calls", nil, anna); resp.StatusCode != http.StatusSeeOther {
			t.Errorf("the agent: %s", resp.Status)
		}
	}
	if resp, _ := s.do("GET", "/calls", nil, admin); resp.StatusCode != http.StatusOK {
		t.Errorf("an administrator of that name: %s", resp.Status)
	}
	if len(kept) != 1 || kept[0].Login != "agent anna" {
		t.Errorf("%+v", kept)
	}
}

// A role that hub.yml takes away is gone at the next request.
func TestRolesCountAsTheyAreNow(t *testing.T) {
	s := guarded(t)
	made := s.add("main:1", "Printer")
	kept := hash(t, "third")
	if err := s.pages.SetPeople([]web.Person{person("boss", kept)}); err != nil {
		t.Fatal(err)
	}
	boss := s.signIn("boss", "third")
	if err := s.pages.SetPeople([]web.Person{person("boss", kept, access.View)}); err != nil {
		t.Fatal(err)
	}
	resp, body := s.do("GET", "/tickets/"+made.Number, nil, boss)
	wantPage(t, resp, body, 200, "Printer")
	if strings.Contains(body, "/state") || strings.Contains(body, "<textarea") {
		t.Errorf("a viewer sees the buttons of others:\n%s", body)
	}
	for _, action := range []string{"state", "note", "assignee", "edit"} {
		form := url.Values{"state": {"closed"}, "note": {"x"}, "seen": {"0"}, "title": {"x"}}
		resp, _ := s.do("POST", "/tickets/"+made.Number+"/"+action, form, boss)
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s by a viewer: %s", action, resp.Status)
		}
	}
	got, _, err := s.store.ListedByNumber(t.Context(), made.Number)
	if err != nil || !got.Closed.IsZero() || len(got.Events) > 0 {
		t.Errorf("the ticket was changed: %+v, %v", got, err)
	}
}

func TestGuessingIsSlow(t *testing.T) {
	s := guarded(t)
	statuses := map[int]int{}
	for i := range 20 {
		resp, body := s.attempt("boss", fmt.Sprint("guess", i))
		statuses[resp.StatusCode]++
		if resp.StatusCode == http.StatusTooManyRequests {
			wantPage(t, resp, body, 429, "Too many wrong passwords")
			if resp.Header.Get("Retry-After") == "" {
				t.Error("it does not say when to come back")
			}
		}
	}
	// slow machines allow one or two attempts more
	if statuses[401] < 5 || statuses[401] > 7 || statuses[401]+statuses[429] != 20 {
		t.Errorf("the answers to 20 guesses are %v", statuses)
	}
	if resp, _ := s.attempt("boss", "other"); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the right password after too many wrong ones: %s", resp.Status)
	}
	s.signIn("admin", "pässwort")
}

// A browser that was in before gets in while another one behind the same address guesses.
func TestGuessingLocksNoKnownBrowserOut(t *testing.T) {
	s := guarded(t)
	resp, _ := s.attempt("admin", "pässwort")
	device := resp.cookies()["traybell-device"]
	if device == nil || !device.HttpOnly || device.SameSite != http.SameSiteLaxMode {
		t.Fatalf("the browser's token: %v", device)
	}
	known := with(map[string]*http.Cookie{"": device})
	for i := range 100 {
		s.attempt("admin", fmt.Sprint("guess", i))
		s.attempt(fmt.Sprint("invented", i), "guess")
	}
	if resp, _ := s.attempt("admin", "pässwort"); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("an unknown browser: %s", resp.Status)
	}
	if resp, _ := s.attempt("admin", "pässwort", known); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("a known browser: %s", resp.Status)
	}
	if resp, _ := s.do("GET", "/tickets", nil, known); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("a device's token without a session: %s", resp.Status)
	}
	statuses := map[int]int{}
	for i := range 20 {
		resp, _ := s.attempt("admin", fmt.Sprint("guess", i), known)
		statuses[resp.StatusCode]++
	}
	if statuses[429] < 10 {
		t.Errorf("guesses with a token are not limited: %v", statuses)
	}
}

// Programs that read metrics cannot fill in a page.
func TestScrapersSignInByBasic(t *testing.T) {
	metrics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "traybell_up 1") })
	s := newSite(t, func(o *web.Options, _ *hub) {
		o.Metrics = metrics
		o.People = []web.Person{
			person("prometheus", hash(t, "scrape"), access.View), agent("anna", hash(t, "anna's")),
		}
	})
	elsewhere := func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.7") }
	as := func(name, password string) func(r *http.Request) {
		return func(r *http.Request) { r.SetBasicAuth(name, password) }
	}
	resp, body := s.do("GET", "/metrics", nil)
	wantPage(t, resp, body, 200, "traybell_up")
	resp, body = s.do("GET", "/metrics", nil, elsewhere, as("prometheus", "scrape"))
	wantPage(t, resp, body, 200, "traybell_up")
	for name, change := range map[string]func(r *http.Request){
		"a stranger": func(*http.Request) {}, "a wrong password": as("prometheus", "x"),
		"an agent": as("101", "anna's"),
	} {
		resp, _ := s.do("GET", "/metrics", nil, elsewhere, change)
		if resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
}

func TestPagesSpeakTheBrowsersLanguage(t *testing.T) {
	s := guarded(t)
	accept := func(value string) func(r *http.Request) {
		return func(r *http.Request) { r.Header.Set("Accept-Language", value) }
	}
	for value, want := range map[string]string{
		"": "Password", "ru-RU,ru;q=0.9,en;q=0.8": "Пароль", "de,ru;q=0.5": "Пароль", "en-GB": "Password",
		"de": "Password", "zh;q=nonsense": "Password", "ru;q=0.1,en;q=0.9": "Password",
		strings.Repeat("x-", 5000): "Password",
	} {
		resp, body := s.do("GET", "/sign-in", nil, accept(value))
		lang := map[string]string{"Password": "en", "Пароль": "ru"}[want]
		wantPage(t, resp, body, 200, want, `<html lang="`+lang+`">`)
	}
	resp, _ := s.do("POST", "/language", url.Values{"language": {"ru"}, "to": {"/sign-in"}})
	chosen := with(resp.cookies())
	resp, body := s.do("GET", "/sign-in", nil, accept("en"), chosen)
	wantPage(t, resp, body, 200, "Пароль", `lang="en">English</button>`)
	resp, _ = s.do("POST", "/language", url.Values{"language": {"<script>"}, "to": {"/sign-in"}})
	if c := resp.cookies()["traybell-language"]; c == nil || c.Value != "en" {
		t.Errorf("an unknown language: %v", c)
	}
}

func TestAgentSeesOwnPagesOnly(t *testing.T) {
	s := guarded(t)
	anna := s.signIn("101", "anna's")
	resp, body := s.do("GET", "/pbx", nil, anna)
	wantPage(t, resp, body, 403, "Not for agents", "Anna Petrova")
	if resp, _ := s.do("GET", protocol.Path, nil, anna); resp.StatusCode != http.StatusNotFound {
		t.Errorf("no terminals: %s", resp.Status)
	}
}
