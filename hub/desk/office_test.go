package desk

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/hub/tickettemplate"
	"traybell/hub/tracking"
	"traybell/shared/link"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// office is a desk with a fake directory, help desk, store and terminals.
type office struct {
	*Desk
	t      *testing.T
	ctx    context.Context //nolint:containedctx // the test's
	stop   context.CancelFunc
	seq    uint64
	mu     sync.Mutex
	sent   []sent
	found  map[string][]protocol.Customer // by E.164
	phones map[string][]string            // extensions by login of the agents who are signed in
	slow   time.Duration                  // how long the directory takes
	unread error                          // of the directory
	// the directory's answers, one per lookup; nil: found
	answers chan []protocol.Customer
	desk    fakeHelpDesk
	store   fakeStore
	setup   setup
}

type sent struct {
	to []string
	m  protocol.Message
}

func (o *office) Send(logins []string, m protocol.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = append(o.sent, sent{logins, m})
}

func (o *office) Known(ctx context.Context, n phone.Number) ([]protocol.Customer, error) {
	return o.Find(ctx, n)
}

func (o *office) Find(ctx context.Context, n phone.Number) ([]protocol.Customer, error) {
	if o.answers != nil {
		return <-o.answers, nil
	}
	select {
	case <-time.After(o.slow):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return o.found[n.E164], o.unread
}

func (o *office) Phones(login string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.phones[login]
}

func (o *office) Online(string) int { return 1 }

func (o *office) Desktops(string) []string { return []string{"a desktop"} }

var (
	anna = staff.Agent{
		Login: "anna", Name: "Anna Petrova", Extensions: []string{"101", "201"}, Teams: []string{"support"},
		Rights: []string{"ticket", "category"},
	}
	boris = staff.Agent{
		Login: "boris", Name: "Boris Ivanov", Extensions: []string{"102"}, Teams: []string{"sales"},
		Rights: []string{"ticket"},
	}
	clara = staff.Agent{Login: "clara", Name: "Clara Lind", Extensions: []string{"103"}}
)

// open runs a desk in a synctest bubble.
func open(t *testing.T, lines []tracking.Line, story func(o *office)) {
	openWith(t, lines, func(*setup) {}, story)
}

// setup is what a test may change before it makes the desk.
type setup struct {
	Options
	Rules  Rules
	Agents []staff.Agent
	Lines  []tracking.Line

	terminals func(*office) Terminals // nil: the office itself
}

func (s *setup) rules(t *testing.T) *Rules {
	t.Helper()
	r := s.Rules
	r.Staff = staff.New(s.Agents)
	var err error
	if r.Lines, err = tracking.New(s.Lines, r.Numbers); err != nil {
		t.Fatal(err)
	}
	return &r
}

// openWith is open with changed options.
func openWith(t *testing.T, lines []tracking.Line, change func(*setup), story func(o *office)) {
	synctest.Test(t, func(t *testing.T) {
		numbers, err := phone.NewReader("RU", nil)
		if err != nil {
			t.Fatal(err)
		}
		cid, err := link.Parse("https://search.example/?q=<PIM_CID_E164>")
		if err != nil {
			t.Fatal(err)
		}
		templates, errs := tickettemplate.New(map[string]tickettemplate.Text{
			"support": {Title: "Support: {{.Caller.Name}}", Queue: "Raw"},
		})
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		o := &office{
			t: t,
			found: map[string][]protocol.Customer{
				"+74951234567": {{Login: "ivanov", Name: "Ivan Ivanov", Company: "ACME"}},
			},
		}
		o.desk.made, o.store.requests = map[string]helpdesk.Ticket{}, map[string]tickets.Request{}
		o.store.categories, o.store.merges = map[string]protocol.Category{}, map[string]string{}
		log := slog.New(slog.DiscardHandler)
		o.setup = setup{
			Agents: []staff.Agent{anna, boris, clara}, Lines: lines,
			Rules: Rules{
				Templates: templates, Links: link.Set{CID: cid}, Numbers: numbers, TalkTime: true,
				PBXs: []string{"main"},
			},
			Options: Options{
				Directory: o, HelpDesk: helpdesk.One{HelpDesk: &o.desk}, Categories: &o.store, Tickets: &o.store,
				Log:  log,
				Jobs: jobs.New(jobs.Options{Owner: "test", Classify: tickets.Classify, Log: log}),
			},
		}
		change(&o.setup)
		o.setup.Options.Rules = o.setup.rules(t)
		o.Desk, err = New(o.setup.Options)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		o.ctx, o.stop = ctx, stop
		var terminals Terminals = o
		if o.setup.terminals != nil {
			terminals = o.setup.terminals(o)
		}
		go func() { _ = o.Run(ctx, terminals) }()
		synctest.Wait()
		story(o)
		stop()
		synctest.Wait()
	})
}

// rings returns a ringing call from number to 74950000001.
func rings(number string, legs ...calls.Leg) calls.Call {
	return calls.Call{
		ID: "main:1.1", PBX: "main", Direction: protocol.Incoming, State: protocol.Ringing, Number: number,
		DID: "74950000001", Legs: legs, Started: time.Unix(1_800_000_000, 0),
	}
}

func leg(extension string, s protocol.State) calls.Leg {
	return calls.Leg{Extension: extension, State: s}
}

func (o *office) change(c calls.Call) {
	o.t.Helper()
	o.seq++
	if err := o.Change(o.ctx, calls.Change{PBX: "main", Epoch: 1, Seq: o.seq, Call: c}); err != nil {
		o.t.Fatal(err)
	}
	synctest.Wait()
}

// shown returns the messages since the last call of it: call events as "state status → logins",
// others by name.
func (o *office) shown() []string {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	var told []string
	for _, s := range o.sent {
		if s.m.Name != protocol.CallEvent {
			told = append(told, fmt.Sprint(s.m.Name, " → ", strings.Join(s.to, " ")))
			continue
		}
		var c protocol.Call
		if err := s.m.Decode(&c); err != nil {
			o.t.Fatal(err)
		}
		line := fmt.Sprint(c.State, " ", c.Caller.Status)
		if c.Ticket != nil {
			line += " " + c.Ticket.Number
		}
		told = append(told, line+" → "+strings.Join(s.to, " "))
	}
	o.sent = nil
	return told
}

func (o *office) expect(want ...string) {
	o.t.Helper()
	if got := o.shown(); fmt.Sprint(got) != fmt.Sprint(want) {
		o.t.Errorf("shown:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// restart runs another desk on the same store and help desk.
func (o *office) restart() (stop func()) {
	o.t.Helper()
	d, err := New(o.setup.Options)
	if err != nil {
		o.t.Fatal(err)
	}
	o.Desk = d
	ctx, cancel := context.WithCancel(o.t.Context())
	o.ctx = ctx
	done := make(chan struct{})
	go func() { defer close(done); _ = d.Run(ctx, o) }()
	return func() { cancel(); <-done }
}

// messages returns the recipients of the messages with that name since the last call of it, and the
// last message.
func (o *office) messages(name string) (to []string, last protocol.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.sent {
		if s.m.Name == name {
			to, last = append(to, strings.Join(s.to, " ")), s.m
		}
	}
	o.sent = nil
	return to, last
}
