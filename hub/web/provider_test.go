package web_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"traybell/hub/openid"
	"traybell/hub/openid/openidtest"
	"traybell/hub/signin"
)

func (s *site) useProvider(f *openidtest.Fake, proof string, roles ...string) {
	s.t.Helper()
	p, err := openid.New(openid.Options{
		Issuer: f.URL, ClientID: "traybell", ClientSecret: "hunter2", Scopes: []string{"openid"},
		LoginClaim: "preferred_username", RolesClaim: "groups", Roles: map[string][]string{"hub": roles},
		PublicURL: s.URL, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.pages.SetProvider(p, proof)
}

// byProvider goes through the provider and returns the answer of the hub's last page.
func (s *site) byProvider(to string) (reply, string) {
	s.t.Helper()
	resp, body := s.do("GET", "/sign-in/oidc?to="+url.QueryEscape(to), nil)
	if resp.StatusCode != http.StatusSeeOther || strings.HasPrefix(resp.Header.Get("Location"), "/") {
		return resp, body
	}
	browser := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, resp.Header.Get("Location"), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	there, err := browser.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = there.Body.Close()
	back, err := there.Location()
	if err != nil {
		s.t.Fatal(err)
	}
	return s.do("GET", back.RequestURI(), nil, with(resp.cookies()))
}

func TestAdministratorsByOpenID(t *testing.T) {
	s, f := guarded(t), openidtest.New(t)
	resp, body := s.do("GET", "/sign-in", nil)
	wantPage(t, resp, body, 200)
	if strings.Contains(body, "/sign-in/oidc") {
		t.Error("the page offers a provider, but there is none")
	}
	if resp, _ := s.byProvider("/"); resp.Header.Get("Location") != "/sign-in" {
		t.Errorf("without a provider: %s", resp.Status)
	}

	s.useProvider(f, "one", "view")
	resp, body = s.do("GET", "/sign-in?to=%2Ftickets", nil)
	wantPage(t, resp, body, 200, `href="/sign-in/oidc?to=%2ftickets"`, "company&#39;s account")
	resp, _ = s.byProvider("/tickets")
	if to := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || to != "/tickets" {
		t.Fatalf("%s to %q", resp.Status, to)
	}
	boss := with(resp.cookies())
	resp, body = s.do("GET", "/tickets", nil, boss)
	wantPage(t, resp, body, 200, `<bdi class="me">boss</bdi>`)
	// hub.yml has an administrator of this name, whose roles are not those of the provider's
	made := s.add("main:1", "A matter")
	resp, _ = s.do("POST", "/tickets/"+made.Number+"/state", url.Values{"state": {"closed"}}, boss)
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("a change with the role view: %s", resp.Status)
	}
	// other people change, the session stays; another provider ends it
	if err := s.pages.SetPeople(nil); err != nil {
		t.Fatal(err)
	}
	if resp, _ := s.do("GET", "/tickets", nil, boss); resp.StatusCode != http.StatusOK {
		t.Errorf("after a change of people: %s", resp.Status)
	}
	s.useProvider(f, "two", "view")
	if resp, _ := s.do("GET", "/tickets", nil, boss); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("after a change of the provider: %s", resp.Status)
	}
	// with a provider the hub's computer needs a sign-in, too
	if resp, _ := s.do("GET", "/tickets", nil); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("on the hub's computer: %s", resp.Status)
	}
}

func TestFailedSignInsByOpenID(t *testing.T) {
	s, f := guarded(t), openidtest.New(t)
	s.useProvider(f, "one", "view")
	if resp, _ := s.byProvider("https://evil.example/"); resp.Header.Get("Location") != "/" {
		t.Errorf("it leads to %s", resp.Header.Get("Location"))
	}
	for _, c := range []struct {
		change func(claims map[string]any)
		status int
		text   string
	}{
		{func(c map[string]any) { c["groups"] = []string{"all"} }, 403, "Your account has no rights here"},
		{func(c map[string]any) { c["iss"] = "https://evil.example" }, 403, "refused the sign-in"},
	} {
		f.Change = c.change
		resp, body := s.byProvider("/")
		wantPage(t, resp, body, c.status, c.text, `role="alert"`)
		if _, in := resp.cookies()["traybell"]; in {
			t.Error("it is signed in")
		}
	}
	resp, body := s.do("GET", "/sign-in/oidc/callback?code=x&state=y", nil)
	wantPage(t, resp, body, 400, "Please start again")
	f.URL = "http://127.0.0.1:1"
	s.useProvider(f, "one", "view")
	resp, body = s.byProvider("/")
	wantPage(t, resp, body, 503, "does not respond")
	if n := s.pages.SignIns(); n != (signin.Counts{OK: 1, Refused: 2}) {
		t.Errorf("counted: %+v", n)
	}
}

// The provider would refuse the hub if strangers could send it any number of codes.
func TestAnswersAreLimited(t *testing.T) {
	s, f := guarded(t), openidtest.New(t)
	s.useProvider(f, "1", "admin")
	statuses := map[int]int{}
	for range 80 {
		resp, _ := s.do("GET", "/sign-in/oidc/callback?code=guess&state=x", nil)
		statuses[resp.StatusCode]++
	}
	if statuses[http.StatusTooManyRequests] < 10 || statuses[http.StatusBadRequest] < 60 {
		t.Errorf("%v", statuses)
	}
}
