package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"traybell/hub/helpdesk"
	"traybell/hub/web"
	"traybell/shared/protocol"
)

// managed is a site with an administrator.
func managed(t *testing.T) (s *site, admin func(r *http.Request)) {
	s = newSite(t, func(o *web.Options, _ *hub) { o.People = []web.Person{person("root", hash(t, "secret"))} })
	return s, s.signIn("root", "secret")
}

func TestTicketsAreNewestFirstInPages(t *testing.T) {
	s := newSite(t, nil)
	resp, body := s.do("GET", "/tickets", nil)
	wantPage(t, resp, body, 200, "No tickets yet")
	for i := range 60 {
		s.add(fmt.Sprint("main:", i), fmt.Sprintf("Call no. %d.", i))
	}
	seen, path := "", "/tickets"
	for page := 1; ; page++ {
		resp, body = s.do("GET", path, nil)
		wantPage(t, resp, body, 200, "Ivan Ivanov", "ACME", "Anna Petrova")
		seen += strings.Join(regexp.MustCompile(`Call no\. \d+\.`).FindAllString(body, -1), "")
		older := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(body)
		if (older == nil) != (page == 3) || strings.Contains(body, `rel="prev"`) == (page == 1) {
			t.Fatalf("page %d: older %v", page, older)
		}
		if older == nil {
			break
		}
		path = older[1]
	}
	want := ""
	for i := 59; i >= 0; i-- {
		want += fmt.Sprintf("Call no. %d.", i)
	}
	if seen != want {
		t.Errorf("the pages show %s", seen)
	}
	for _, cursor := range []string{"x", "-1", strings.Repeat("A", 5000), "bnVsbA"} {
		resp, body := s.do("GET", "/tickets?after="+cursor, nil)
		if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusBadRequest {
			t.Errorf("cursor %.10s: %s\n%s", cursor, resp.Status, body)
		}
	}
}

func TestSearchByNumberAndWords(t *testing.T) {
	s := newSite(t, nil)
	first := s.add("main:1", "Принтер не печатает")
	s.add("main:2", "Invoice")
	for _, text := range []string{"ПРИНТЕР", first.Number, " принтер "} {
		resp, body := s.do("GET", "/tickets?q="+url.QueryEscape(text), nil)
		wantPage(t, resp, body, 200, "Принтер не печатает")
		if strings.Contains(body, "Invoice") {
			t.Errorf("%q finds the invoice as well", text)
		}
	}
	resp, body := s.do("GET", "/tickets?q=nothing+of+that", nil)
	wantPage(t, resp, body, 200, "Nothing found for", `value="nothing of that"`)
	resp, body = s.do("GET", "/tickets?q="+strings.Repeat("%D1%8F", 500)+"%FF", nil)
	wantPage(t, resp, body, 400, "longer than 200 bytes")
}

// With an external help desk the list links to it.
func TestListLinksToExternalHelpDesk(t *testing.T) {
	var desks []string
	s := newSite(t, func(o *web.Options, _ *hub) { o.Elsewhere = func() []string { return desks } })
	for _, desks = range [][]string{nil, {"https://desk.example.com/otrs", "https://redmine.example.com"}} {
		_, body := s.do("GET", "/tickets", nil)
		if said := strings.Contains(body, "Tickets are created in"); said != (desks != nil) {
			t.Errorf("with %q the list says %v that tickets are made elsewhere", desks, said)
		}
		if !strings.Contains(body, `<a href="/tickets" aria-current="page">Tickets</a>`) || strings.Count(body,
			`aria-current="page"`) != 1 {
			t.Error("the page is not marked in the menu, or others are")
		}
		for _, address := range desks {
			if !strings.Contains(body, `<a href="`+address+`">`) {
				t.Errorf("no link to %s", address)
			}
		}
	}
}

func TestTicketShowsItsCallAndIsClosed(t *testing.T) {
	s := newSite(t, nil)
	made := s.add("main:1795319561.0", "Printer")
	resp, body := s.do("GET", "/tickets/"+made.Number, nil)
	wantPage(t, resp, body, 200, "Printer", "Ivan Ivanov", "(ivanov)", "ACME", "&#43;74951234567",
		"main:1795319561.0", "Line one\nLine two", "Raw", "3 normal", "Anna Petrova", "Close ticket",
		made.Created.UTC().Format("2006-01-02 15:04"))
	resp, _ = s.do("POST", "/tickets/"+made.Number+"/state", url.Values{"state": {"closed"}})
	to := resp.Header.Get("Location")
	if resp.StatusCode != http.StatusSeeOther || to != "/tickets/"+made.Number+"?done=ticket" {
		t.Fatalf("closing: %s to %q", resp.Status, to)
	}
	resp, body = s.do("GET", to, nil)
	wantPage(
		t,
		resp,
		body,
		200,
		"Reopen",
		"<dt>Closed</dt>",
		`<p class="done" role="status">The ticket was changed.</p>`,
	)
	resp, body = s.do("GET", "/tickets/"+made.Number+"?done=%3Cscript%3E", nil)
	wantPage(t, resp, body, 200)
	if strings.Contains(body, `class="done"`) {
		t.Error("an address says what was done")
	}
	s.do("POST", "/tickets/"+made.Number+"/state", url.Values{"state": {"open"}})
	if got, _, err := s.store.ListedByNumber(t.Context(), made.Number); err != nil || !got.Closed.IsZero() ||
		got.State != "open" {
		t.Errorf("it is %+v, %v", got, err)
	}
	for _, test := range []struct {
		method, path string
		form         url.Values
		want         int
	}{
		{"GET", "/tickets/2000010100001", nil, 404},
		{"GET", "/tickets/" + url.PathEscape("' OR 1=1 --"), nil, 404},
		{"POST", "/tickets/2000010100001/state", url.Values{"state": {"closed"}}, 404},
		{"POST", "/tickets/" + made.Number + "/state", url.Values{"state": {"deleted"}}, 400},
		{"POST", "/tickets/" + made.Number + "/state", url.Values{"state": {strings.Repeat("x", 10000)}}, 400},
		{"GET", "/tickets/" + made.Number + "/state", nil, 405},
		{"DELETE", "/tickets/" + made.Number, nil, 405},
		{"GET", "/pages/tickets.html", nil, 404},
	} {
		if resp, _ := s.do(test.method, test.path, test.form); resp.StatusCode != test.want {
			t.Errorf("%s %s: %s, want %d", test.method, test.path, resp.Status, test.want)
		}
	}
}

var seenField = regexp.MustCompile(`name="seen" value="(\d+)"`)

// A ticket is edited, assigned, closed and reopened, and the page says who did what.
func TestTicketIsEdited(t *testing.T) {
	s, admin := managed(t)
	made := s.add("main:1", "Printer")
	page := "/tickets/" + made.Number
	_, err := s.store.AppendListed(t.Context(), made.Number, helpdesk.ListedEvent{
		By: "Anna Petrova", Text: "Out of paper.\n<i>2nd</i> floor", Mark: "[traybell main:1 note 1]",
	})
	if err != nil {
		t.Fatal(err)
	}
	resp, body := s.do("GET", page, nil, admin)
	wantPage(t, resp, body, 200, "Out of paper.\n&lt;i&gt;2nd&lt;/i&gt; floor", "<b>Anna Petrova</b>", "no agent",
		`<option value="boris">Boris &lt;b&gt;Ivanov</option>`)
	seen := seenField.FindStringSubmatch(body)
	if seen == nil {
		t.Fatalf("the page lacks the last event:\n%s", body)
	}
	edit := url.Values{
		"seen": {seen[1]}, "title": {"Printer on floor 2"}, "text": {"Line one\r\nLine 2"}, "queue": {"Raw"},
		"priority": {"1 low"},
	}
	for _, form := range []struct {
		path string
		data url.Values
	}{
		{"/edit", edit},
		{"/assignee", url.Values{"assignee": {"boris"}}},
		{"/note", url.Values{"note": {" Paper ordered.\r\nTuesday. "}}},
		{"/state", url.Values{"state": {"closed"}}},
		{"/state", url.Values{"state": {"open"}}},
		{"/assignee", url.Values{"assignee": {""}}},
		{"/assignee", url.Values{"assignee": {"boris"}}},
	} {
		resp, body := s.do("POST", page+form.path, form.data, admin)
		if to := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || to != page+"?done=ticket" {
			t.Fatalf("%s: %s to %q\n%s", form.path, resp.Status, to, body)
		}
	}
	resp, body = s.do("GET", page, nil, admin)
	wantPage(t, resp, body, 200, "Printer on floor 2", "1 low", "Line one\nLine 2", "Paper ordered.\nTuesday.",
		"Title, before: Printer\nPriority, before: 3 normal\nText, before: Line one\nLine two", "closed it",
		"reopened it", "assigned it to Boris &lt;b&gt;Ivanov", "took the assignment back",
		`<option value="boris" selected>`, "Close ticket")
	if n := strings.Count(body, "<b>root</b>"); n != 7 {
		t.Errorf("root did %d things, want 7", n)
	}
	resp, body = s.do("GET", "/tickets?q=tuesday", nil, admin)
	wantPage(t, resp, body, 200, "assigned to Boris")

	resp, body = s.do("POST", page+"/edit", edit, admin) // seen is too old now
	wantPage(t, resp, body, 409, "Another person has changed this")
}

// A bad form changes nothing and says why.
func TestBadTicketForms(t *testing.T) {
	s, admin := managed(t)
	made := s.add("main:1", "Printer")
	page := "/tickets/" + made.Number
	long := func(n int) string { return strings.Repeat("я", n) }
	good := func(change func(v url.Values)) url.Values {
		v := url.Values{"seen": {"0"}, "title": {"x"}, "text": {"x"}, "queue": {""}, "priority": {""}}
		change(v)
		return v
	}
	for _, test := range []struct {
		path string
		form url.Values
		want int
		text string
	}{
		{"/note", url.Values{"note": {" \r\n"}}, 400, "The note is empty."},
		{"/note", url.Values{"note": {long(protocol.MaxNote + 1)}}, 400, "longer than 2000 characters"},
		{"/note", url.Values{"note": {long(protocol.MaxNote)}}, 303, ""},
		{"/assignee", url.Values{"assignee": {"clara"}}, 400, "no agent"},
		{"/edit", good(func(v url.Values) { v.Set("title", long(301)) }), 400, "The title is longer than 300"},
		{"/edit", good(func(v url.Values) { v.Set("text", long(20_001)) }), 400, "The text is longer than 20000"},
		{"/edit", good(func(v url.Values) { v.Del("seen") }), 400, "load the page again"},
		{"/edit", good(func(v url.Values) { v.Set("text", long(20_000)) }), 409, "Another person"},
	} {
		resp, body := s.do("POST", page+test.path, test.form, admin)
		wantPage(t, resp, body, test.want, test.text)
	}
	for _, path := range []string{"/edit", "/note", "/assignee", "/state"} {
		form := good(func(v url.Values) { v.Set("note", "x"); v.Set("state", "closed") })
		if resp, _ := s.do("POST", "/tickets/2000010100001"+path, form, admin); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s of a missing ticket: %s", path, resp.Status)
		}
		if resp, _ := s.do("GET", page+path, nil, admin); resp.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: %s", path, resp.Status)
		}
		if resp, _ := s.do("POST", page+path, form); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s without a password: %s", path, resp.Status)
		}
		cross := func(r *http.Request) { admin(r); r.Header.Set("Sec-Fetch-Site", "cross-site") }
		if resp, _ := s.do("POST", page+path, form, cross); resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s from another site: %s", path, resp.Status)
		}
	}
	got, _, err := s.store.ListedByNumber(t.Context(), made.Number)
	if err != nil || got.Title != "Printer" || got.Assignee != "" || !got.Closed.IsZero() || len(got.Events) != 1 {
		t.Errorf("the ticket is now %+v, %v", got, err)
	}
}

// Without administrators the page names the one on the hub's computer.
func TestEditWithoutAdministrators(t *testing.T) {
	s := newSite(t, nil)
	made := s.add("main:1", "Printer")
	s.do("POST", "/tickets/"+made.Number+"/note", url.Values{"note": {"x"}},
		func(r *http.Request) { r.SetBasicAuth("forged", "x") })
	resp, body := s.do("GET", "/tickets/"+made.Number, nil)
	wantPage(t, resp, body, 200, "<b>administrator</b>")
	if strings.Contains(body, "forged") {
		t.Errorf("a forged name:\n%s", body)
	}
}
