// Package ticketing runs a desk for tests that break the help desk while an agent creates tickets:
// every call must get one ticket, and the agent its number.
package ticketing

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"traybell/hub/caller"
	"traybell/hub/calls"
	"traybell/hub/desk"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/store"
	"traybell/hub/ticketing"
	"traybell/hub/tickets"
	"traybell/hub/tickettemplate"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Owner is the owner of all jobs.
const Owner = "test"

var anna = staff.Agent{
	Login: "anna", Name: "Anna", Extensions: []string{"101"}, Rights: []protocol.Right{protocol.RightTicket},
}

// Options are what a desk works with.
type Options struct {
	HelpDesk helpdesk.HelpDesk
	Store    *store.Store
	Numbers  *Numbers
	Template tickettemplate.Text
	Patience time.Duration
	Pace     jobs.Pace
	Log      *slog.Logger
}

// Desk is a running desk.
type Desk struct {
	desk    *desk.Desk
	numbers *Numbers
	stop    func()
}

// OpenStore opens an empty store until the test ends.
func OpenStore(t testing.TB) *store.Store {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "traybell.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// Start starts a desk. It stops when the test ends, if not before.
func Start(t testing.TB, o Options) *Desk {
	t.Helper()
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	templates, errs := tickettemplate.New(map[string]tickettemplate.Text{"default": o.Template})
	if errs != nil {
		t.Fatal(errs)
	}
	lines, err := tracking.New(nil, numbers)
	if err != nil {
		t.Fatal(err)
	}
	d, err := desk.New(desk.Options{
		Rules: &desk.Rules{
			Company: caller.Company{Staff: staff.New([]staff.Agent{anna})}, Lines: lines, Templates: templates,
			Numbers: numbers, TalkTime: true,
		},
		Directory: noCustomers{}, HelpDesk: helpdesk.One{HelpDesk: o.HelpDesk}, Categories: o.Store, Tickets: o.Store,
		Patience: o.Patience,
		Log:      o.Log,
		Jobs:     jobs.New(jobs.Options{Owner: Owner, Classify: tickets.Classify, Log: o.Log, Pace: o.Pace}),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = d.Run(ctx, o.Numbers) }()
	stop := func() { cancel(); <-done }
	t.Cleanup(stop)
	return &Desk{desk: d, numbers: o.Numbers, stop: stop}
}

// Stop stops the desk.
func (d *Desk) Stop() { d.stop() }

// Ring lets a call ring at the agent's phone. A desk that is started again needs a higher epoch.
func (d *Desk) Ring(ctx context.Context, epoch, seq uint64, call string) error {
	return d.desk.Change(ctx, calls.Change{PBX: "main", Epoch: epoch, Seq: seq, Call: calls.Call{
		ID: call, PBX: "main", Direction: protocol.Incoming, State: protocol.Ringing, Number: "anonymous", DID: "1",
		Started: time.Now(), Legs: []calls.Leg{{Extension: "101", State: protocol.Ringing}},
	}})
}

// Press creates the ticket of a call. Each press of a call has the same action id, like the retries
// of a desktop.
func (d *Desk) Press(ctx context.Context, call string) error {
	answer, err := d.desk.CreateTicket(ctx, anna, ticketing.CreateTicket{ActionID: "press-" + call, Call: call})
	if answer.Created != nil {
		d.numbers.add(*answer.Created)
	}
	return err
}

// Numbers collects the ticket numbers that the agent gets, in replies and notifications.
type Numbers struct {
	mu     sync.Mutex
	byCall map[string][]string
	want   int
	all    chan struct{}
}

// NewNumbers makes Numbers that expect tickets of that many calls.
func NewNumbers(want int) *Numbers {
	return &Numbers{byCall: map[string][]string{}, want: want, all: make(chan struct{})}
}

// Has reports whether the agent has the number of a call's ticket.
func (n *Numbers) Has(call string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.byCall[call]) > 0
}

// Send keeps the number of a notification; Numbers are the desk's terminals.
func (n *Numbers) Send(_ []string, m protocol.Message) {
	var made protocol.CreatedTicket
	if m.Name == protocol.TicketCreated && m.Type == protocol.Notification && m.Decode(&made) == nil {
		n.add(made)
	}
}

// Phones reports every agent as signed in.
func (n *Numbers) Phones(string) []string { return anna.Extensions }

// Online is part of desk.Terminals.
func (n *Numbers) Online(string) int { return 1 }

// Desktops is part of desk.Terminals.
func (n *Numbers) Desktops(string) []string { return nil }

func (n *Numbers) add(made protocol.CreatedTicket) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.byCall[made.Call] = append(n.byCall[made.Call], made.Number)
	if len(n.byCall) == n.want && len(n.byCall[made.Call]) == 1 {
		close(n.all)
	}
}

// All is closed when each expected call has a number.
func (n *Numbers) All() <-chan struct{} { return n.all }

// Calls is how many calls have a number.
func (n *Numbers) Calls() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.byCall)
}

// Ambiguous returns the calls with different numbers.
func (n *Numbers) Ambiguous() map[string][]string {
	n.mu.Lock()
	defer n.mu.Unlock()
	found := map[string][]string{}
	for call, numbers := range n.byCall {
		if numbers = slices.Compact(slices.Clone(numbers)); len(numbers) > 1 {
			found[call] = numbers
		}
	}
	return found
}

type noCustomers struct{}

func (noCustomers) Find(context.Context, phone.Number) ([]protocol.Customer, error) { return nil, nil }

func (noCustomers) Known(context.Context, phone.Number) ([]protocol.Customer, error) { return nil, nil }
