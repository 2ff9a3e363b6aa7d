// Package desk owns the live calls: the agents who see them, what is known about the caller, and
// the tickets that agents ask for.
//
// The goroutine of Run owns the state: the unexported type loop and its parts (parties, presses,
// news, …). Other goroutines hold a Desk, which cannot reach the loop but queues functions for it.
// What may take time (directories, the store, the help desk) runs in the background as methods of
// Desk and ticketing, reads the rules as an immutable snapshot, and queues its result.
package desk

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/batch"
	"traybell/hub/blocking"
	"traybell/hub/calls"
	"traybell/hub/cdr"
	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/hub/trace"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Options are the settings and dependencies of a desk.
type Options struct {
	Rules      *Rules
	Directory  Directory
	HelpDesk   helpdesk.HelpDesk
	Categories CategoryStore
	Tickets    tickets.Store
	Jobs       *jobs.Runner   // makes the tickets
	Patience   time.Duration  // how long an agent waits for a ticket; 0: 5 s
	Blocks     Blocks         // nil: callers cannot be blocked
	Traces     trace.Store    // nil: no traces are kept
	Untracked  tracking.Store // nil: untracked numbers are not counted
	Version    string
	Log        *slog.Logger
	Now        func() time.Time // nil: time.Now
}

// Terminals carries messages to the agents' desktops. Its methods do not block and may be called
// from any goroutine.
type Terminals interface {
	Send(logins []string, m protocol.Message) // encodes once
	Phones(login string) []string             // the extensions with which the agent is signed in
	Online(login string) int                  // how many desktops are signed in
	Desktops(login string) []string           // a short description of each
}

// Directory finds customers by number. It is called in the background.
type Directory interface {
	Find(ctx context.Context, number phone.Number) ([]protocol.Customer, error)
}

// Blocks looks up blocked numbers. It is called in the background.
type Blocks interface {
	// Of returns nil for a number that is not blocked.
	Of(ctx context.Context, number string) *protocol.Block
	// Connected is called when a PBX starts to work.
	Connected(ctx context.Context, pbx string)
}

const (
	lookupTime  = 800 * time.Millisecond // after which a caller is shown as unknown for now
	keepTime    = 5 * time.Second        // for a write that a stopping hub still makes
	followEvery = 15 * time.Second       // how often another hub's request is read
	queueLength = 4096
)

// Desk queues commands for the loop. Make it with New. All methods may be called from any
// goroutine. Those that return an error fail with *fail.Error when the desk is stopping.
type Desk struct {
	opts    Options
	log     *slog.Logger
	now     func() time.Time
	rules   atomic.Pointer[Rules]
	todo    chan func(*loop)
	stopped chan struct{}
	work    sync.WaitGroup // what runs in the background

	tickets   ticketing
	traces    tracer
	records   *cdr.Recorder           // nil: no CDR is kept
	untracked *tracking.Counter       // nil: they are not counted
	writers   []func(context.Context) // run as long as the loop
	counters  counters

	reading    slots      // for reads of open tickets
	recalling  slots      // for reads of a party's last call
	categories sync.Mutex // held while a category is saved and sent, so that both have one order
}

// New returns a desk that Run starts.
func New(o Options) (*Desk, error) {
	if err := o.Rules.check(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Patience = cmp.Or(o.Patience, 5*time.Second)
	d := &Desk{
		opts: o, log: o.Log, now: o.Now, todo: make(chan func(*loop), queueLength), stopped: make(chan struct{}),
		reading: make(slots, 4), recalling: make(slots, 4), traces: tracer{now: o.Now},
	}
	d.tickets = ticketing{
		desk: d, store: o.Tickets, helpDesk: o.HelpDesk, jobs: o.Jobs, log: o.Log,
		talks: tickets.NewTalkTimes(o.Tickets, o.HelpDesk, o.Jobs, o.Log),
	}
	d.rules.Store(o.Rules)
	if o.Traces != nil {
		d.traces.writer = trace.NewWriter(o.Traces, o.Log, o.Now)
		d.writers = append(d.writers, d.traces.writer.Run)
	}
	if o.Rules.Records != nil {
		d.records = cdr.NewRecorder(o.Rules.Records, o.Rules.CDR, o.Rules.PBXs, o.Log, o.Now)
		d.writers = append(d.writers, d.records.Run)
	}
	if o.Untracked != nil {
		d.untracked = tracking.NewCounter(o.Untracked, o.Log)
		d.writers = append(d.writers, d.untracked.Run)
	}
	return d, nil
}

// Run owns the state until ctx ends, and sends messages to t. It returns when the background has
// ended and everything is written.
func (d *Desk) Run(ctx context.Context, t Terminals) error {
	defer d.work.Wait()
	for _, run := range d.writers {
		defer batch.Start(ctx, run)()
	}
	defer close(d.stopped)
	return newLoop(ctx, d, t).run()
}

// do queues f for the loop and does not wait for it. It blocks while the queue is full: callers
// have bounded queues too.
func (d *Desk) do(ctx context.Context, f func(*loop)) error {
	select {
	case d.todo <- f:
		return nil
	case <-d.stopped:
		return errStopping
	case <-ctx.Done():
		return ctx.Err()
	}
}

// later queues f from the background. Only a stopping hub refuses it.
func (d *Desk) later(ctx context.Context, f func(*loop)) { _ = d.do(ctx, f) }

// wait runs f on the loop and returns when it is done. After an error f may still run later: what
// it writes must not be used then.
func (d *Desk) wait(ctx context.Context, f func(*loop)) error {
	done := make(chan struct{})
	if err := d.do(ctx, func(l *loop) { defer close(done); f(l) }); err != nil {
		return errStopping
	}
	select {
	case <-done:
		return nil
	case <-d.stopped:
	case <-ctx.Done():
	}
	return errStopping
}

var errStopping = &fail.Error{
	Code: fail.Busy, Text: "The hub is stopping or too busy; please try again.", Retry: true,
}

// slots limit how many functions run at once.
type slots chan struct{}

// use runs f once there is a slot; it fails if ctx ends before.
func (s slots) use(ctx context.Context, f func() error) error {
	select {
	case s <- struct{}{}:
		defer func() { <-s }()
		return f()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// keep runs a write that a stopping hub still makes.
func keep(ctx context.Context, write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	return write(ctx)
}

// Change takes a call's new state from a PBX. It drops a state that is not newer than the known
// one.
func (d *Desk) Change(ctx context.Context, c calls.Change) error {
	return d.do(ctx, func(l *loop) { l.change(c) })
}

// PBX takes the state of the connection to a PBX.
func (d *Desk) PBX(ctx context.Context, p protocol.PBX) error {
	return d.do(ctx, func(l *loop) { l.pbxs.change(p) })
}

// Join runs join on the loop with a snapshot for the agent, so that every later change follows it.
// join must not block.
func (d *Desk) Join(ctx context.Context, a staff.Agent, join func(protocol.OpenedSession)) error {
	return d.wait(ctx, func(l *loop) {
		join(l.snapshot(a, false))
		l.traces.snapshot(a.Login)
		l.pbxs.sendOutages(a.Login)
		l.news.send(a.Login)
	})
}

// Presented returns, by PBX, the forms in which a number is presented in known calls. key is
// phone.Number.Key.
func (d *Desk) Presented(ctx context.Context, key string) (map[string][]string, error) {
	forms := map[string][]string{}
	if err := d.wait(ctx, func(l *loop) {
		for _, c := range l.calls {
			if c.parsed.Key() == key {
				forms[c.PBX] = append(forms[c.PBX], c.Number)
			}
		}
	}); err != nil {
		return nil, err
	}
	return forms, nil
}

// BlockChanged shows a block on the calls with its number, and notifies all agents but except, who
// gets the answer to the command.
func (d *Desk) BlockChanged(ctx context.Context, b blocking.Block, except string) {
	d.later(ctx, func(l *loop) {
		for _, c := range l.calls {
			if c.parsed.Key() == b.Number {
				c.caller.Blocked, c.blockChanged = b.Seen(), true
				l.show(c)
			}
		}
		others := slices.DeleteFunc(l.everyone(), func(login string) bool { return login == except })
		l.notify(others, protocol.Notification, protocol.CallerBlocked, b.Told())
	})
}

// PopupShown notes that a call's popup is on the agent's screen, or why it is not.
func (d *Desk) PopupShown(ctx context.Context, a staff.Agent, call string, hidden protocol.Hidden) error {
	known := false
	err := d.wait(ctx, func(l *loop) {
		if c := l.calls[call]; c != nil {
			if _, known = c.seenBy[a.Login]; known {
				l.traces.popup(c, a.Login, hidden)
			}
		}
	})
	switch {
	case err != nil:
		return err
	case !known:
		return fail.New(fail.NotFound, "There is no such call of yours.")
	case hidden != "":
		d.log.Info("popup not shown", "call", call, "agent", a.Login, "why", hidden)
	default:
		d.counters.shown.Add(1)
		d.log.Info("popup shown", "call", call, "agent", a.Login)
	}
	return nil
}
