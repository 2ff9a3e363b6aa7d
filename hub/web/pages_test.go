package web_test

import (
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/audit"
	"traybell/hub/cdr"
	"traybell/hub/desk"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/hub/trace"
	"traybell/hub/web"
	"traybell/hub/why"
	"traybell/shared/protocol"
)

// lists are the pages with what callers, agents and servers may have written.
var lists = []string{
	"/", "/calls", "/why", "/calls/main:1", "/terminals", "/agents", "/categories", "/blocked", "/tickets", "/numbers",
	"/missed",
	"/directories?q=x", "/pbx", "/webhooks", "/configuration", "/audit",
}

// fill puts a text into every field that comes from outside.
func (s *site) fill(text string) (ticket string) {
	s.t.Helper()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	ctx, now := s.t.Context(), time.Now().UTC().Truncate(time.Microsecond)
	customer := &protocol.Customer{Login: text, Name: text, Company: text, Email: text, Phone: text, Directory: text}
	must(s.store.KeepTraces(ctx, []trace.Trace{{
		CallID: "main:1", PBX: text, Direction: protocol.Incoming, Number: text, Name: text, DID: text, At: now,
		Steps: []trace.Step{
			{At: now, What: trace.Number, Text: text, Words: []string{text, text}},
			{At: now, What: trace.Told, Agents: []string{text}, Why: text},
			{At: now, What: "newer", Text: text},
		},
	}}))
	must(s.store.Records(cdr.File{}).KeepRecords(ctx, []cdr.Record{{
		CallID: "main:1", PBX: text, State: cdr.Final, Direction: protocol.Incoming, Number: text, Name: text,
		DID: text, Line: text, Extension: text, Agent: text, Started: now, Ended: now.Add(time.Minute), Customer: text,
		CustomerName: text, Company: text, Ticket: text, TicketURL: "javascript:alert(1)//" + text, Told: "anna\n",
	}}, nil))
	must(s.store.SetCategory(ctx, protocol.Category{
		Number: text, Color: protocol.Red, Comment: text, Author: text, Changed: now,
	}))
	_, err := s.Block(ctx, staff.Agent{Login: text, Name: text}, "+74951234567", text)
	must(err)
	must(s.store.KeepAudit(ctx, []audit.Entry{{
		At: now, Kind: text, Who: text, From: text, Action: text, Object: text, Detail: text, Error: text,
	}}))
	_, _, err = s.store.BeginTicket(ctx, tickets.Request{
		CallID: "main:1", Agent: "anna", At: now, State: tickets.Pending, Error: text,
		Progress: jobs.Progress{Tries: 3, Next: now},
		Draft:    helpdesk.Draft{CallID: "main:1", Title: text, Body: text, Number: text, Customer: customer},
		Claim:    jobs.Claim{Owner: "test", Until: now.Add(time.Minute)},
	})
	must(err)
	must(s.store.RetryTicket(ctx, tickets.Request{
		CallID: "main:1", Progress: jobs.Progress{Tries: 3, Next: now}, Error: text,
		Claim: jobs.Claim{Owner: "test", Until: now.Add(time.Minute)},
	}))
	made := s.add(text, text, func(d *helpdesk.Draft) {
		d.Body, d.Number, d.Queue, d.Priority, d.State, d.Customer = text, text, text, text, text, customer
		d.Agent = staff.Agent{Login: text, Name: text}
	})
	_, err = s.store.EditListed(ctx, made.Number, helpdesk.ListedEdit{By: text, Note: text})
	must(err)
	h := s.hub
	h.rings = []string{text}
	h.staff = staff.New([]staff.Agent{{
		Login: text, Name: text, Extensions: []string{text}, Teams: []string{text},
	}})
	h.live = []desk.LiveCall{{PBX: text, Agents: []string{text}, Call: protocol.Call{
		ID: text, Direction: protocol.Incoming, State: protocol.Ringing, Number: text, Display: text, Name: text,
		DID: text, Started: now, Caller: protocol.Caller{Customers: []protocol.Customer{*customer}},
		Legs: []protocol.Leg{{Extension: text, State: protocol.Ringing}},
	}}}
	h.hooks = []admin.Webhook{{
		Name: text, URL: text, Events: []string{text}, Teams: []string{text}, Waiting: 1, Since: now, Failed: now,
		Next: now, Error: text, Off: true,
	}}
	h.undelivered = []admin.Delivery{{ID: 7, Webhook: text, Event: text, Type: text, At: now, Error: text, Tries: 2}}
	h.sessions = []admin.Session{{
		Login: text, Name: text, Extension: text, Address: text, Since: now,
		Client: protocol.Client{Desktop: text, Version: text, OS: text, Language: text},
	}}
	h.unnamed = admin.Unnamed{
		Numbers:  []admin.Untracked{{PBX: text, Number: text, Calls: 1, First: now, Last: now, YAML: text}},
		Tracking: []string{text}, PBX: []string{text},
		Endpoints: []admin.Guessed{{PBX: text, Endpoint: text, Why: text, Calls: 1, Last: now}},
	}
	h.pbxs = []admin.PBX{{
		ID: text, Address: text, Username: text, Enabled: true, State: protocol.PBXStopped, Reason: text, Since: now,
		Manager: text, Asterisk: text, Rights: []admin.PBXRight{{Right: text, Text: text, Verdict: "missing"}},
	}}
	h.shelves = []admin.Directory{{Name: text, Error: text, Problems: []string{text}, More: 2, Read: now}}
	h.customer = []protocol.Customer{*customer}
	h.config = admin.Configuration{
		File: text, Applied: now, Values: map[string]any{"key": text}, Restart: []string{text}, Failed: now,
		Error:    text,
		Problems: []admin.Problem{{Line: 3, Key: text, Text: text, Excerpt: text}},
		Warnings: []admin.Problem{{Line: 4, Text: text}},
	}
	return made.Number
}

// What a caller, a customer or a server writes is text, on every page.
func TestWhateverComesFromOutsideIsText(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)" x='`
	s := newSite(t, func(o *web.Options, _ *hub) {
		o.Notices = func() []web.Notice { return []web.Notice{{Title: evil, Text: evil}} }
	})
	number := s.fill(evil)
	paths := append([]string{
		"/tickets/" + number, "/tickets?q=" + url.QueryEscape(evil), "/why?number=" + url.QueryEscape(evil),
		"/calls?text=" + url.QueryEscape(
			evil,
		) + "&agent=" + url.QueryEscape(
			evil,
		), "/categories?number=" + url.QueryEscape(evil),
		"/categories?text=" + url.QueryEscape(
			evil,
		), "/blocked?number=" + url.QueryEscape(evil) + "&text=" + url.QueryEscape(evil),
		"/audit?text=" + url.QueryEscape(
			evil,
		) + "&from=" + url.QueryEscape(
			evil,
		), "/terminals?to=" + url.QueryEscape(evil),
		"/sign-in?to=" + url.QueryEscape(evil), "/directories?q=" + url.QueryEscape(evil),
	}, lists...)
	for _, path := range paths {
		for _, language := range []string{"en", "ru"} {
			resp, body := s.do("GET", path, nil, func(r *http.Request) { r.Header.Set("Accept-Language", language) })
			wantPage(t, resp, body, 200)
			body = strings.Replace(body, `<script src="/live.js" defer></script>`, "", 1)
			for _, bad := range []string{
				"<script", "<img src=x", `href="javascript`, `x='"`, "<style", " onerror=alert(2)>",
			} {
				if strings.Contains(body, bad) {
					t.Errorf("%s contains %q:\n%s", path, bad, body)
				}
			}
			if strings.Contains(body, " style=") { // the policy forbids it
				t.Errorf("%s has a style of its own", path)
			}
		}
	}
	for header, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self';",
		"X-Content-Type-Options":  "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "same-origin",
		"Content-Type": "text/html; charset=utf-8",
	} {
		resp, _ := s.do("GET", "/calls", nil)
		if got := resp.Header.Get(header); !strings.HasPrefix(got, want) {
			t.Errorf("%s is %q", header, got)
		}
	}
}

// forms are all changes, with what they need to succeed.
func forms(ticket string) map[string]url.Values {
	return map[string]url.Values{
		"/terminals/message":               {"to": {"all"}, "text": {"Hello"}},
		"/terminals/mode":                  {"mode": {"maintenance"}, "minutes": {"5"}},
		"/terminals/limit":                 {"limit": {"50"}},
		"/terminals/x/end":                 {},
		"/agents/boris/test":               {},
		"/categories":                      {"number": {"+74951234567"}, "color": {"red"}, "comment": {"rude"}},
		"/categories/remove":               {"number": {"+74951234567"}},
		"/blocked":                         {"number": {"+74951234567"}, "reason": {"rude"}},
		"/blocked/remove":                  {"number": {"+74951234567"}},
		"/tickets/" + ticket + "/state":    {"state": {"closed"}},
		"/tickets/" + ticket + "/note":     {"note": {"x"}},
		"/tickets/" + ticket + "/assignee": {"assignee": {"boris"}},
		"/tickets/" + ticket + "/edit":     {"seen": {"0"}, "title": {"x"}},
		"/waiting/main:1/retry":            {},
		"/waiting/main:1/drop":             {"reason": {"x"}},
		"/directories":                     {"name": {"ad & co"}},
		"/pbx":                             {"id": {"main"}},
		"/webhooks/retry":                  {"name": {"crm"}, "event": {"all"}},
		"/webhooks/drop":                   {"name": {"crm"}, "event": {"7"}, "reason": {"x"}},
		"/configuration/reload":            {},
	}
}

// What cannot be read is refused, and never left out.
func TestMalformedInputIsRefused(t *testing.T) {
	s := guarded(t)
	admin := s.signIn("admin", "pässwort")
	for _, path := range []string{
		"/calls?text=%zz", "/calls.csv?missed=1;text=x", "/calls.csv?from=yesterday", "/calls.csv?to=2026-13-01",
	} {
		resp, body := s.do("GET", path, nil, admin)
		wantPage(t, resp, body, http.StatusBadRequest, "address of the page")
	}
	for _, minutes := range []string{"-5", "0", "soon", "10081", "9223372036854775807"} {
		resp, body := s.do("POST", "/terminals/mode", url.Values{"mode": {"maintenance"}, "minutes": {minutes}}, admin)
		wantPage(t, resp, body, http.StatusBadRequest)
	}
	if len(s.did) != 0 {
		t.Errorf("done: %v", s.did)
	}
}

// needs are the roles of the forms.
func needs(path string) access.Role {
	for prefix, role := range map[string]access.Role{
		"/terminals/mode": access.Admin, "/terminals/limit": access.Admin, "/terminals/message": access.Supervise,
		"/terminals/x": access.Supervise, "/categories": access.Notes, "/blocked": access.Notes,
		"/tickets": access.Notes,
		"/waiting": access.Notes,
	} {
		if strings.HasPrefix(path, prefix) {
			return role
		}
	}
	return access.Admin
}

var posting = regexp.MustCompile(`<form[^>]*method="post" action="([^"]+)"`)

// Without the role there is no button, and a form that comes nevertheless is refused and written
// down.
func TestRolesDecide(t *testing.T) {
	for _, role := range []access.Role{"", access.View, access.Supervise, access.Notes, access.Admin} {
		t.Run(string(role), func(t *testing.T) {
			who := person("root", hash(t, "secret"), role)
			if role == "" {
				who = agent("root", who.Password)
				who.Names = []string{"root"}
			}
			s := newSite(t, func(o *web.Options, _ *hub) {
				o.People = []web.Person{who, person("other", who.Password)}
			})
			ticket := s.fill("text")
			s.staff = staff.New([]staff.Agent{{Login: "boris", Name: "Boris"}})
			visitor := s.signIn("root", "secret")
			p := access.Principal{Roles: who.Roles}
			for _, path := range append([]string{"/tickets/" + ticket}, lists...) {
				_, body := s.do("GET", path, nil, visitor)
				for _, m := range posting.FindAllStringSubmatch(body, -1) {
					if m[1] == "/language" || m[1] == "/sign-out" {
						continue
					}
					action := regexp.MustCompile(`^/terminals/[a-v0-9]{16}/`).ReplaceAllString(m[1], "/terminals/x/")
					if !p.May(needs(action)) {
						t.Errorf("%s has the form %s", path, action)
					}
				}
			}
			for path, form := range forms(ticket) {
				before := len(s.did) + len(s.sent)
				resp, body := s.do("POST", path, form, visitor)
				if refused := resp.StatusCode == http.StatusForbidden; refused == p.May(needs(path)) {
					t.Errorf("POST %s: %s\n%s", path, resp.Status, body)
				} else if refused && len(s.did)+len(s.sent) > before {
					t.Errorf("POST %s was refused and did something", path)
				}
			}
			changes, err := s.audit.Search(t.Context(), audit.Search{Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			refused := 0
			for _, e := range changes.Entries {
				if e.Who == "root" && strings.Contains(e.Error, "needs the role") {
					refused++
				}
			}
			want := 0
			for path := range forms(ticket) {
				if !p.May(needs(path)) {
					want++
				}
			}
			if refused != want {
				t.Errorf("%d refused changes are written down, want %d", refused, want)
			}
		})
	}
}

// Another site cannot use a session to change anything.
func TestForeignFormsChangeNothing(t *testing.T) {
	s, admin := managed(t)
	ticket := s.fill("text")
	for path, form := range forms(ticket) {
		for name, change := range map[string]func(r *http.Request){
			"another site":        func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"a neighbour":         func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
			"an older browser":    func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
			"a page without name": func(r *http.Request) { r.Header.Set("Origin", "null") },
		} {
			if resp, _ := s.do("POST", path, form, admin, change); resp.StatusCode != http.StatusForbidden {
				t.Errorf("%s to %s: %s", name, path, resp.Status)
			}
		}
		if resp, _ := s.do("GET", path, nil, admin); resp.StatusCode < 300 && !contains(lists, path) {
			t.Errorf("GET %s: %s", path, resp.Status)
		}
	}
	if len(s.did)+len(s.sent) > 0 {
		t.Errorf("done: %q, sent %d", s.did, len(s.sent))
	}
	own := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin"); r.Header.Set("Origin", s.URL) }
	if resp, _ := s.do("POST", "/pbx", url.Values{"id": {"main"}}, admin, own); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("our own page: %s", resp.Status)
	}
}

func contains(list []string, path string) bool {
	for _, l := range list {
		if before, _, _ := strings.Cut(l, "?"); before == path {
			return true
		}
	}
	return false
}

// A form that is refused comes back with what was typed.
func TestRefusedFormsKeepWhatWasTyped(t *testing.T) {
	s, admin := managed(t)
	for _, c := range []struct {
		path string
		form url.Values
		want []string
	}{
		{
			"/terminals/message",
			url.Values{"to": {"team nobody"}, "text": {"Good <b>morning"}},
			[]string{"Good &lt;b&gt;morning", "No agent is in a team"},
		},
		{
			"/terminals/message",
			url.Values{"to": {"anything"}, "text": {"Morning"}},
			[]string{"Morning", `role="alert"`},
		},
	} {
		resp, body := s.do("POST", c.path, c.form, admin)
		if resp.StatusCode != http.StatusBadRequest && resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", c.path, resp.Status)
		}
		wantPage(t, resp, body, resp.StatusCode, c.want...)
	}
	s.reload = errors.New("line 3: unknown key")
	resp, _ := s.do("POST", "/configuration/reload", url.Values{}, admin)
	if to := resp.Header.Get("Location"); to != "/configuration?done=rejected" {
		t.Errorf("a file that is rejected leads to %q", to)
	}
}

// Categories and blocks are added, changed, found and removed, as in the OPC manual.
func TestCategoriesAndBlocks(t *testing.T) {
	s, admin := managed(t)
	post := func(path string, form url.Values) {
		t.Helper()
		if resp, body := s.do("POST", path, form, admin); resp.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %s\n%s", path, resp.Status, body)
		}
	}
	resp, body := s.do("GET", "/categories", nil, admin)
	wantPage(t, resp, body, 200, "No number has a category yet")
	post("/categories", url.Values{"number": {"8 (495) 123-45-67"}, "color": {"yellow"}, "comment": {"Calls often"}})
	post("/categories", url.Values{"number": {"84957654321"}, "color": {"red"}, "comment": {"Rude"}})
	resp, body = s.do("GET", "/categories?color=yellow", nil, admin)
	wantPage(t, resp, body, 200, "&#43;74951234567", "Calls often", "root")
	if strings.Contains(body, "Rude") {
		t.Error("another category is shown")
	}
	resp, body = s.do("GET", "/categories?text=rude", nil, admin)
	wantPage(t, resp, body, 200, "&#43;74957654321")
	resp, body = s.do("GET", "/categories?number=84951234567", nil, admin)
	wantPage(t, resp, body, 200, "Edit the category", `value="yellow" checked`, "Calls often</textarea>", "readonly")
	post("/categories", url.Values{"number": {"+74951234567"}, "color": {"green"}, "comment": {"Nice"}, "edit": {"1"}})
	post("/categories/remove", url.Values{"number": {"+74957654321"}})
	resp, body = s.do("GET", "/categories", nil, admin)
	wantPage(t, resp, body, 200, "Nice")
	if strings.Contains(body, "74957654321") || strings.Contains(body, "Calls often") {
		t.Errorf("the list has old categories:\n%s", body)
	}
	resp, body = s.do("GET", "/blocked", nil, admin)
	wantPage(t, resp, body, 200, "No number is blocked")
	post("/blocked", url.Values{"number": {"84951234567"}, "reason": {"Sells carpets"}})
	resp, body = s.do("GET", "/blocked?text=carpets", nil, admin)
	wantPage(t, resp, body, 200, "&#43;74951234567", "Sells carpets", "on all PBXs")
	resp, body = s.do("GET", "/blocked?number=84951234567", nil, admin)
	wantPage(t, resp, body, 200, "Edit the reason", `value="Sells carpets"`, "readonly")
	post("/blocked", url.Values{"number": {"+74951234567"}, "reason": {"Sells rugs"}, "edit": {"1"}})
	resp, body = s.do("GET", "/blocked", nil, admin)
	wantPage(t, resp, body, 200, "Sells rugs")
	if strings.Contains(body, "carpets") {
		t.Errorf("the list has the old reason:\n%s", body)
	}
	post("/blocked/remove", url.Values{"number": {"+74951234567"}})
	resp, body = s.do("GET", "/blocked", nil, admin)
	wantPage(t, resp, body, 200, "No number is blocked")
	resp, body = s.do("GET", "/audit?text=category.set", nil, admin)
	wantPage(t, resp, body, 200, "category.set", "root", "administrator, 127.0.0.1", "red Rude")
}

// The list of calls has filters and pages, and all of it is a file for spreadsheets.
func TestCallsAreFilteredAndExported(t *testing.T) {
	s, admin := managed(t)
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	var records []cdr.Record
	for i := range 60 {
		r := cdr.Record{
			CallID: fmt.Sprintf("main:%d", i), PBX: "main", State: cdr.Final, Direction: protocol.Incoming,
			Number: fmt.Sprintf(
				"+7495123%04d",
				i,
			), Agent: "anna", Extension: "101", Started: at.Add(time.Duration(i) * time.Hour),
			Answered: at.Add(time.Duration(i) * time.Hour), Told: "anna\n",
		}
		r.Ended = r.Started.Add(90 * time.Second)
		if i%10 == 0 {
			r.Missed, r.Answered, r.Name = true, time.Time{}, "=1+1"
		}
		records = append(records, r)
	}
	if err := s.store.Records(cdr.File{}).KeepRecords(t.Context(), records, nil); err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`\+7495123\d{4}|&#43;7495123\d{4}`)
	count := func(query string) (n int, body string) {
		t.Helper()
		resp, body := s.do("GET", "/calls"+query, nil, admin)
		wantPage(t, resp, body, 200)
		return len(rows.FindAllString(body, -1)), body
	}
	for query, want := range map[string]int{
		"": 25, "?missed=1": 6, "?from=2026-11-20&to=2026-11-20": 15, "?text=1230059": 1, "?agent=boris": 0,
		"?agent=anna":         25,
		"?direction=outgoing": 0, "?from=nonsense": 25,
	} {
		if got, _ := count(query); got != want {
			t.Errorf("%q shows %d calls, want %d", query, got, want)
		}
	}
	_, body := count("?agent=anna")
	older := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(body)
	if older == nil || !strings.Contains(older[1], "agent=anna") {
		t.Fatalf("the next page keeps no filter: %v", older)
	}
	if got, body := count(strings.TrimPrefix(strings.ReplaceAll(older[1], "&amp;", "&"), "/calls")); got != 25 ||
		!strings.Contains(body, "0034") {
		t.Errorf("the second page has %d calls", got)
	}
	resp, csv := s.do("GET", "/calls.csv?missed=1", nil, admin)
	wantPage(t, resp, csv, 200, "'=1+1")
	if n := strings.Count(csv, "\n"); n != 7 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/csv") ||
		!strings.Contains(resp.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%d lines, %v", n, resp.Header)
	}
}

// An agent sees the agent's own calls and nothing of the administrators.
func TestAgentSeesOwnCalls(t *testing.T) {
	s := newSite(t, func(o *web.Options, _ *hub) {
		o.People = []web.Person{person("root", hash(t, "secret")), agent("anna", hash(t, "anna's"))}
		o.Notices = func() []web.Notice { return []web.Notice{{Title: "hub.yml was rejected"}} }
	})
	now := time.Now()
	var records []cdr.Record
	for i, told := range []string{"anna\n", "boris\n", "anna\nboris\n"} {
		records = append(records, cdr.Record{
			CallID: fmt.Sprintf("main:%d", i), PBX: "main", State: cdr.Final, Direction: protocol.Incoming,
			Number: fmt.Sprintf("+7495123000%d", i), Started: now.Add(-time.Hour), Ended: now, Told: told,
		})
	}
	if err := s.store.Records(cdr.File{}).KeepRecords(t.Context(), records, nil); err != nil {
		t.Fatal(err)
	}
	s.live = []desk.LiveCall{
		{Call: protocol.Call{ID: "main:8", Number: "mine"}, Agents: []string{"anna"}},
		{Call: protocol.Call{ID: "main:9", Number: "theirs"}, Agents: []string{"boris"}},
	}
	made := s.add("main:1", "Made by Anna")
	other := s.add("main:2", "Made by Boris", func(d *helpdesk.Draft) { d.Agent = staff.Agent{Login: "boris"} })
	anna := s.signIn("101", "anna's")
	resp, body := s.do("GET", "/tickets", nil, anna)
	wantPage(t, resp, body, 200, "Made by Anna")
	if strings.Contains(body, "Made by Boris") {
		t.Error("an agent sees the tickets of others")
	}
	resp, body = s.do("GET", "/tickets/"+made.Number, nil, anna)
	wantPage(t, resp, body, 200, "Made by Anna")
	if resp, _ := s.do("GET", "/tickets/"+other.Number, nil, anna); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a ticket of others: %s", resp.Status)
	}
	resp, _ = s.do("GET", "/", nil, anna)
	if to := resp.Header.Get("Location"); to != "/calls" {
		t.Errorf("an agent begins at %q", to)
	}
	resp, body = s.do("GET", "/calls", nil, anna)
	wantPage(t, resp, body, 200, "1230000", "1230002", "mine", "Anna Petrova")
	for _, others := range []string{"1230001", "theirs", "rejected", `href="/pbx"`, `name="agent"`} {
		if strings.Contains(body, others) {
			t.Errorf("an agent sees %q:\n%s", others, body)
		}
	}
	_, csv := s.do("GET", "/calls.csv", nil, anna)
	if strings.Contains(csv, "1230001") || !strings.Contains(csv, "1230002") {
		t.Errorf("the agent's file:\n%s", csv)
	}
	for _, path := range lists {
		if path == "/" || path == "/calls" || path == "/tickets" || path == "/missed" || path == "/calls/main:1" {
			continue
		}
		if resp, _ := s.do("GET", path, nil, anna); resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}

func TestOverviewCountsTheDay(t *testing.T) {
	s := newSite(t, nil)
	midnight := time.Now().UTC().Truncate(24 * time.Hour)
	var records []cdr.Record
	for i := range 7 {
		records = append(records, cdr.Record{
			CallID: fmt.Sprintf("main:%d", i), PBX: "main", State: cdr.Final, Direction: protocol.Incoming,
			Started: midnight.Add(time.Duration(i) * time.Minute), Ended: midnight.Add(time.Hour), Missed: i == 0,
		})
	}
	if err := s.store.Records(cdr.File{}).KeepRecords(t.Context(), records, nil); err != nil {
		t.Fatal(err)
	}
	resp, body := s.do("GET", "/", nil)
	wantPage(t, resp, body, 200, "<b>3</b> calls now", "<b>6</b> answered today", "<b>1</b> missed today",
		"<b>0</b> waiting tickets", "0:00: 6 answered, 1 missed", "1 directory could not be read",
		`aria-label="Calls an hour today: 7 calls, 7 in the busiest hour."`)
}

// Missed calls are claimed, given back and marked, and leave the list when somebody has talked with
// the number. An agent sees those that were shown to the agent.
func TestMissedCallsAreSharedOut(t *testing.T) {
	s := newSite(t, func(o *web.Options, _ *hub) {
		o.People = []web.Person{
			person("boss", hash(t, "secret"), access.Supervise), person("viewer", hash(t, "secret"), access.View),
			agent("anna", hash(t, "anna's")),
		}
	})
	began := time.Now().Add(-time.Hour).UTC().Truncate(time.Microsecond)
	keep := func(number, told string, at time.Time, answered bool) {
		t.Helper()
		r := cdr.Record{
			CallID: "main:" + number + at.String(), PBX: "main", State: cdr.Final, Direction: protocol.Incoming,
			Number: number, E164: number, Started: at, Ended: at.Add(time.Minute), Told: told, Missed: !answered,
		}
		if answered {
			r.Answered = at.Add(time.Second)
		}
		if err := s.store.Records(cdr.File{}).KeepRecords(t.Context(), []cdr.Record{r}, nil); err != nil {
			t.Fatal(err)
		}
	}
	const hers, theirs = "+74951234567", "+74957654321"
	keep(hers, "anna\n", began, false)
	keep(hers, "anna\n", began.Add(time.Minute), false)
	keep(theirs, "boris\n", began, false)
	anna, boss, viewer := s.signIn("101", "anna's"), s.signIn("boss", "secret"), s.signIn("viewer", "secret")
	shows := func(who func(r *http.Request), parts ...string) string {
		t.Helper()
		resp, body := s.do("GET", "/missed", nil, who)
		body = html.UnescapeString(body)
		wantPage(t, resp, body, 200, parts...)
		return body
	}
	if body := shows(anna, hers, "2 calls", "I call back"); strings.Contains(body, theirs) {
		t.Error("anna sees the calls of others")
	}
	if body := shows(viewer, hers, theirs); strings.Contains(body, "/missed/claim") {
		t.Error("a viewer may claim")
	}
	post := func(who func(r *http.Request), path, number string, want int) {
		t.Helper()
		form := url.Values{"number": {number}, "until": {time.Now().UTC().Format(time.RFC3339Nano)}}
		if resp, body := s.do("POST", path, form, who); resp.StatusCode != want {
			t.Errorf("%s %s: %s\n%s", path, number, resp.Status, body)
		}
	}
	post(anna, "/missed/claim", theirs, 403)
	post(viewer, "/missed/claim", hers, 403)
	post(anna, "/missed/claim", hers, 303)
	shows(boss, "Anna Petrova", "Give back")
	shows(anna, ">you<")
	post(boss, "/missed/release", hers, 303)
	post(boss, "/missed/done", theirs, 303)
	keep(hers, "anna\n", began.Add(30*time.Minute), true) // she has called
	shows(boss, "No missed call waits")
}

// An agent asks why there was no popup, and reads the answer without the calls of others.
func TestAgentAsksWhy(t *testing.T) {
	s := newSite(t, func(o *web.Options, h *hub) {
		o.People = []web.Person{person("root", hash(t, "secret")), agent("anna", hash(t, "anna's"))}
		h.found = []why.Found{{
			Trace: trace.Trace{Number: "84957654321"}, Answers: []why.Answer{{Cause: why.Quiet, Agent: "anna"}},
		}}
	})
	s.fill("text")
	anna := s.signIn("101", "anna's")
	resp, body := s.do("GET", "/calls/main:1", nil, anna)
	wantPage(t, resp, body, 200, "Do not disturb was on.")
	if strings.Contains(body, "84957654321") || strings.Contains(body, "Step by step") {
		t.Errorf("an agent sees the trace:\n%s", body)
	}
	root := s.signIn("root", "secret")
	resp, body = s.do(
		"GET",
		"/calls/main:1",
		nil,
		root,
		func(r *http.Request) { r.Header.Set("Accept-Language", "ru") },
	)
	wantPage(t, resp, body, 200, "По шагам", "newer")
	resp, body = s.do("POST", "/agents/anna/test", url.Values{}, root)
	wantPage(t, resp, body, 200, "No popup was reported", "Do not disturb was on at anna")
}

// A test call rings the agent's phone where a PBX can do that; without one there is nothing to choose.
func TestTestCallRingsAPhone(t *testing.T) {
	s := newSite(t, func(o *web.Options, _ *hub) {
		o.People = []web.Person{person("root", hash(t, "secret")), agent("anna", hash(t, "anna's"))}
	})
	root := s.signIn("root", "secret")
	resp, body := s.do("GET", "/agents", nil, root)
	wantPage(t, resp, body, 200, `action="/agents/anna/test"`)
	if strings.Contains(body, `name="pbx"`) {
		t.Errorf("no PBX can ring a phone:\n%s", body)
	}
	s.rings = []string{"main", "branch"}
	resp, body = s.do("GET", "/agents", nil, root)
	wantPage(t, resp, body, 200, `<select name="pbx" aria-label="Phone for the test call: Anna Petrova"`,
		`<option value="">without a phone</option><option value="main">phone · main</option>`+
			`<option value="branch">phone · branch</option>`)
	russian := func(r *http.Request) { r.Header.Set("Accept-Language", "ru") }
	resp, body = s.do("GET", "/agents", nil, root, russian)
	wantPage(t, resp, body, 200, "Телефон при тестовом звонке: Anna Petrova", ">телефон · main<")
	resp, body = s.do("POST", "/agents/anna/test", url.Values{"pbx": {"main"}}, root)
	wantPage(t, resp, body, 200, "No popup was reported")
	resp, body = s.do("POST", "/agents/anna/test", url.Values{"pbx": {""}}, root)
	wantPage(t, resp, body, 200, "No popup was reported")
	s.rings = nil // meanwhile the PBX refuses
	resp, body = s.do("POST", "/agents/anna/test", url.Values{"pbx": {"main"}}, root)
	wantPage(t, resp, body, 502, "The PBX refuses this: Extension does not exist.")
	resp, body = s.do("POST", "/agents/anna/test", url.Values{"pbx": {"main"}}, s.signIn("101", "anna's"))
	wantPage(t, resp, body, 403)
	if want := []string{"test anna main", "test anna", "test anna main"}; !slices.Equal(s.did, want) {
		t.Errorf("the hub did %q, want %q", s.did, want)
	}
}
