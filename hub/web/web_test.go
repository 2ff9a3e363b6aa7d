package web_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/store"
	"traybell/hub/web"
	"traybell/shared/protocol"

	"github.com/alexedwards/argon2id"
)

type site struct {
	*httptest.Server
	store *store.Store
	t     *testing.T
}

// newSite serves the pages over a real database and a real socket.
func newSite(t *testing.T, change func(o *web.Options)) *site {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "traybell.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	o := web.Options{Tickets: s, Zone: time.UTC, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	pages, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &site{server, s, t}
}

// reply is a response without its body.
type reply struct {
	StatusCode int
	Status     string
	Request    string
	Header     http.Header
}

func (s *site) do(method, path string, form url.Values, change ...func(r *http.Request)) (reply, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range change {
		c(r)
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Status, method + " " + path, resp.Header}, string(body)
}

func (s *site) add(call, title string, change ...func(d *helpdesk.Draft)) helpdesk.ListedTicket {
	s.t.Helper()
	d := helpdesk.Draft{
		CallID: call, Title: title, Body: "Line one\nLine two", Number: "+74951234567",
		Agent:    staff.Agent{Login: "anna", Name: "Anna Petrova"},
		Customer: &protocol.Customer{Login: "ivanov", Name: "Ivan Ivanov", Company: "ACME"}, Queue: "Raw",
		Priority: "3 normal", State: "new",
	}
	for _, c := range change {
		c(&d)
	}
	t, err := s.store.AddListed(s.t.Context(), d)
	if err != nil {
		s.t.Fatal(err)
	}
	return t
}

func wantPage(t *testing.T, resp reply, body string, status int, parts ...string) {
	t.Helper()
	if resp.StatusCode != status {
		t.Fatalf("%s: %s\n%s", resp.Request, resp.Status, body)
	}
	for _, p := range parts {
		if !strings.Contains(body, p) {
			t.Errorf("%s lacks %q:\n%s", resp.Request, p, body)
		}
	}
}

func TestListIsNewestFirstInPages(t *testing.T) {
	s := newSite(t, nil)
	resp, body := s.do("GET", "/tickets", nil)
	wantPage(t, resp, body, 200, "No tickets yet")
	for i := range 60 {
		s.add(fmt.Sprint("main:", i), fmt.Sprintf("Call no. %d.", i))
	}
	resp, body = s.do("GET", "/tickets", nil)
	wantPage(t, resp, body, 200, "Call no. 59.", "Call no. 35.", "1–25 of 60", `href="/tickets?page=2"`,
		"Ivan Ivanov", "ACME", "Anna Petrova")
	if strings.Index(body, "Call no. 59.") > strings.Index(body, "Call no. 58.") || strings.Contains(body,
		"Call no. 34.") || strings.Contains(body, "Newer") {
		t.Error("the first page is not the newest 25, newest first")
	}
	resp, body = s.do("GET", "/tickets?page=3", nil)
	wantPage(t, resp, body, 200, "Call no. 9.", "Call no. 0.", "51–60 of 60", `href="/tickets?page=2"`)
	if strings.Contains(body, "Older") {
		t.Error("the last page has an older one")
	}
	resp, body = s.do("GET", "/tickets?page=99", nil)
	wantPage(t, resp, body, 200, `href="/tickets?page=3"`)
	for _, page := range []string{"0", "-1", "x", "99999999999999999999"} {
		resp, body = s.do("GET", "/tickets?page="+page, nil)
		wantPage(t, resp, body, 200, "1–25 of 60")
	}
	resp, body = s.do("GET", "/tickets?q=call+no&page=2", nil)
	wantPage(t, resp, body, 200, `href="/tickets?page=3&amp;q=call&#43;no"`, `href="/tickets?q=call&#43;no"`)
	resp, _ = s.do("GET", "/", nil)
	if to := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || to != "/tickets" {
		t.Errorf("/ leads to %q, %s", to, resp.Status)
	}
}

func TestSearchByNumberAndWords(t *testing.T) {
	s := newSite(t, nil)
	first := s.add("main:1", "Принтер не печатает")
	s.add("main:2", "Invoice")
	for _, text := range []string{"ПРИНТЕР", first.Number, " принтер "} {
		resp, body := s.do("GET", "/tickets?q="+url.QueryEscape(text), nil)
		wantPage(t, resp, body, 200, "1 found for", "Принтер не печатает")
		if strings.Contains(body, "Invoice") {
			t.Errorf("%q finds the invoice as well", text)
		}
	}
	resp, body := s.do("GET", "/tickets?q=nothing+of+that", nil)
	wantPage(t, resp, body, 200, "Nothing found for", `value="nothing of that"`)
	resp, body = s.do("GET", "/tickets?q="+strings.Repeat("%D1%8F", 500)+"%FF", nil)
	wantPage(t, resp, body, 200, "Nothing found for")
}

func TestTicketShowsItsCallAndIsClosed(t *testing.T) {
	s := newSite(t, nil)
	made := s.add("main:1795319561.0", "Printer")
	resp, body := s.do("GET", "/tickets/"+made.Number, nil)
	wantPage(t, resp, body, 200, "Printer", "Ivan Ivanov", "(ivanov)", "ACME", "&#43;74951234567",
		"main:1795319561.0", "Line one\nLine two", "Raw", "3 normal", "Anna Petrova", "Close ticket",
		made.Created.Format("2006-01-02 15:04"))

	resp, _ = s.do("POST", "/tickets/"+made.Number+"/state", url.Values{"state": {"closed"}})
	if to := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || to != "/tickets/"+made.Number {
		t.Fatalf("closing: %s to %q", resp.Status, to)
	}
	resp, body = s.do("GET", "/tickets/"+made.Number, nil)
	wantPage(t, resp, body, 200, "Reopen", "<dt>Closed</dt>")
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
		{"GET", "/pages/list.html", nil, 404},
	} {
		if resp, _ := s.do(test.method, test.path, test.form); resp.StatusCode != test.want {
			t.Errorf("%s %s: %s, want %d", test.method, test.path, resp.Status, test.want)
		}
	}
}

func TestWhateverACallerWritesIsText(t *testing.T) {
	s := newSite(t, nil)
	const evil = `"><script>alert(1)</script><a href="javascript:alert(2)" x='`
	made := s.add(evil, evil, func(d *helpdesk.Draft) {
		d.Body, d.Number, d.Queue, d.Priority, d.State = evil, evil, evil, evil, evil
		d.Customer = &protocol.Customer{Login: evil, Name: evil, Company: evil}
		d.Agent = staff.Agent{Login: evil, Name: evil}
	})
	for _, path := range []string{
		"/tickets", "/tickets/" + made.Number, "/tickets?q=" + url.QueryEscape(evil),
		"/tickets?page=9&q=" + url.QueryEscape(evil),
	} {
		resp, body := s.do("GET", path, nil)
		wantPage(t, resp, body, 200)
		if strings.Contains(body, "<script") || strings.Contains(body, `href="javascript`) || strings.Contains(body,
			`x='"`) {
			t.Errorf("%s:\n%s", path, body)
		}
		for header, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff",
			"Cache-Control": "no-store", "Referrer-Policy": "same-origin",
			"Content-Type": "text/html; charset=utf-8",
		} {
			if got := resp.Header.Get(header); !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q", path, header, got)
			}
		}
	}
}

func TestCrossSiteRequestCannotCloseATicket(t *testing.T) {
	s := newSite(t, nil)
	made := s.add("main:1", "Printer")
	closing := url.Values{"state": {"closed"}}
	for name, change := range map[string]func(r *http.Request){
		"another site":        func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a neighbour":         func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"an older browser":    func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"a page without name": func(r *http.Request) { r.Header.Set("Origin", "null") },
	} {
		if resp, _ := s.do("POST", "/tickets/"+made.Number+
			"/state", closing, change); resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
	if got, _, err := s.store.ListedByNumber(t.Context(), made.Number); err != nil || !got.Closed.IsZero() {
		t.Errorf("it was closed: %v", err)
	}
	own := func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin"); r.Header.Set("Origin", s.URL) }
	if resp, _ := s.do("POST", "/tickets/"+made.Number+"/state", closing, own); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("our own page: %s", resp.Status)
	}
}

func hash(t *testing.T, password string) string {
	t.Helper()
	h, err := argon2id.CreateHash(password,
		&argon2id.Params{Memory: 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func as(login, password string) func(r *http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(login, password) }
}

func TestOnlyAdministratorsHaveAccess(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Admins = []web.Admin{{"admin", hash(t, "pässwort")}, {"boss", hash(t, "other")}}
	})
	made := s.add("main:1", "A secret matter")
	for _, path := range []string{"/", "/tickets", "/tickets/" + made.Number, "/tickets/2000010100001"} {
		resp, body := s.do("GET", path, nil)
		if resp.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"),
			"Basic ") || strings.Contains(body, "secret") {
			t.Errorf("%s without a password: %s", path, resp.Status)
		}
	}
	if resp, _ := s.do("POST", "/tickets/"+made.Number+
		"/state", url.Values{"state": {"closed"}}); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("closing without a password: %s", resp.Status)
	}
	for range 3 { // the second time from memory
		resp, body := s.do("GET", "/tickets", nil, as("admin", "pässwort"))
		wantPage(t, resp, body, 200, "A secret matter")
	}
	for _, c := range [][2]string{{"admin", "wrong"}, {"admin", ""}, {"boss", "pässwort"}, {"nobody", "pässwort"}} {
		if resp, _ := s.do("GET", "/tickets", nil, as(c[0], c[1])); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s with %q: %s", c[0], c[1], resp.Status)
		}
	}
	for _, path := range []string{"/healthz", "/web.css"} {
		if resp, _ := s.do("GET", path, nil); resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}

func TestGuessingIsSlow(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Admins = []web.Admin{{"admin", hash(t, "right")}, {"boss", hash(t, "other")}}
	})
	if resp, _ := s.do("GET", "/tickets", nil, as("admin", "right")); resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status)
	}
	statuses := map[int]int{}
	for i := range 20 {
		resp, _ := s.do("GET", "/tickets", nil, as("boss", fmt.Sprint("guess", i)))
		statuses[resp.StatusCode]++
		if resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") == "" {
			t.Error("it does not say when to come back")
		}
	}
	// slow machines allow one or two attempts more
	if statuses[401] < 5 || statuses[401] > 7 || statuses[401]+statuses[429] != 20 {
		t.Errorf("the answers to 20 guesses are %v", statuses)
	}
	if resp, _ := s.do("GET", "/tickets", nil, as("boss", "other")); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the right password after too many wrong ones: %s", resp.Status)
	}
	if resp, _ := s.do("GET", "/tickets", nil, as("admin", "right")); resp.StatusCode != http.StatusOK {
		t.Errorf("earlier sign-in refused: %s", resp.Status)
	}
}

func TestWithoutAdministratorsOnlyTheOwnComputer(t *testing.T) {
	pages, err := web.New(web.Options{Tickets: openStore(t), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		remote, host, header string
		want                 int
	}{
		{"127.0.0.1:5000", "localhost:11010", "", 200},
		{"127.0.0.1:5000", "127.0.0.1:11010", "", 200},
		{"[::1]:5000", "[::1]:11010", "", 200},
		{"[::1]:5000", "[::1]", "", 200},
		{"[::ffff:127.0.0.1]:5000", "localhost", "", 200},
		{"192.0.2.7:5000", "localhost:11010", "", 403},
		{"[2001:db8::1]:5000", "localhost", "", 403},
		{"127.0.0.1:5000", "evil.example", "", 403},
		{"127.0.0.1:5000", "127.0.0.1.evil.example:11010", "", 403},
		{"127.0.0.1:5000", "", "", 403},
		{"127.0.0.1:5000", "localhost", "X-Forwarded-For", 403},
		{"127.0.0.1:5000", "localhost", "Forwarded", 403},
		{"@", "localhost", "", 403},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/tickets", nil)
		r.RemoteAddr, r.Host = test.remote, test.host
		if test.header != "" {
			r.Header.Set(test.header, "for=192.0.2.7")
		}
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, r)
		if w.Code != test.want {
			t.Errorf("%+v: %d", test, w.Code)
		}
	}
}

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "traybell.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestPagesShowErrorsWithoutSecrets(t *testing.T) {
	s := newSite(t, nil)
	made := s.add("main:1", "Printer")
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/tickets", "/tickets/" + made.Number} {
		resp, body := s.do("GET", path, nil)
		wantPage(t, resp, body, 500, "hub&#39;s log for details")
		if strings.Contains(body, "sql") {
			t.Errorf("%s:\n%s", path, body)
		}
	}
}

func TestHealthAndTerminals(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Terminals = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
		})
	})
	resp, body := s.do("GET", "/healthz", nil)
	wantPage(t, resp, body, 200, "ok")
	if resp, _ := s.do("GET", protocol.Path, nil); resp.StatusCode != http.StatusTeapot {
		t.Errorf("the terminals' route: %s", resp.Status)
	}
}

func TestAdministratorsNeedAHash(t *testing.T) {
	_, err := web.New(web.Options{
		Tickets: openStore(t), Log: slog.New(slog.DiscardHandler), Admins: []web.Admin{{"admin", "plain"}},
	})
	if err == nil || !strings.Contains(err.Error(), `"admin"`) ||
		!strings.Contains(err.Error(), "traybell-hub passwd") || strings.Contains(err.Error(), "plain") {
		t.Errorf("got %v", err)
	}
}
