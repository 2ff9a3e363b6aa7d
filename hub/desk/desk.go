// Package desk is the product: a call in, popups out; a press in, a ticket out. It decides which
// agents a call concerns and why, finds out who calls, and does what agents press. It knows no
// socket, no database and no help desk, only the small interfaces that it declares itself: most of
// them in ports.go, the others beside what needs them.
//
// One goroutine, that of Run, owns all state; everything else hands it functions to run. What may
// take time (directories, the store, the help desk) runs beside it and comes back the same way; of
// the options it reads those that a reload changes from facts, never from the Desk. The recorder,
// the tracer and the tally have goroutines of their own, which the loop never waits for.
package desk

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/batch"
	"traybell/hub/blocking"
	"traybell/hub/calls"
	"traybell/hub/cdr"
	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/tickettemplate"
	"traybell/hub/trace"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Options are what a desk is made of. All are needed but those that say what their absence means.
type Options struct {
	Agents    []staff.Agent
	Lines     []tracking.Line // none: every incoming call is shown to whom it rings
	Templates tickettemplate.Set
	Links     Links
	Settings  protocol.Settings // what desktops are told at sign-in
	Numbers   *phone.Reader
	Directory Directory
	HelpDesk  helpdesk.HelpDesk
	Store     Store
	Queue     TicketQueue
	Talks     TalkStore
	TalkTime  bool // at its end a call's talk time goes into its ticket
	Pace      Pace // zero: as Pace says

	Switchboard blocking.Switchboard  // nil: nobody can be blocked
	Blocks      blocking.PendingStore // needed with Switchboard
	Protected   []string              // numbers, dialplan patterns ("_2XXXXX") and customers' logins that are never blocked
	// names of directories that were never read, so that nobody knows whose numbers are in them;
	// nil: there are none
	Unread func() []string

	Records cdr.Store // nil: no CDR
	cdr.Rules
	Traces    trace.Store    // nil: none are kept
	Untracked tracking.Store // nil: they are not counted
	PBXs      []string       // the ids, for the snapshot
	Version   string
	Log       *slog.Logger
	Now       func() time.Time // time.Now where nil
}

// Limits of what the desk keeps and waits for.
const (
	lookupTime   = 800 * time.Millisecond // a caller not found by then is shown as unknown until the answer comes
	helpDeskTime = 30 * time.Second       // one attempt at a ticket, with the look for an uncertain one
	endedStays   = 15 * time.Minute       // how long OK can be pressed after the hang-up
	queueLength  = 4096
)

// Desk is the loop's state. Make it with New.
type Desk struct {
	Options
	latest    atomic.Pointer[Options] // for what runs beside the loop
	counters  counters
	todo      chan func()
	stopped   chan struct{}
	terminals Terminals

	calls    map[string]*live
	pbxs     map[string]protocol.PBX
	pbxOrder []string
	outages  map[string]*outage // by PBX, while it does not work
	ended    []*live            // calls that have ended and are kept for a while, in the order of their ends
	crowded  time.Time          // when it was said last that there are too many
	tally    *tracking.Counter  // nil where untracked numbers are not counted
	byExt    map[string][]staff.Agent
	lines    *tracking.Lines

	pace    Pace
	run     context.Context //nolint:containedctx // Run's: what is done beside the loop ends with it
	work    sync.WaitGroup  // presses under way and the like
	turns   chan struct{}   // one for each that asks the help desk
	reading chan struct{}   // one for each that reads open tickets
	presses map[string]*press
	open    map[string]*openTickets // by customer
	news    map[string][]*news      // by agent

	noting   sync.Mutex // held while a category is kept and told
	blocking sync.Mutex // held while a number is blocked or unblocked

	tracer    *trace.Writer     // nil where no traces are kept
	records   *cdr.Recorder     // nil where no CDR is kept
	parties   map[string]*party // by phone.Number.Key
	recalling chan struct{}     // one for each that reads the last call with a party
}

// New makes a desk; Run starts it.
func New(o Options) (*Desk, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	d := &Desk{
		Options: o, todo: make(chan func(), queueLength), stopped: make(chan struct{}),
		calls: map[string]*live{}, pbxs: map[string]protocol.PBX{}, outages: map[string]*outage{},
		byExt: map[string][]staff.Agent{}, pbxOrder: o.PBXs,
		pace: o.Pace.orDefault(), reading: make(chan struct{}, 4), presses: map[string]*press{},
		open: map[string]*openTickets{}, news: map[string][]*news{},
		parties: map[string]*party{}, recalling: make(chan struct{}, previousAtOnce),
	}
	d.turns = make(chan struct{}, d.pace.AtOnce)
	if o.Records != nil {
		d.records = cdr.NewRecorder(o.Records, o.Rules, o.PBXs, o.Log, o.Now)
	}
	if o.Traces != nil {
		d.tracer = trace.NewWriter(o.Traces, o.Log, o.Now)
	}
	if o.Untracked != nil {
		d.tally = tracking.NewCounter(o.Untracked, o.Log)
	}
	d.seat(&d.Options)
	for _, id := range o.PBXs {
		d.pbxs[id] = protocol.PBX{ID: id, State: protocol.PBXStopped}
	}
	var err error
	d.lines, err = o.lines()
	return d, err
}

// Run does all work of the loop until ctx ends. Messages go out through terminals.
func (d *Desk) Run(ctx context.Context, terminals Terminals) error {
	d.terminals, d.run = terminals, ctx
	defer d.work.Wait()
	if d.tracer != nil {
		defer batch.Start(ctx, d.tracer.Run)()
	}
	if d.records != nil {
		defer batch.Start(ctx, d.records.Run)()
	}
	if d.tally != nil {
		defer batch.Start(ctx, d.tally.Run)()
	}
	defer close(d.stopped)
	d.resume()
	forget := time.NewTicker(time.Minute)
	defer forget.Stop()
	for {
		select {
		case f := <-d.todo:
			f()
		case <-forget.C:
			d.forgetEnded()
			d.forgetParties()
			d.forgetOpenTickets()
			d.forgetNews()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ErrStopped is what is said to those who ask a desk that has stopped.
var ErrStopped = errors.New("the hub is stopping")

// do hands f to the loop and does not wait for it. It blocks while the loop's queue is full:
// whoever feeds the desk has a bounded queue too and says when it overflows.
func (d *Desk) do(ctx context.Context, f func()) error {
	select {
	case d.todo <- f:
		return nil
	case <-d.stopped:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Change takes a call's new state from a PBX. A change that was seen before, or is older than what
// is known, does nothing.
func (d *Desk) Change(ctx context.Context, c calls.Change) error {
	return d.do(ctx, func() { d.change(ctx, c) })
}

// PBX takes the state of the connection to a PBX.
func (d *Desk) PBX(ctx context.Context, p protocol.PBX) error {
	return d.do(ctx, func() {
		if d.pbxs[p.ID] == p {
			return
		}
		if _, ok := d.pbxs[p.ID]; !ok {
			d.pbxOrder = append(d.pbxOrder, p.ID)
		}
		d.pbxs[p.ID] = p
		if d.records != nil {
			d.records.SetPBX(p.ID, p.State == protocol.PBXWorking)
		}
		d.tell(d.everybody(), protocol.Event, protocol.PBXEvent, p)
		d.noteOutage(ctx, p)
		if p.State == protocol.PBXWorking && d.Switchboard != nil {
			d.work.Go(func() { d.catchUp(ctx, p.ID) })
		}
	})
}

// Join runs join on the loop with all that the agent may see now, so that every later change comes
// after it. join must not block.
func (d *Desk) Join(ctx context.Context, a staff.Agent, join func(protocol.OpenedSession)) error {
	return d.wait(ctx, func() {
		join(d.snapshot(a))
		d.traceSnapshot(a.Login)
		d.tellOutages(a.Login)
		d.tellNews(a.Login)
	})
}

// wait runs f on the loop and returns when it is done.
func (d *Desk) wait(ctx context.Context, f func()) error {
	done := make(chan struct{})
	if err := d.do(ctx, func() { defer close(done); f() }); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-d.stopped:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (d *Desk) snapshot(a staff.Agent) protocol.OpenedSession {
	s := protocol.OpenedSession{
		Agent:    protocol.Agent{Login: a.Login, Name: a.Name, Extensions: a.Extensions, Rights: a.Rights},
		Settings: d.Settings, Hub: d.Version, Calls: []protocol.Call{}, PBXs: []protocol.PBX{},
	}
	for _, id := range d.pbxOrder {
		s.PBXs = append(s.PBXs, d.pbxs[id])
	}
	for _, l := range d.inOrder() {
		if l.call.State == protocol.Ended {
			continue
		}
		if _, told := l.told[a.Login]; told {
			s.Calls = append(s.Calls, l.seen())
		}
	}
	return s
}

func (d *Desk) everybody() []string {
	logins := make([]string, len(d.Agents))
	for i, a := range d.Agents {
		logins[i] = a.Login
	}
	return logins
}

// tell sends one message to several agents.
func (d *Desk) tell(logins []string, t protocol.Type, name string, data any) {
	if len(logins) == 0 {
		return
	}
	m, err := protocol.New(t, name, data)
	if err != nil {
		d.Log.Error("a message could not be encoded", "name", name, "error", err)
		return
	}
	d.terminals.Send(logins, m)
}
