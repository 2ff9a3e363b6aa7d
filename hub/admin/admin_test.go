package admin_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/audit"
	"traybell/hub/blocking"
	"traybell/hub/cdr"
	"traybell/hub/desk"
	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/testcall"
	"traybell/hub/tickets"
	"traybell/hub/trace"
	"traybell/hub/why"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

var now = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

// hub is all that the commands need, in memory.
type hub struct {
	entries  []audit.Entry
	sessions []admin.Session
	sent     map[string][]protocol.Message // by login
	ended    []string
	settings map[string]any
	clients  int
	closed   *time.Time
	category map[string]protocol.Category
	blocked  map[string]string
	listed   map[string]helpdesk.ListedTicket
	pending  []tickets.Request
	dropped  map[string]string
	read     []string
	records  []cdr.Record
	live     []desk.LiveCall
	query    cdr.Query
	reload   error
}

func newHub() *hub {
	return &hub{
		sessions: []admin.Session{
			{Login: "anna", Name: "Anna Petrova", Extension: "101", Client: protocol.Client{Desktop: "d1"}},
			{Login: "boris", Name: "Boris", Extension: "102", Client: protocol.Client{Desktop: "d2"}},
		},
		sent: map[string][]protocol.Message{}, settings: map[string]any{}, clients: 1000,
		category: map[string]protocol.Category{}, blocked: map[string]string{},
		listed: map[string]helpdesk.ListedTicket{
			"2026112200001": {ID: 1, Number: "2026112200001", Title: "Printer", Agent: "anna"},
		},
		dropped: map[string]string{},
	}
}

func (h *hub) Add(e audit.Entry)         { h.entries = append(h.entries, e) }
func (h *hub) Sessions() []admin.Session { return h.sessions }

func (h *hub) Message(m protocol.Message, to func(admin.Session) bool) (n int) {
	for _, s := range h.sessions {
		if to(s) {
			h.sent[s.Login] = append(h.sent[s.Login], m)
			n++
		}
	}
	return n
}

func (h *hub) End(_ context.Context, login, _ string) (int, error) {
	h.ended = append(h.ended, login)
	return 1, nil
}

func (h *hub) Overview(context.Context) (admin.Overview, error) {
	return admin.Overview{Version: "1.0"}, nil
}

func (h *hub) Configuration() (admin.Configuration, error) {
	return admin.Configuration{File: "hub.yml"}, nil
}
func (h *hub) Reload(context.Context) error      { return h.reload }
func (h *hub) Limit() int                        { return 1000 }
func (h *hub) SetClients(most int)               { h.clients = most }
func (h *hub) Suspend(until time.Time, _ string) { h.closed = &until }
func (h *hub) Resume()                           { h.closed = nil }

func (h *hub) Setting(_ context.Context, name string, into any) (bool, error) {
	v, ok := h.settings[name]
	switch to := into.(type) {
	case *admin.Mode:
		if ok {
			*to = v.(admin.Mode)
		}
	case *int:
		if ok {
			*to = v.(int)
		}
	}
	return ok, nil
}

func (h *hub) SetSetting(_ context.Context, name string, value any) error {
	h.settings[name] = value
	return nil
}

func (h *hub) FindCategories(_ context.Context, _ protocol.Color, _ string, _ protocol.Category, _ int,
) (list []protocol.Category, err error) {
	for _, c := range h.category {
		list = append(list, c)
	}
	return list, nil
}

func (h *hub) Categories(_ context.Context, number string) ([]protocol.Category, error) {
	if c, ok := h.category[number]; ok {
		return []protocol.Category{c}, nil
	}
	return nil, nil
}

func (h *hub) SetCategory(_ context.Context, a staff.Agent, in protocol.SetCategory) error {
	key := numbers().Typed(in.Number).Key()
	h.category[key] = protocol.Category{Number: key, Color: in.Color, Comment: in.Comment, Author: a.Name}
	return nil
}

func (h *hub) FindBlocks(context.Context, string, int64, int) ([]blocking.Block, error) {
	return []blocking.Block{{ID: 3, Number: "+74959999999", Blocked: true}}, nil
}

func (h *hub) Blocks(_ context.Context, number string) ([]blocking.Block, error) {
	return []blocking.Block{{ID: 3, Number: number, Blocked: true}}, nil
}

func (h *hub) Block(_ context.Context, a staff.Agent, number, reason string) (blocking.Result, error) {
	h.blocked[number] = reason
	return blocking.Result{Block: blocking.Block{Number: number, Blocked: true, Reason: reason, Name: a.Name}}, nil
}

func (h *hub) Unblock(_ context.Context, _ staff.Agent, number, _ string) (blocking.Result, error) {
	if _, ok := h.blocked[number]; !ok {
		return blocking.Result{}, fail.New(protocol.NumberNotBlocked, "")
	}
	delete(h.blocked, number)
	return blocking.Result{Block: blocking.Block{Number: number}}, nil
}

func (h *hub) FindListed(_ context.Context, _, _ string, before int64, limit int) ([]helpdesk.ListedTicket, error) {
	var list []helpdesk.ListedTicket
	for id := int64(120); id > 0 && len(list) < limit; id-- {
		if before == 0 || id < before {
			list = append(list, helpdesk.ListedTicket{ID: id, Number: fmt.Sprint(id)})
		}
	}
	return list, nil
}

func (h *hub) ListedByNumber(_ context.Context, number string) (helpdesk.ListedTicket, bool, error) {
	t, ok := h.listed[number]
	return t, ok, nil
}

func (h *hub) EditListed(_ context.Context, number string, e helpdesk.ListedEdit) (bool, error) {
	t, ok := h.listed[number]
	if e.Seen != nil && *e.Seen != t.LastEvent() {
		return true, helpdesk.ErrListedChanged
	}
	if e.Title != nil {
		t.Title = *e.Title
	}
	if ok {
		h.listed[number] = t
	}
	return ok, nil
}

func (h *hub) PendingTickets(context.Context, tickets.Position, int) ([]tickets.Request, error) {
	return h.pending, nil
}

func (h *hub) RetryTicket(_ context.Context, call string) (bool, error) { return call == "main:1", nil }

func (h *hub) DropTicket(_ context.Context, call, reason string) (bool, error) {
	h.dropped[call] = reason
	return call == "main:1", nil
}

func (h *hub) Directories() []admin.Directory { return []admin.Directory{{Name: "crm"}} }
func (h *hub) ReadSoon(name string) bool      { h.read = append(h.read, name); return name == "crm" }

func (h *hub) Search(context.Context, string, int) ([]protocol.Customer, error) {
	return []protocol.Customer{{Login: "ada"}}, nil
}
func (h *hub) PBXs() []admin.PBX        { return []admin.PBX{{ID: "main"}} }
func (h *hub) Reconnect(id string) bool { return id == "main" }
func (h *hub) Unnamed(context.Context) (admin.Unnamed, error) {
	return admin.Unnamed{}, nil
}
func (h *hub) Live(context.Context) ([]desk.LiveCall, error) { return h.live, nil }
func (h *hub) CountRecords(_ context.Context, _, _ time.Time, _ time.Duration) ([]cdr.Count, error) {
	return []cdr.Count{
		{Slot: 9, Answered: 3, Missed: 1, Outgoing: 1}, {Slot: 10, Answered: 2}, {Slot: 99, Missed: 7},
	}, nil
}

func (h *hub) FindRecords(_ context.Context, q cdr.Query) (p cdr.Page, err error) {
	h.query = q
	p.Records = h.records
	if q.After.CallID == "" && len(h.records) > 1 {
		p.Records, p.More = h.records[:1], true
		p.Next = cdr.Position{Started: h.records[0].Started, CallID: h.records[0].CallID}
	} else if len(h.records) > 1 {
		p.Records = h.records[1:]
	}
	return p, nil
}

func (h *hub) TracesOf(context.Context, string, int64, int) ([]trace.Trace, error) {
	return []trace.Trace{{ID: 4, CallID: "main:1"}}, nil
}

func (h *hub) TraceOf(_ context.Context, call string) (trace.Trace, bool, error) {
	return trace.Trace{CallID: call}, call == "main:1", nil
}

// changes returns what was written down, newest first.
type changes struct{ *hub }

func (c changes) Search(_ context.Context, s audit.Search) (f audit.Found, err error) {
	for i := len(c.entries); i > 0 && len(f.Entries) < s.Limit; i-- {
		if s.Before == 0 || int64(i) < s.Before {
			f.Entries, f.Next = append(f.Entries, c.entries[i-1]), int64(i)
		}
	}
	return f, nil
}

// tester places test calls.
type tester struct{}

func (tester) PBXs() []string { return []string{"main"} }

func (tester) Place(_ context.Context, q testcall.Question, each func(testcall.Step)) (testcall.Report, error) {
	each(testcall.Step{Name: testcall.Event})
	return testcall.Report{Agent: q.Agent, Shown: true}, nil
}

// explainer finds a call that names others.
type explainer struct{}

func (explainer) Ask(_ context.Context, q why.Question) ([]why.Found, error) {
	return []why.Found{{
		Trace:   trace.Trace{CallID: "main:1", Steps: []trace.Step{{What: trace.Told, Agents: []string{"boris"}}}},
		Answers: []why.Answer{{Cause: why.Quiet, Agent: q.Agent}},
	}}, nil
}

func numbers() *phone.Reader {
	r, _ := phone.NewReader("RU", nil)
	return r
}

func agents() *staff.Staff {
	return staff.New([]staff.Agent{
		{Login: "anna", Name: "Anna Petrova", Extensions: []string{"101"}, Teams: []string{"support"}},
		{Login: "boris", Name: "Boris", Extensions: []string{"102"}, Teams: []string{"sales"}},
	})
}

// commands are all of them, for one hub.
type commands struct {
	*hub
	of        admin.Hub
	terminals admin.Terminals
	calls     admin.Calls
	callers   admin.Callers
	tickets   admin.Tickets
	dirs      admin.Directories
	pbxs      admin.PBXs
	numbers   admin.Numbers
	audit     admin.Audit
	tests     admin.TestCalls
	why       admin.Why
	missed    admin.Missed
}

func newCommands() *commands {
	h := newHub()
	audited := admin.Audited{Audit: h, Now: func() time.Time { return now }}
	return &commands{
		hub:       h,
		of:        admin.Hub{Audited: audited, Parts: h, Settings: h, Admission: h, Terminals: h},
		terminals: admin.Terminals{Audited: audited, Server: h, Staff: agents},
		calls:     admin.Calls{Live: h, Records: h, Traces: h, Numbers: numbers},
		callers:   admin.Callers{Audited: audited, Store: h, Desk: h, Blocking: h, Numbers: numbers},
		tickets:   admin.Tickets{Audited: audited, List: h, Queue: h, Staff: agents},
		dirs:      admin.Directories{Audited: audited, Source: h},
		pbxs:      admin.PBXs{Audited: audited, Source: h},
		numbers:   admin.Numbers{Source: h},
		audit:     admin.Audit{Changes: changes{h}},
		tests:     admin.TestCalls{Audited: audited, Tester: tester{}, Staff: agents},
		why:       admin.Why{Explainer: explainer{}},
		missed:    admin.Missed{Audited: audited, Service: &missedCalls{}, Numbers: numbers},
	}
}

// all is every command with an input that succeeds, and the role that it needs. The changes are
// written down.
var all = []struct {
	name    string
	role    access.Role
	changes bool
	own     bool // an agent without roles sees what concerns the agent
	do      func(ctx context.Context, c *commands, p access.Principal) error
}{
	{"overview", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.of.Overview(ctx, p))
	}},
	{"missed calls", access.View, false, true, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.missed.List(ctx, p, admin.Page{}))
	}},
	{"claim", access.Supervise, true, true, func(ctx context.Context, c *commands, p access.Principal) error {
		return c.missed.Claim(ctx, p, "+74951234567")
	}},
	{"release", access.Supervise, true, true, func(ctx context.Context, c *commands, p access.Principal) error {
		return c.missed.Release(ctx, p, "+74951234567")
	}},
	{"done", access.Supervise, true, true, func(ctx context.Context, c *commands, p access.Principal) error {
		return c.missed.Done(ctx, p, "+74951234567", now)
	}},
	{"mode", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.of.Mode(ctx, p))
	}},
	{"set mode", access.Admin, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.of.SetMode(ctx, p, admin.Mode{Mode: admin.Maintenance}))
	}},
	{"limit", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.of.Limit(ctx, p))
	}},
	{"set limit", access.Admin, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.of.SetLimit(ctx, p, 5))
	}},
	{"configuration", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.of.Configuration(ctx, p))
	}},
	{"reload", access.Admin, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.of.Reload(ctx, p))
	}},
	{"terminals", access.View, false, true, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.terminals.List(ctx, p))
	}},
	{"message", access.Supervise, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.terminals.Message(ctx, p, admin.To{All: true}, "Hello"))
	}},
	{"end session", access.Supervise, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return c.terminals.End(ctx, p, annasTerminal(c))
	}},
	{"sign out", access.Supervise, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.terminals.SignOut(ctx, p, "anna"))
	}},
	{"live calls", access.View, false, true, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.calls.Now(ctx, p))
	}},
	{"past calls", access.View, false, true, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.calls.Past(ctx, p, admin.CallFilter{}, admin.Page{}))
	}},
	{"CSV", access.View, false, true, func(ctx context.Context, c *commands, p access.Principal) error {
		return c.calls.WriteCSV(ctx, p, admin.CallFilter{}, io.Discard)
	}},
	{"traces", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.calls.Traced(ctx, p, admin.TraceFilter{}, admin.Page{}))
	}},
	{"why", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.calls.Why(ctx, p, "main:1", ""))
	}},
	{"categories", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.callers.Categories(ctx, p, admin.CategoryFilter{}, admin.Page{}))
	}},
	{"set category", access.Notes, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return c.callers.SetCategory(ctx, p, "84951234567", protocol.Red, "rude")
	}},
	{"remove category", access.Notes, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		c.category["+74951234567"] = protocol.Category{Color: protocol.Red}
		return c.callers.RemoveCategory(ctx, p, "+74951234567")
	}},
	{"category history", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		c.category["+74951234567"] = protocol.Category{Color: protocol.Red}
		return second(c.callers.CategoryHistory(ctx, p, "+74951234567"))
	}},
	{"blocks", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.callers.Blocks(ctx, p, "", admin.Page{}))
	}},
	{"block", access.Notes, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.callers.Block(ctx, p, "+74959999999", "carpets"))
	}},
	{"unblock", access.Notes, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		c.blocked["+74959999999"] = ""
		return second(c.callers.Unblock(ctx, p, "+74959999999", ""))
	}},
	{"block history", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.callers.BlockHistory(ctx, p, "+74959999999"))
	}},
	{"tickets", access.View, false, true, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.tickets.Find(ctx, p, "", admin.Page{}))
	}},
	{"ticket", access.View, false, true, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.tickets.Ticket(ctx, p, "2026112200001"))
	}},
	{"edit ticket", access.Notes, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		title := "Printer again"
		return second(c.tickets.Edit(ctx, p, "2026112200001", admin.TicketEdit{Title: &title}))
	}},
	{"waiting tickets", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.tickets.Waiting(ctx, p, admin.Page{}))
	}},
	{"retry ticket", access.Notes, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return c.tickets.Retry(ctx, p, "main:1")
	}},
	{"drop ticket", access.Notes, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return c.tickets.Drop(ctx, p, "main:1", "made by hand")
	}},
	{"directories", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.dirs.List(ctx, p))
	}},
	{"read directory", access.Admin, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return c.dirs.Read(ctx, p, "crm")
	}},
	{"search directories", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.dirs.Search(ctx, p, "ada", 0))
	}},
	{"PBXs", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.pbxs.List(ctx, p))
	}},
	{"reconnect", access.Admin, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return c.pbxs.Reconnect(ctx, p, "main")
	}},
	{"audit", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.audit.Find(ctx, p, admin.ChangeFilter{}, admin.Page{}))
	}},
	{"test call", access.Admin, true, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.tests.Place(ctx, p, testcall.Question{Agent: "boris"}, func(testcall.Step) {}))
	}},
	{"test PBXs", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.tests.PBXs(ctx, p))
	}},
	{"causes", access.View, false, true, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.why.Ask(ctx, p, why.Question{Agent: "boris"}))
	}},
	{"numbers", access.View, false, false, func(ctx context.Context, c *commands, p access.Principal) error {
		return second(c.numbers.Unnamed(ctx, p))
	}},
}

func second[T any](_ T, err error) error { return err }

func annasTerminal(c *commands) string {
	list, _ := c.terminals.List(context.Background(), access.Principal{Roles: []access.Role{access.View}})
	return list[0].ID
}

// Every command needs its role; every change, and every attempt without the role, is written down
// with who made it and from where.
func TestRoles(t *testing.T) {
	for _, of := range all {
		for _, roles := range [][]access.Role{
			nil, {access.View}, {access.Supervise}, {access.Notes}, {access.Supervise, access.Notes}, {access.Admin},
		} {
			for _, kind := range []access.Kind{access.Token, access.Agent} {
				t.Run(fmt.Sprintf("%s by %s with %v", of.name, kind, roles), func(t *testing.T) {
					c := newCommands()
					p := access.Principal{Kind: kind, Name: "anna", Roles: roles, From: "192.0.2.7"}
					err := of.do(t.Context(), c, p)
					may := p.May(of.role) || of.own && kind == access.Agent
					if may != (err == nil) || !may && fail.Of(err).Code != fail.Forbidden {
						t.Fatalf("%v", err)
					}
					switch {
					case !of.changes && len(c.entries) > 0:
						t.Errorf("written down: %+v", c.entries)
					case of.changes && len(c.entries) != 1:
						t.Errorf("%d entries", len(c.entries))
					case of.changes:
						e := c.entries[0]
						if e.At != now || e.Kind != string(kind) || e.Who != "anna" || e.From != "192.0.2.7" ||
							e.Action == "" || (e.Error == "") != may {
							t.Errorf("entry %+v", e)
						}
					}
				})
			}
		}
	}
}

var boss = access.Principal{Kind: access.Administrator, Name: "boss", Roles: []access.Role{access.Admin}}

func TestAgentWithoutRolesSeesOwnOnly(t *testing.T) {
	c := newCommands()
	c.live = []desk.LiveCall{
		{PBX: "main", Call: protocol.Call{ID: "main:1"}, Agents: []string{"anna"}},
		{PBX: "main", Call: protocol.Call{ID: "main:2"}, Agents: []string{"boris"}},
	}
	anna := access.Principal{Kind: access.Agent, Name: "anna"}
	if list, err := c.terminals.List(t.Context(), anna); err != nil || len(list) != 1 || list[0].Agent != "anna" {
		t.Errorf("terminals %+v, %v", list, err)
	}
	if list, err := c.calls.Now(t.Context(), anna); err != nil || len(list) != 1 || list[0].ID != "main:1" {
		t.Errorf("live calls %+v, %v", list, err)
	}
	if _, err := c.calls.Past(t.Context(), anna, admin.CallFilter{}, admin.Page{}); err != nil ||
		c.query.ShownTo != "anna" {
		t.Errorf("past calls %+v, %v", c.query, err)
	}
	if list, err := c.calls.Now(t.Context(), boss); err != nil || len(list) != 2 {
		t.Errorf("the administrator sees %+v, %v", list, err)
	}
}

// An agent who may dial may have the own phone ring at a test call, but no other.
func TestAgentRingsOnlyTheOwnPhone(t *testing.T) {
	for _, of := range []struct {
		rights    []protocol.Right
		agent, to string
		may       bool
	}{
		{nil, "anna", "", true},
		{nil, "anna", "main", false},
		{[]protocol.Right{protocol.RightControl}, "anna", "main", true},
		{[]protocol.Right{protocol.RightControl}, "101", "main", true},
		{[]protocol.Right{protocol.RightControl}, "boris", "main", false},
		{[]protocol.Right{protocol.RightControl}, "102", "", false},
	} {
		c := newCommands()
		c.tests.Staff = func() *staff.Staff {
			return staff.New([]staff.Agent{
				{Login: "anna", Extensions: []string{"101"}, Rights: of.rights},
				{Login: "boris", Extensions: []string{"102"}, Rights: of.rights},
			})
		}
		anna := access.Principal{Kind: access.Agent, Name: "anna"}
		q := testcall.Question{Agent: of.agent, PBX: of.to}
		_, err := c.tests.Place(t.Context(), anna, q, func(testcall.Step) {})
		if of.may != (err == nil) || !of.may && fail.Of(err).Code != fail.Forbidden {
			t.Errorf("%+v: %v", of, err)
		}
	}
}

func TestMessageReachesWhoItIsFor(t *testing.T) {
	for name, of := range map[string]struct {
		to    admin.To
		reach []string
		code  fail.Code
	}{
		"all":          {admin.To{All: true}, []string{"anna", "boris"}, ""},
		"team":         {admin.To{Team: "sales"}, []string{"boris"}, ""},
		"agent":        {admin.To{Agent: "anna"}, []string{"anna"}, ""},
		"no team":      {admin.To{Team: "night"}, nil, fail.NotFound},
		"no agent":     {admin.To{Agent: "zoe"}, nil, fail.NotFound},
		"no terminal":  {admin.To{Terminal: "x"}, nil, fail.NotFound},
		"to nothing":   {admin.To{}, nil, fail.Invalid},
		"to two":       {admin.To{All: true, Team: "sales"}, nil, fail.Invalid},
		"one terminal": {admin.To{Terminal: annasTerminal(newCommands())}, []string{"anna"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCommands()
			n, err := c.terminals.Message(t.Context(), boss, of.to, "The lift\u202e is out of order.")
			if of.code != "" {
				if err == nil || fail.Of(err).Code != of.code {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil || n != len(of.reach) || len(c.sent) != n {
				t.Fatalf("%d, %v, %v", n, c.sent, err)
			}
			for _, login := range of.reach {
				var text protocol.Text
				if m := c.sent[login][0]; m.Name != protocol.TextMessage || m.Decode(&text) != nil ||
					text.From != "boss" || text.Text != "The lift is out of order." {
					t.Errorf("%s got %+v", login, text)
				}
			}
		})
	}
	c := newCommands()
	for _, text := range []string{"", " \u200b ", strings.Repeat("x", 1001)} {
		if _, err := c.terminals.Message(t.Context(), boss, admin.To{All: true}, text); err == nil || len(c.sent) > 0 {
			t.Errorf("%.10q was sent: %v", text, err)
		}
	}
}

func TestMaintenance(t *testing.T) {
	c := newCommands()
	for name, m := range map[string]admin.Mode{
		"unknown": {Mode: "off"}, "past": {Mode: admin.Maintenance, Until: now.Add(-time.Minute)},
		"long text": {Mode: admin.Maintenance, Text: strings.Repeat("x", 201)},
	} {
		_, err := c.of.SetMode(t.Context(), boss, m)
		if err == nil || fail.Of(err).Code != fail.Invalid || c.closed != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	until := now.Add(time.Hour)
	m, err := c.of.SetMode(t.Context(), boss, admin.Mode{Mode: admin.Maintenance, Until: until, Text: "New server"})
	if err != nil || m.By != "boss" || c.closed == nil || !c.closed.Equal(until) {
		t.Fatalf("%+v, %v", m, err)
	}
	var a protocol.Announcement
	if got := c.sent["anna"]; len(got) != 1 || got[0].Decode(&a) != nil || a.Text.Text != "New server" ||
		!a.Until.Equal(until) {
		t.Errorf("the terminal was warned by %+v", got)
	}
	c.closed = nil
	if err := c.of.Restore(t.Context()); err != nil || c.closed == nil {
		t.Errorf("after a restart: %v", err)
	}
	c.of.Now = func() time.Time { return until }
	c.closed = nil
	if m, err := c.of.Mode(t.Context(), boss); err != nil || m.Mode != admin.Active {
		t.Errorf("after the maintenance: %+v, %v", m, err)
	}
	if err := c.of.Restore(t.Context()); err != nil || c.closed != nil {
		t.Errorf("closed after the maintenance: %v", err)
	}
}

func TestLimitIsKept(t *testing.T) {
	c := newCommands()
	if l, err := c.of.SetLimit(t.Context(), boss, 5); err != nil || l.Limit != 5 || !l.Set || c.clients != 5 {
		t.Fatalf("%+v, %v", l, err)
	}
	c.clients = 0
	if err := c.of.Restore(t.Context()); err != nil || c.clients != 5 {
		t.Errorf("after a restart %d, %v", c.clients, err)
	}
	if l, err := c.of.SetLimit(t.Context(), boss, 0); err != nil || l.Limit != 1000 || l.Set || c.clients != 1000 {
		t.Errorf("back to hub.yml: %+v, %v", l, err)
	}
	if _, err := c.of.SetLimit(t.Context(), boss, -1); err == nil || c.clients != 1000 {
		t.Errorf("a negative limit: %v", err)
	}
}

func TestPages(t *testing.T) {
	c := newCommands()
	seen := map[string]bool{}
	for page := (admin.Page{}); ; {
		list, err := c.tickets.Find(t.Context(), boss, "", page)
		if err != nil {
			t.Fatal(err)
		}
		for _, ticket := range list.Items {
			if seen[ticket.Number] {
				t.Fatalf("%s is on two pages", ticket.Number)
			}
			seen[ticket.Number] = true
		}
		if page.Cursor = list.Next; page.Cursor == "" {
			break
		}
	}
	if len(seen) != 120 {
		t.Errorf("%d of 120", len(seen))
	}
	for _, page := range []admin.Page{{Cursor: "!"}, {Cursor: "e30"}, {Limit: -1}, {Limit: 501}} {
		if _, err := c.tickets.Find(t.Context(), boss, "", page); err == nil || fail.Of(err).Code != fail.Invalid {
			t.Errorf("%+v: %v", page, err)
		}
	}
}

func TestCSVHasAllPages(t *testing.T) {
	c := newCommands()
	c.records = []cdr.Record{
		{CallID: "main:2", Started: now, Ended: now, Number: "+74951234567"},
		{CallID: "main:1", Started: now.Add(-time.Hour), Ended: now, Name: "=HYPERLINK()"},
	}
	var out strings.Builder
	if err := c.calls.WriteCSV(t.Context(), boss, admin.CallFilter{}, &out); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 3 ||
		!strings.Contains(lines[2], "'=HYPERLINK()") {
		t.Errorf("%s", out.String())
	}
}

// What is missing, changed meanwhile or wrong is said, and written down.
func TestFailures(t *testing.T) {
	for name, of := range map[string]struct {
		code fail.Code
		do   func(ctx context.Context, c *commands) error
	}{
		"a ticket that another person changed": {fail.Conflict, func(ctx context.Context, c *commands) error {
			old := int64(7)
			return second(c.tickets.Edit(ctx, boss, "2026112200001", admin.TicketEdit{Version: &old}))
		}},
		"no such ticket": {fail.NotFound, func(ctx context.Context, c *commands) error {
			return second(c.tickets.Edit(ctx, boss, "1", admin.TicketEdit{}))
		}},
		"an assignee who is no agent": {fail.Invalid, func(ctx context.Context, c *commands) error {
			zoe := "zoe"
			return second(c.tickets.Edit(ctx, boss, "2026112200001", admin.TicketEdit{Assignee: &zoe}))
		}},
		"no category to remove": {fail.NotFound, func(ctx context.Context, c *commands) error {
			return c.callers.RemoveCategory(ctx, boss, "+74950000000")
		}},
		"no number": {fail.Invalid, func(ctx context.Context, c *commands) error {
			return c.callers.RemoveCategory(ctx, boss, "")
		}},
		"no block": {fail.NotFound, func(ctx context.Context, c *commands) error {
			return second(c.callers.Unblock(ctx, boss, "+74950000000", ""))
		}},
		"no request waits": {fail.NotFound, func(ctx context.Context, c *commands) error {
			return c.tickets.Retry(ctx, boss, "main:2")
		}},
		"dropped without a reason": {fail.Invalid, func(ctx context.Context, c *commands) error {
			return c.tickets.Drop(ctx, boss, "main:1", " ")
		}},
		"no directory": {fail.NotFound, func(ctx context.Context, c *commands) error {
			return c.dirs.Read(ctx, boss, "erp")
		}},
		"no PBX": {fail.NotFound, func(ctx context.Context, c *commands) error {
			return c.pbxs.Reconnect(ctx, boss, "branch")
		}},
		"no session": {fail.NotFound, func(ctx context.Context, c *commands) error {
			return c.terminals.End(ctx, boss, "x")
		}},
		"hub.yml is wrong": {fail.Invalid, func(ctx context.Context, c *commands) error {
			c.reload = errors.New("hub.yml:3: unknown key")
			return second(c.of.Reload(ctx, boss))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCommands()
			if err := of.do(t.Context(), c); err == nil || fail.Of(err).Code != of.code {
				t.Errorf("%v", err)
			}
			if len(c.entries) != 1 || c.entries[0].Error == "" {
				t.Errorf("entries %+v", c.entries)
			}
		})
	}
}

// An agent without roles may place a test call for herself, and ask why she saw no popup.
func TestAgentsTestThemselves(t *testing.T) {
	c := newCommands()
	anna := access.Principal{Kind: access.Agent, Name: "anna"}
	for agent, may := range map[string]bool{"anna": true, "101": true, "boris": false, "102": false} {
		_, err := c.tests.Place(t.Context(), anna, testcall.Question{Agent: agent}, func(testcall.Step) {})
		if (err == nil) != may {
			t.Errorf("for %s: %v", agent, err)
		}
	}
	found, err := c.why.Ask(t.Context(), anna, why.Question{Agent: "boris"})
	if err != nil || found[0].Answers[0].Agent != "anna" || found[0].Trace.Steps != nil {
		t.Errorf("she reads %+v, %v", found, err)
	}
}

// slowRecords counts its counts, which take a second.
type slowRecords struct {
	*hub
	counts int
}

func (s *slowRecords) CountRecords(context.Context, time.Time, time.Time, time.Duration) ([]cdr.Count, error) {
	time.Sleep(time.Second)
	s.counts++
	return []cdr.Count{{Slot: 0, Answered: s.counts}}, nil
}

// A busy day takes a second to count, and many pages may show it.
func TestSlowCountsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		records := &slowRecords{hub: newHub()}
		calls := admin.Calls{Live: records.hub, Records: records, Traces: records.hub, Numbers: numbers}
		day := func(begins time.Time) int {
			d, err := calls.Day(t.Context(), boss, begins)
			if err != nil {
				t.Fatal(err)
			}
			return d.Calls()
		}
		today := time.Now().Truncate(24 * time.Hour)
		for _, step := range []struct {
			after  time.Duration
			begins time.Time
			want   int
		}{
			{0, today, 1},
			{0, today, 1},
			{190 * time.Second, today, 1},
			{20 * time.Second, today, 2},
			{0, today.AddDate(0, 0, 1), 3},
		} {
			time.Sleep(step.after)
			if got := day(step.begins); got != step.want {
				t.Errorf("after %s: count %d is shown, want %d", step.after, got, step.want)
			}
		}
	})
}
