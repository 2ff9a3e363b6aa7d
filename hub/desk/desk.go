// Package desk owns the live calls: the agents who see them, what is known about the caller, and
// the tickets that agents ask for.
//
// The goroutine of Run owns the state: the unexported type loop and its parts (parties, presses,
// …); parts that know no calls are packages below internal. Other goroutines hold a Desk, which
// cannot reach the loop but queues functions for it. What may take time (directories, the store,
// the help desk) runs in the background as methods of Desk and in ticketing, reads the rules as an
// immutable snapshot, and queues its result.
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
	"traybell/hub/callcontrol/offer"
	"traybell/hub/caller"
	"traybell/hub/calls"
	"traybell/hub/cdr"
	"traybell/hub/desk/internal/arrived"
	"traybell/hub/desk/internal/lookup"
	"traybell/hub/desk/internal/turns"
	"traybell/hub/fail"
	"traybell/hub/happened"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/rules"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/hub/tickets"
	"traybell/hub/trace"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Options are the settings and dependencies of a desk.
type Options struct {
	Rules      *Rules
	Directory  caller.Directory // called in the background
	HelpDesk   helpdesk.Desks
	Categories CategoryStore
	Tickets    tickets.Store
	Jobs       *jobs.Runner  // makes the tickets
	Patience   time.Duration // how long an agent waits for a ticket; 0: 5 s
	Blocks     Blocks        // nil: callers cannot be blocked
	// Facts says what a PBX and the phone of an extension can do with calls. It does not block. nil:
	// agents do nothing with calls.
	Facts     func(pbx, call, extension string) offer.Facts
	Traces    trace.Store    // nil: no traces are kept
	Untracked tracking.Store // nil: untracked numbers are not counted
	// Recording returns a link to the recordings of a call; nil: there are none
	Recording func(ctx context.Context, callID string) string
	// Hide hides the number of a call from agents for a rule, before they see the call; nil: no rule does
	Hide func(c calls.Call, rule string)
	// Ask asks the URL of a rule about a call, in the background; nil: they are not asked
	Ask        func(ctx context.Context, of rules.Rule, pbx string, call protocol.Call) rules.Answer
	TicketMade func(time.Duration) // gets the time from a press to its ticket; nil: not measured
	Listener   happened.Listener   // nil: what happens is not reported
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

// Blocks looks up blocked numbers. It is called in the background.
type Blocks interface {
	caller.Blocks
	// Connected is called when a PBX starts to work.
	Connected(ctx context.Context, pbx string)
}

const (
	resumeTime  = 30 * time.Second // for reading what an earlier hub left
	queueLength = 4096
)

// Desk queues commands for the loop. Make it with New. All methods may be called from any
// goroutine. Those that return an error fail with *fail.Error when the desk is stopping.
type Desk struct {
	opts   Options
	log    *slog.Logger
	now    func() time.Time
	rules  atomic.Pointer[Rules]
	queue  turns.Queue[*loop]
	newest arrived.Newest
	work   sync.WaitGroup // what runs in the background

	lookups   lookup.Desk
	tickets   *ticketing.Tickets
	notes     *ticketing.Notes
	talks     *tickets.TalkTimes
	traces    *trace.Writer           // nil: no traces are kept
	records   *cdr.Recorder           // nil: no CDR is kept
	untracked *tracking.Counter       // nil: they are not counted
	writers   []func(context.Context) // run as long as the loop
	counters  counters
	longest   *turns.Longest // turn of the loop
	reports   happened.Reporter

	reading    turns.Slots // for reads of open tickets
	recalling  turns.Slots // for reads of a party's last call
	categories sync.Mutex  // held while a category is saved and sent, so that both have one order
}

// New returns a desk that Run starts.
func New(o Options) (*Desk, error) {
	if err := o.Rules.Check(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Patience = cmp.Or(o.Patience, 5*time.Second)
	d := &Desk{
		opts: o, log: o.Log, now: o.Now, queue: turns.NewQueue[*loop](queueLength, errStopping),
		reading: make(turns.Slots, 4), recalling: make(turns.Slots, 4),
	}
	d.longest = &turns.Longest{}
	d.reports = happened.Reporter{To: o.Listener, Staff: d.Staff}
	d.tickets, d.notes = ticketing.New(ticketing.Options{
		Store: o.Tickets, HelpDesk: o.HelpDesk, Jobs: o.Jobs, Patience: o.Patience, Stopped: d.queue.Stopped(),
		Staff: d.Staff, Made: o.TicketMade, Log: o.Log, Now: o.Now,
	}, ticketDesk{d})
	d.talks = tickets.NewTalkTimes(o.Tickets, o.HelpDesk, o.Jobs, o.Log)
	d.talks.Recording = o.Recording
	d.rules.Store(o.Rules)
	if o.Traces != nil {
		d.traces = trace.NewWriter(o.Traces, o.Log, o.Now)
		d.writers = append(d.writers, d.traces.Run)
	}
	d.lookups = lookup.Desk{
		Callers: caller.Lookup{Directory: o.Directory, Categories: o.Categories, Blocks: o.Blocks, Log: o.Log},
		Numbers: func() *phone.Reader { return d.Rules().Numbers }, Traces: d.traces, Work: &d.work, Log: o.Log,
		Now: o.Now,
	}
	if o.Rules.Records != nil {
		d.records = cdr.NewRecorder(o.Rules.Records, o.Rules.CDR, o.Rules.PBXs, o.Log, o.Now)
		d.records.Unseen = func(r cdr.Record) {
			if r.EndUnseen {
				d.traces.Step(r.CallID, trace.EndUnseen(r.Ended, !r.Answered.IsZero()))
			}
			d.reports.Unseen(r)
		}
		d.records.Merged = func(m cdr.Merge) {
			d.later(context.Background(), func(l *loop) { l.presses.merged(m) })
		}
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
	defer d.queue.Stop()
	return newLoop(ctx, d, t).run()
}

// later queues f from the background. Only a stopping hub refuses it.
func (d *Desk) later(ctx context.Context, f func(*loop)) { _ = d.queue.Do(ctx, f) }

// wait runs f on the loop and returns when it is done. After an error f has not run and will not.
func (d *Desk) wait(ctx context.Context, f func(*loop)) error { return d.queue.Wait(ctx, f) }

var errStopping = fail.New(protocol.HubBusy, "")

// Change takes a call's new state from a PBX. It drops a state that is not newer than the known
// one. One that the loop has not taken yet is replaced by the next if nothing is lost by that: a ring
// group of twenty is one change then.
func (d *Desk) Change(ctx context.Context, c calls.Change) error {
	if d.newest.Replace(c) {
		return nil
	}
	take := d.newest.Add(c)
	return d.queue.Do(ctx, func(l *loop) { l.change(take()) })
}

// PBX takes the state of the connection to a PBX.
func (d *Desk) PBX(ctx context.Context, p protocol.PBX) error {
	d.newest.Close()
	return d.queue.Do(ctx, func(l *loop) { l.pbxChanged(p) })
}

// Join runs join on the loop with a snapshot for the agent, so that every later change follows it.
// join must not block, and may keep the snapshot.
func (d *Desk) Join(ctx context.Context, a staff.Agent, join func(protocol.OpenedSession)) error {
	return d.wait(ctx, func(l *loop) {
		join(l.snapshot(a, false))
		l.traces.snapshot(a.Login)
		for _, p := range l.pbxs.Down() {
			l.notify([]string{a.Login}, protocol.Warning, protocol.PBXDown, p)
		}
		l.news.SignedIn(a.Login)
	})
}

// Presented returns, by PBX, the forms in which a number is presented in known incoming calls, or
// else in the last recorded call. key is phone.Number.Key.
func (d *Desk) Presented(ctx context.Context, key string) (map[string][]string, error) {
	forms := map[string][]string{}
	if err := d.wait(ctx, func(l *loop) {
		for _, c := range l.parties.with(key) {
			if c.Direction == protocol.Incoming && !slices.Contains(forms[c.PBX], c.Number) {
				forms[c.PBX] = append(forms[c.PBX], c.Number)
			}
		}
	}); err != nil {
		return nil, err
	}
	records := d.Rules().Records
	if len(forms) > 0 || records == nil {
		return forms, nil
	}
	r, ok, err := records.PreviousRecord(ctx, key, d.now(), "")
	if ok && r.Direction == protocol.Incoming && r.CID != "" {
		forms[r.PBX] = []string{r.CID}
	}
	return forms, err
}

// BlockChanged shows a block on the calls with its number, and notifies all agents but except, who
// gets the answer to the command.
func (d *Desk) BlockChanged(ctx context.Context, b blocking.Block, except string) {
	d.later(ctx, func(l *loop) {
		l.each(l.parties.with(b.Number), func(c *call) {
			if c.parsed.Key() == b.Number {
				c.caller.Blocked, c.blockChanged = b.Seen(), true
				rulings{l}.renew(c)
			}
		})
		others := slices.DeleteFunc(l.rules.Staff.Logins(), func(login string) bool { return login == except })
		l.notify(others, protocol.Notification, protocol.CallerBlocked, b.Told())
	})
}

// PopupShown notes that a call's popup is on the agent's screen, or why it is not.
func (d *Desk) PopupShown(ctx context.Context, a staff.Agent, report protocol.ShownCall) error {
	call, hidden, known, test := report.Call, report.Hidden, false, false
	err := d.wait(ctx, func(l *loop) {
		if c := l.calls[call]; c != nil {
			test = c.TestFor != ""
			if _, known = c.seenBy[a.Login]; known {
				l.traces.popup(c, a.Login, report)
			}
		}
	})
	switch {
	case err != nil:
		return err
	case !known:
		return fail.New(protocol.CallUnknown, "")
	case hidden != "":
		d.log.Info("popup not shown", "call", call, "agent", a.Login, "why", hidden)
	default:
		if !test {
			d.counters.shown.Add(1)
		}
		d.log.Info("popup shown", "call", call, "agent", a.Login)
	}
	return nil
}

// FollowTrace returns the steps of a call's trace from now on; those that are not read in time are
// lost. stop ends it.
func (d *Desk) FollowTrace(call string) (steps <-chan trace.Step, stop func()) {
	return d.traces.Follow(call)
}
