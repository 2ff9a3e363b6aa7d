package web_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"traybell/assets/translations"
	texts "traybell/assets/translations/pages"
	"traybell/hub/access"
	"traybell/hub/config"
	"traybell/hub/hubfile"
	"traybell/hub/web"
)

// reloads are those of a hub that loads each file at once.
type reloads struct{}

func (reloads) Next() func(context.Context) (bool, error) {
	return func(context.Context) (bool, error) { return true, nil }
}

// editing is a site whose hub.yml can be changed.
func editing(t *testing.T) (s *site, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "hub.yml")
	secret := hash(t, "secret")
	text := `# ours
pbx: [{id: main, address: 127.0.0.1:5038, username: otrs, password: hunter2}]
agents:
  - login: anna
    name: Анна <b>Петрова
    extensions: ["101", "201"]
    password: "` + secret + `"
    teams: [support, "second, level"]
tracking:
  - {number: "74950000001", agents: [anna], ticket: help}
ticket_templates:
  help: {title: "Call from {{.Caller.Name}}"}
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s = newSite(t, func(o *web.Options, _ *hub) {
		o.People = []web.Person{person("boss", secret), person("viewer", secret, access.View)}
		o.Commands.HubFile.Editor = &hubfile.Editor{
			File: path, Reloads: reloads{}, Now: time.Now,
			Check: func(path string, text []byte) (*config.Config, error) { return config.Parse(path, text) },
		}
	})
	return s, path
}

var fingerprint = regexp.MustCompile(`name="fingerprint" value="(\w+)"`)

// follow opens the page that a form leads to.
func (s *site) follow(resp reply, body string, change ...func(r *http.Request)) (reply, string, string) {
	s.t.Helper()
	where := resp.Header.Get("Location")
	if resp.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("%s: %s\n%s", resp.Request, resp.Status, body)
	}
	page, body := s.do("GET", where, nil, change...)
	return page, body, where
}

func TestHubYMLIsChangedOnThePages(t *testing.T) {
	s, path := editing(t)
	boss := s.signIn("boss", "secret")
	page, body := s.do("GET", "/configuration/agents/edit?entry=anna", nil, boss)
	wantPage(t, page, body, http.StatusOK, "Анна &lt;b&gt;Петрова", "101\n201</textarea>", "second, level</textarea>",
		"The agent&#39;s phones.", `value="ticket"`)
	if strings.Contains(body, "argon2") {
		t.Error(body)
	}
	revision := regexp.MustCompile(`name="revision" value="(\w+)"`).FindStringSubmatch(body)[1]
	form := url.Values{
		"entry": {"anna"}, "revision": {revision}, "login": {"anna"}, "name": {"Анна <b>Петрова"},
		"extensions": {"101\r\n1 2"}, "teams": {"support\r\nsecond, level"},
		"rights": {"ticket", "block"}, "how": {"keep"},
	}
	page, body = s.do("POST", "/configuration/agents/edit", form, boss)
	wantPage(t, page, body, http.StatusBadRequest, "is not an extension", "1 2</textarea>", `value="block" checked`,
		`id="field-extensions" name="extensions" rows="3" aria-describedby="field-extensions-help" aria-invalid="true"`)
	form.Set("extensions", "101\r\n202")
	form.Set("how", "generate")
	page, body = s.do("POST", "/configuration/agents/edit", form, boss)
	page, body, where := s.follow(page, body, boss)
	wantPage(t, page, html.UnescapeString(body), http.StatusOK,
		`<ins>+    extensions: ["101", "202"]`, "<del>-    password: ***",
		"<ins>+    rights: [ticket, block]")
	confirm := url.Values{"fingerprint": fingerprint.FindStringSubmatch(body)[1:]}
	page, body = s.do("POST", where+"/confirm", confirm, boss)
	wantPage(t, page, body, http.StatusOK, "The hub has read the new file", "Generated password")
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), `["101", "202"]`) ||
		!strings.Contains(string(text), `teams: [support, "second, level"]`) {
		t.Errorf("%v\n%s", err, text)
	}
	page, body = s.do("POST", where+"/confirm", url.Values{"fingerprint": {"x"}}, boss)
	wantPage(t, page, body, http.StatusNotFound, "not waiting any more")

	page, body = s.do("POST", "/configuration/agents/edit", form, boss) // the entry has changed since
	wantPage(t, page, body, http.StatusConflict, "Read it again before you change it")
	page, body = s.do("POST", "/configuration/ticket_templates/remove", url.Values{"entry": {"help"}}, boss)
	wantPage(t, page, body, http.StatusBadRequest, "hub.yml would have errors", "there is no ticket template")
	page, body = s.do("POST", "/configuration/tracking/edit", url.Values{
		"number": {"*"}, "show": {"ringing"}, "agents": {""}, "ticket": {"help"},
	}, boss)
	page, body, where = s.follow(page, body, boss)
	wantPage(t, page, html.UnescapeString(body), http.StatusOK, `+  - {number: "*", ticket: help}`)
	page, body = s.do("POST", where+"/cancel", url.Values{}, boss)
	page, body, _ = s.follow(page, body, boss)
	wantPage(t, page, body, http.StatusOK, "Nothing was changed.", "74950000001")
}

func TestRulesAreChangedOnThePages(t *testing.T) {
	s, path := editing(t)
	boss := s.signIn("boss", "secret")
	confirm := func(body, where string) {
		t.Helper()
		form := url.Values{"fingerprint": fingerprint.FindStringSubmatch(body)[1:]}
		page, body := s.do("POST", where+"/confirm", form, boss)
		wantPage(t, page, body, http.StatusOK, "The hub has read the new file")
	}
	page, body := s.do("GET", "/configuration/rules/edit", nil, boss)
	wantPage(t, page, body, http.StatusOK, `type="checkbox" name="stop" value="true"`, `<option value="help">help`,
		`<option value="bound" selected>`)
	form := url.Values{
		"name": {"known"}, "when": {"caller.known\r\n&& caller.company == \"Acme\""}, "then.route.teams": {"support"},
		"then.route.show": {"ringing"}, "then.category": {"purple"}, "stop": {"true"},
	}
	long := url.Values{"name": {"long"}, "when": {""}, "then.comment": {strings.Repeat("x", 600) + "\r\n" +
		strings.Repeat("y", 600)}, "then.route.show": {"bound"}}
	page, body = s.do("POST", "/configuration/rules/edit", long, boss)
	wantPage(t, page, body, http.StatusBadRequest, `role="alert">1201 characters; use at most 1000</p>`,
		"xxx\nyyy", `<pre class="excerpt"`)
	page, body = s.do("POST", "/configuration/rules/edit", form, boss)
	wantPage(t, page, body, http.StatusBadRequest, "use one of",
		`name="stop" value="true" aria-describedby="field-stop-help" checked`)
	form.Set("then.category", "red")
	page, body = s.do("POST", "/configuration/rules/edit", form, boss)
	page, body, where := s.follow(page, body, boss)
	wantPage(t, page, html.UnescapeString(body), http.StatusOK, "<ins>+rules:", "<ins>+    stop: true")
	confirm(body, where)
	page, body = s.do("POST", "/configuration/caller_id.rules/edit", url.Values{
		"prefix": {"8"}, "min": {"11"}, "max": {""}, "strip": {"1"}, "add": {"+7"}, "show": {"true"},
	}, boss)
	_, body, where = s.follow(page, body, boss)
	confirm(body, where)
	page, body = s.do("POST", "/configuration/caller_id.rules/remove", url.Values{
		"entry": {"1"}, "revision": {"of the rule that was here"},
	}, boss)
	wantPage(t, page, body, http.StatusConflict, "Read it again before you change it")
	for path, want := range map[string]string{"rules": "caller.known", "caller_id.rules": `entry=1"><bdi>1</bdi>`} {
		page, body = s.do("GET", "/configuration/"+path, nil, boss)
		wantPage(t, page, body, http.StatusOK, want)
	}
	text, err := os.ReadFile(path)
	_, got, _ := strings.Cut(string(text), "  help: {title: \"Call from {{.Caller.Name}}\"}\n")
	if err != nil || got != `
rules:
  - name: known
    when: |-
      caller.known
      && caller.company == "Acme"
    then:
      route:
        teams: [support]
        show: ringing
      category: red
    stop: true

caller_id:
  rules:
    - prefix: "8"
      min: 11
      strip: 1
      add: "+7"
      show: true
` {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestStaleDifferencesAreShownAgain(t *testing.T) {
	s, path := editing(t)
	boss := s.signIn("boss", "secret")
	page, body := s.do("POST", "/configuration/agents/edit", url.Values{
		"entry": {"anna"}, "login": {"nadia"}, "name": {"Надя"}, "extensions": {"101"}, "how": {"keep"},
	}, boss)
	_, body, where := s.follow(page, body, boss)
	first := fingerprint.FindStringSubmatch(body)[1]
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(text, "region: DE\n"...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	page, body = s.do("POST", where+"/confirm", url.Values{"fingerprint": {first}}, boss)
	wantPage(t, page, html.UnescapeString(body), http.StatusConflict, "another one now", "+    name: Надя")
	second := fingerprint.FindStringSubmatch(body)[1]
	if first == second {
		t.Error("the fingerprint is the same")
	}
	page, body = s.do("POST", where+"/confirm", url.Values{"fingerprint": {second}}, boss)
	wantPage(t, page, body, http.StatusOK, "nadia")
	if text, _ := os.ReadFile(path); !strings.Contains(string(text), "agents: [nadia]") ||
		!strings.Contains(string(text), "region: DE") {
		t.Errorf("%s", text)
	}
}

// Only administrators with the role admin see the lists and change them.
func TestHubYMLIsForAdministrators(t *testing.T) {
	s, path := editing(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	viewer := s.signIn("viewer", "secret")
	for method, paths := range map[string][]string{
		"GET": {"/configuration/agents", "/configuration/agents/edit?entry=anna", "/changes/x"},
		"POST": {
			"/configuration/agents/edit", "/configuration/agents/move", "/configuration/agents/remove",
			"/changes/x/confirm", "/changes/x/cancel",
		},
	} {
		for _, path := range paths {
			resp, body := s.do(method, path, url.Values{"entry": {"anna"}, "login": {"x"}}, viewer)
			wantPage(t, resp, body, http.StatusForbidden)
			if strings.Contains(body, "Петрова") {
				t.Error(body)
			}
			resp, _ = s.do(method, path, url.Values{})
			if resp.StatusCode != http.StatusSeeOther && resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("a stranger: %s %s", resp.Request, resp.Status)
			}
		}
	}
	_, body := s.do("GET", "/configuration", nil, viewer)
	if strings.Contains(body, "/configuration/agents") {
		t.Error("a viewer sees a link to the agents of hub.yml")
	}
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(before) {
		t.Errorf("%v\n%s", err, after)
	}
}

// A refusal without details says why, and not that another person has changed something.
func TestRefusalsOfHubYML(t *testing.T) {
	s := newSite(t, func(o *web.Options, _ *hub) {
		o.People = []web.Person{person("boss", hash(t, "secret"))}
		o.Commands.HubFile.Editor = &hubfile.Editor{Now: time.Now}
	})
	boss := s.signIn("boss", "secret")
	for language, want := range map[string]string{
		"en": "This hub runs without a file.", "ru": "Этот сервер работает без файла.",
	} {
		in := func(r *http.Request) { r.Header.Set("Accept-Language", language) }
		page, body := s.do("GET", "/configuration/agents", nil, boss, in)
		wantPage(t, page, body, http.StatusConflict, want)
	}
}

// Every field and refusal has its texts; the English ones are those of the reference.
func TestTextsOfHubYML(t *testing.T) {
	s, path := editing(t)
	boss := s.signIn("boss", "secret")
	for _, l := range translations.Languages() {
		say, err := translations.LoadFrom(texts.Files, l.Code)
		if err != nil {
			t.Fatal(err)
		}
		has := func(key string) string {
			text := say.SayWith(key, map[string]any{"About": "X"})
			if text == key || text == "" {
				t.Errorf("%s has no %s", l.Code, key)
			}
			return text
		}
		editor := hubfile.Editor{
			File: path, Now: time.Now,
			Check: func(path string, text []byte) (*config.Config, error) { return config.Parse(path, text) },
		}
		for _, list := range hubfile.Lists() {
			c, err := editor.Content(list)
			if err != nil || len(c.Fields) < 6 {
				t.Fatalf("%+v, %v", c.Fields, err)
			}
			for _, f := range c.Fields {
				has("field." + string(list) + "." + f.Key)
				if help := has("help." + string(list) + "." + f.Key); l.Code == "en" && help != f.Help {
					t.Errorf("%q, the reference says %q", help, f.Help)
				}
			}
			for _, path := range []string{"", "/edit"} {
				path = "/configuration/" + string(list) + path
				page, body := s.do("GET", path, nil, boss, func(r *http.Request) {
					r.Header.Set("Accept-Language", l.Code)
				})
				wantPage(t, page, body, http.StatusOK)
				if found := regexp.MustCompile(`\b(entries|field|help|change|outcome)\.[a-z_]+`).FindString(
					html.UnescapeString(body)); found != "" {
					t.Errorf("%s %s shows the key %s", l.Code, path, found)
				}
			}
		}
		for _, why := range hubfile.Whys() {
			text := has("refusal." + string(why))
			if english := (&hubfile.RefusalError{Why: why, About: "X"}).Text(); l.Code == "en" && text != english {
				t.Errorf("%q, the hub says %q", text, english)
			}
		}
		for _, state := range []hubfile.State{hubfile.Applied, hubfile.Rejected, hubfile.Later} {
			has("outcome." + string(state))
			has("outcome.text_" + string(state))
		}
	}
}
