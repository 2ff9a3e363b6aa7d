package web_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/audit"
	"traybell/hub/blocking"
	"traybell/hub/desk"
	"traybell/hub/duty"
	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/hubfile"
	"traybell/hub/missed"
	"traybell/hub/replay"
	"traybell/hub/staff"
	"traybell/hub/store"
	"traybell/hub/testcall"
	"traybell/hub/web"
	"traybell/hub/why"
	"traybell/hub/worktime"
	"traybell/shared/phone"
	"traybell/shared/protocol"

	"github.com/alexedwards/argon2id"
)

// site serves the pages over a real database and a real socket.
type site struct {
	*httptest.Server
	*hub
	pages *web.Server
	store *store.Store
	t     *testing.T
}

// hub is the parts of a hub that the pages command, without a PBX.
type hub struct {
	store    *store.Store
	staff    *staff.Staff
	numbers  *phone.Reader
	live     []desk.LiveCall
	sessions []admin.Session
	sent     []protocol.Message
	did      []string
	unnamed  admin.Unnamed
	pbxs     []admin.PBX
	shelves  []admin.Directory
	customer []protocol.Customer
	config   admin.Configuration
	reload   error
	rings    []string // PBXs that can ring phones
	found    []why.Found
	audit    *audit.Log
	duty     *duty.Service

	hooks       []admin.Webhook
	undelivered []admin.Delivery
}

// hooks are the webhooks.
type hooks struct{ *hub }

func (h hooks) Webhooks(context.Context) ([]admin.Webhook, error) { return h.hooks, nil }

func (h hooks) Undelivered(_ context.Context, webhook string, most int) (list []admin.Delivery, _ error) {
	for _, d := range h.undelivered {
		if (webhook == "" || d.Webhook == webhook) && len(list) < most {
			list = append(list, d)
		}
	}
	return list, nil
}

func (h hooks) Retry(_ context.Context, webhook string, id int64) (bool, error) {
	h.did = append(h.did, fmt.Sprintf("retry %s %d", webhook, id))
	return webhook == "crm", nil
}

func (h hooks) Drop(_ context.Context, webhook string, id int64) (int, error) {
	h.did = append(h.did, fmt.Sprintf("drop %s %d", webhook, id))
	return 1, nil
}

func (h *hub) Live(context.Context) ([]desk.LiveCall, error)          { return h.live, nil }
func (h *hub) Sessions() []admin.Session                              { return h.sessions }
func (h *hub) RetryTicket(_ context.Context, id string) (bool, error) { return id == "main:1", nil }
func (h *hub) DropTicket(_ context.Context, id, _ string) (bool, error) {
	return id == "main:1", nil
}
func (h *hub) Unnamed(context.Context) (admin.Unnamed, error) { return h.unnamed, nil }
func (h *hub) PBXs() []admin.PBX                              { return h.pbxs }

func (h *hub) Reconnect(
	id string,
) bool {
	h.did = append(h.did, "reconnect "+id)
	return id == "main"
}
func (h *hub) Directories() []admin.Directory { return h.shelves }
func (h *hub) ReadSoon(name string) bool {
	h.did = append(h.did, "read "+name)
	return name == "ad & co"
}
func (h *hub) SetClients(int)                              {}
func (h *hub) Suspend(time.Time, string)                   { h.did = append(h.did, "suspend") }
func (h *hub) Resume()                                     { h.did = append(h.did, "resume") }
func (h *hub) Limit() int                                  { return 1000 }
func (h *hub) Configuration() (admin.Configuration, error) { return h.config, nil }
func (h *hub) Reload(context.Context) error                { h.did = append(h.did, "reload"); return h.reload }

func (h *hub) End(_ context.Context, login, _ string) (int, error) {
	h.did = append(h.did, "end "+login)
	return 1, nil
}

func (h *hub) Message(m protocol.Message, to func(admin.Session) bool) (n int) {
	for _, s := range h.sessions {
		if to(s) {
			h.sent = append(h.sent, m)
			n++
		}
	}
	return n
}

func (h *hub) SetPassword(_ context.Context, p access.Principal, _, _ string) error {
	h.did = append(h.did, "password "+p.Name)
	return nil
}

func (h *hub) Ask(context.Context, why.Question) ([]why.Found, error) { return h.found, nil }

// tester places test calls.
type tester struct{ *hub }

func (h tester) PBXs() []string { return h.rings }

func (h tester) Place(_ context.Context, q testcall.Question, _ func(testcall.Step)) (testcall.Report, error) {
	h.did = append(h.did, strings.TrimSpace("test "+q.Agent+" "+q.PBX))
	if q.PBX != "" && !slices.Contains(h.rings, q.PBX) {
		return testcall.Report{}, fail.New(protocol.ControlPBXRefused, "Extension does not exist.")
	}
	return testcall.Report{Agent: q.Agent, Answer: why.Answer{Cause: why.Quiet, Agent: q.Agent}}, nil
}

func (h *hub) Search(context.Context, string, int) ([]protocol.Customer, error) {
	return h.customer, nil
}

func (h *hub) Overview(context.Context) (admin.Overview, error) {
	return admin.Overview{
		Version: "1.0", Started: time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC), Waiting: 2, Directories: 1,
		Calls: map[protocol.State]int{protocol.Ringing: 1, protocol.Answered: 2},
	}, nil
}

func (h *hub) SetCategory(ctx context.Context, a staff.Agent, in protocol.SetCategory) error {
	return h.store.SetCategory(ctx, protocol.Category{
		Number: h.numbers.Typed(in.Number).
			Key(),
		Color: in.Color, Comment: in.Comment, Author: a.Name, Changed: time.Now(),
	})
}

func (h *hub) Block(ctx context.Context, a staff.Agent, number, reason string) (blocking.Result, error) {
	return h.blocked(ctx, a, number, reason, true)
}

func (h *hub) Unblock(ctx context.Context, a staff.Agent, number, reason string) (blocking.Result, error) {
	return h.blocked(ctx, a, number, reason, false)
}

func (h *hub) blocked(ctx context.Context, a staff.Agent, number, reason string, is bool) (blocking.Result, error) {
	b := blocking.Block{
		Number: h.numbers.Typed(number).Key(), Blocked: is, Reason: reason, Agent: a.Login, Name: a.Name,
		At: time.Now(), State: blocking.Done,
	}
	_, err := h.store.BeginBlock(ctx, b)
	return blocking.Result{Block: b}, err
}

// newSite has two agents.
func newSite(t *testing.T, change func(o *web.Options, h *hub)) *site {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "traybell.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &hub{store: s, numbers: numbers, staff: staff.New([]staff.Agent{
		{
			Login: "anna", Name: "Anna Petrova", Extensions: []string{"101"}, Teams: []string{"support"},
			Password: protocol.PasswordHub,
		},
		{Login: "boris", Name: "Boris <b>Ivanov", Extensions: []string{"102"}},
	})}
	h.duty = duty.New(&duty.Rules{Staff: h.staff}, duty.Options{
		Store: s, Send: func([]string, protocol.Message) {}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	o := web.Options{
		Commands: h.commands(), Staff: func() *staff.Staff { return h.staff }, Zone: time.UTC,
		Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o, h)
	}
	pages, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(pages)
	t.Cleanup(server.Close)
	t.Cleanup(pages.EndStreams)
	server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &site{server, h, pages, s, t}
}

func (h *hub) commands() *admin.Commands {
	h.audit = audit.New(audit.Options{Store: h.store, Log: slog.New(slog.DiscardHandler)})
	audited := admin.Audited{Audit: h.audit, Now: time.Now}
	agents := func() *staff.Staff { return h.staff }
	numbers := func() *phone.Reader { return h.numbers }
	return &admin.Commands{
		Hub:         &admin.Hub{Audited: audited, Parts: h, Settings: h.store, Admission: h, Terminals: h},
		Terminals:   &admin.Terminals{Audited: audited, Server: h, Staff: agents},
		Calls:       &admin.Calls{Live: h, Records: h.store, Traces: h.store, Numbers: numbers},
		Callers:     &admin.Callers{Audited: audited, Store: h.store, Desk: h, Blocking: h, Numbers: numbers},
		Tickets:     &admin.Tickets{Audited: audited, List: h.store, Queue: h, Staff: agents},
		Directories: &admin.Directories{Audited: audited, Source: h},
		PBXs:        &admin.PBXs{Audited: audited, Source: h},
		Numbers:     &admin.Numbers{Source: h},
		Audit:       &admin.Audit{Changes: h.audit},
		Tests:       &admin.TestCalls{Audited: audited, Tester: tester{h}, Staff: agents},
		Why:         &admin.Why{Explainer: h},
		Rules:       &admin.Rules{Reader: func() replay.Reader { return replay.Reader{} }},
		Webhooks:    &admin.Webhooks{Audited: audited, Source: hooks{h}},
		HubFile:     &admin.HubFile{Audited: audited, Editor: &hubfile.Editor{Now: time.Now}},
		Own:         &admin.Own{Passwords: h, Staff: agents},
		Duty: &admin.Duty{
			Audited: audited, Service: h.duty, Times: &worktime.Times{Store: h.store, Present: h.duty}, Staff: agents,
			Zone: time.UTC,
		},
		Missed: &admin.Missed{Audited: audited, Numbers: numbers, Service: &missed.Service{
			Store: h.store, Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Rules: func() missed.Rules { return missed.Rules{Numbers: h.numbers, Staff: h.staff} },
			Send:  func([]string, protocol.Message) {},
		}},
	}
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

func hash(t *testing.T, password string) string {
	t.Helper()
	h, err := argon2id.CreateHash(password,
		&argon2id.Params{Memory: 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// person is an administrator.
func person(login, hash string, roles ...access.Role) web.Person {
	if roles == nil {
		roles = []access.Role{access.Admin}
	}
	return web.Person{
		Kind: access.Administrator, Login: login, Names: []string{login}, Password: hash, Roles: roles,
	}
}

// agent has extension 101.
func agent(login, hash string) web.Person {
	return web.Person{
		Kind: access.Agent, Login: login, Name: "Anna Petrova", Names: []string{"101"}, Password: hash,
	}
}

// cookies returns the cookies that a reply sets.
func (r reply) cookies() map[string]*http.Cookie {
	found := map[string]*http.Cookie{}
	for _, line := range r.Header.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(line); err == nil {
			found[c.Name] = c
		}
	}
	return found
}

func with(cookies map[string]*http.Cookie) func(r *http.Request) {
	return func(r *http.Request) {
		for _, c := range cookies {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
		}
	}
}

// attempt tries to sign a browser in.
func (s *site) attempt(name, password string, change ...func(r *http.Request)) (reply, string) {
	return s.do("POST", "/sign-in", url.Values{"name": {name}, "password": {password}, "to": {"/tickets"}}, change...)
}

// signIn returns what makes a request that of a person.
func (s *site) signIn(name, password string) func(r *http.Request) {
	s.t.Helper()
	resp, body := s.attempt(name, password)
	if resp.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("sign-in of %s: %s\n%s", name, resp.Status, body)
	}
	return with(resp.cookies())
}
