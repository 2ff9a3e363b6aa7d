package cdr

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"traybell/hub/batch"
	"traybell/shared/protocol"
)

const (
	seenEvery = 15 * time.Second // how often Seen of calls in progress is updated
	// collects the first events of a call in one write, and lets the desk show it before
	writePause  = 25 * time.Millisecond
	writesApart = 250 * time.Millisecond // many calls share a write; the journal has what waits for it
	retryPause  = 2 * time.Second        // after an error of the database or the file
	forgetEvery = time.Hour
	ticketTime  = 30 * time.Second // added to the grace period while a ticket is being made
	orphanTime  = 24 * time.Hour   // a call whose PBX stays away is closed after this time
)

// Recorder keeps the records of calls. The goroutine of Run owns the fields from unfinished on.
type Recorder struct {
	Rules
	// Unseen is called on the goroutine of Run for a call that ended while the hub was stopped, or
	// in the moment before it was killed.
	Unseen func(Record)
	// Merged is called there for a call that was merged then.
	Merged func(Merge)

	store Store
	pbxs  []string
	log   *slog.Logger
	now   func() time.Time
	loop  *batch.Loop

	mu      sync.Mutex        // guards the fields up to left
	inbox   map[string]Notice // by call; the last one counts
	synced  map[string]bool   // PBXs that have reported all their calls
	working map[string]bool
	earlier map[string]bool // calls of previous runs that are not final; nil until they are read
	journal *journal
	next    *newRules // nil: no reload
	left    int       // records that the last write has not written

	unfinished map[string]*entry // by call
	loaded     bool
	fileBehind bool // final records may be missing in the file
	failing    bool // the error was logged
	lastSeen   time.Time
	lastForgot time.Time
}

type newRules struct {
	store Store
	rules Rules
	pbxs  []string
}

// Notice is the new state of a call.
type Notice struct {
	Record

	Asked bool   // a ticket is being made
	Into  string // the call that it was merged into, if it was

	first string // Channels of the first notice in the inbox
}

// entry is a record that is not final.
type entry struct {
	Record
	asked    bool
	into     string // the call that it was merged into, if it was
	found    bool   // to have been merged; the desk does not know
	changed  bool
	previous bool   // created by the previous run of the hub
	live     bool   // seen by this run
	first    string // Channels when this run saw it first
}

// NewRecorder returns a recorder; Run starts it. pbxs are the ids of the configured PBXs: open
// records of others are closed.
func NewRecorder(store Store, rules Rules, pbxs []string, log *slog.Logger, now func() time.Time) *Recorder {
	return &Recorder{
		Rules: rules, Unseen: func(Record) {}, Merged: func(Merge) {},
		journal: newJournal(rules.Journal), store: store, pbxs: pbxs, log: log, now: now,
		loop:  batch.New(writePause).Apart(writesApart),
		inbox: map[string]Notice{}, synced: map[string]bool{}, working: map[string]bool{},
		unfinished: map[string]*entry{},
		fileBehind: true,
	}
}

// Put takes the new state of a call, and writes it to the journal. Like SetPBX and SetRules it does
// not wait for the database and may be called from any goroutine.
func (r *Recorder) Put(n Notice) {
	n.bound()
	n.first = n.Channels
	r.mu.Lock()
	if before, waits := r.inbox[n.CallID]; waits {
		n.first = before.first
	}
	r.inbox[n.CallID] = n
	if n.State == Open && !r.working[n.PBX] {
		n.Seen = time.Time{} // as take: the PBX says nothing about it
	}
	err := r.journal.append(n, r.earlier == nil || r.earlier[n.CallID])
	r.mu.Unlock()
	if err != nil {
		r.log.Error("cannot write down what happens to calls; a hub that is killed now would lose it", "error", err)
	}
	r.loop.Wake()
}

// Waiting returns how many states of calls are not written.
func (r *Recorder) Waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.inbox) + r.left
}

// SetPBX takes the state of a connection. A PBX that starts to work has reported all its calls: any
// other open record has ended.
func (r *Recorder) SetPBX(id string, working bool) {
	r.mu.Lock()
	r.working[id] = working
	if working {
		r.synced[id] = true
	}
	r.mu.Unlock()
	r.loop.Wake()
}

// SetRules replaces the store, the rules and the PBXs, for a reload. The new store has the same
// records; what changes is its file.
func (r *Recorder) SetRules(store Store, rules Rules, pbxs []string) {
	r.mu.Lock()
	r.next = &newRules{store, rules, pbxs}
	r.mu.Unlock()
	r.loop.Wake()
}

func (r *Recorder) takeRules() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := r.next; n != nil {
		r.store, r.Rules, r.pbxs, r.next = n.store, n.rules, n.pbxs, nil
		r.fileBehind = true // the new store may have a file that the old one did not have
	}
}

// Run keeps records until ctx ends, and then saves what is left.
func (r *Recorder) Run(ctx context.Context) {
	defer r.journal.close()
	r.loop.Run(ctx, r.turn)
}

// turn does everything that is due and returns the time until the next turn.
func (r *Recorder) turn(ctx context.Context) time.Duration {
	r.takeRules()
	if err := r.load(ctx); err != nil {
		return r.failed(ctx, "cannot read call records", err)
	}
	now := r.now()
	r.take(now)
	if err := r.save(ctx); err != nil {
		return r.failed(ctx, "cannot save call records, retrying", err)
	}
	if r.fileBehind {
		if err := r.store.WriteOut(ctx); err != nil {
			return r.failed(ctx, "cannot write CDR file, retrying", err)
		}
		r.fileBehind = false
	}
	if r.Retain > 0 && now.Sub(r.lastForgot) >= forgetEvery {
		r.lastForgot = now
		deleted, err := r.store.ForgetRecords(ctx, now.Add(-r.Retain))
		if err != nil {
			return r.failed(ctx, "cannot delete old call records", err)
		}
		if deleted > 0 {
			r.log.Info("old call records deleted", "records", deleted, "older_than", r.Retain)
		}
	}
	if r.failing {
		r.failing = false
		r.log.Info("call records are saved again")
	}
	return r.pause(now)
}

func (r *Recorder) failed(ctx context.Context, what string, err error) time.Duration {
	if !r.failing && ctx.Err() == nil {
		r.failing = true
		r.log.Error(what, "error", err)
	}
	return retryPause
}

// load reads, once, the unfinished records of the previous run.
func (r *Recorder) load(ctx context.Context) error {
	if r.loaded {
		return nil
	}
	records, err := r.store.UnfinishedRecords(ctx)
	var some *batch.RefusedError
	switch {
	case errors.As(err, &some):
		r.log.Error("cannot read some call records, leaving them out", "error", err)
	case err != nil:
		return err
	}
	for _, record := range records {
		r.unfinished[record.CallID] = &entry{Record: record, previous: true}
	}
	r.mu.Lock()
	lines, err := r.journal.read()
	r.mu.Unlock()
	if err != nil {
		r.log.Error("what happened to calls when the hub was killed may be missing", "error", err)
	}
	for _, l := range lines {
		r.replay(l)
	}
	earlier := map[string]bool{}
	for id, e := range r.unfinished {
		earlier[id] = true
		if e.found = e.into != ""; e.changed && !e.found && e.State != Open {
			r.Unseen(e.Record) // the previous run may not have reported it
		}
	}
	r.mu.Lock()
	r.earlier = earlier
	r.mu.Unlock()
	r.loaded = true
	return nil
}

// replay applies a state that a previous run wrote to the journal.
func (r *Recorder) replay(l line) {
	e, known := r.unfinished[l.CallID]
	switch {
	case !known:
		e = &entry{}
		r.unfinished[l.CallID] = e
	case e.State != Open && l.State == Open: // it was closed since
		return
	}
	if l.Seen.IsZero() {
		l.Seen = e.Seen
	}
	e.previous = known && l.Earlier
	e.apply(l.Notice)
	e.previous, e.changed = true, true
}

// take applies the notices, the states of the PBXs and the time.
func (r *Recorder) take(now time.Time) {
	r.mu.Lock()
	r.journal.turn()
	inbox, synced, working := r.inbox, r.synced, maps.Clone(r.working)
	r.inbox, r.synced = map[string]Notice{}, map[string]bool{}
	r.mu.Unlock()

	for id, n := range inbox {
		e, known := r.unfinished[id]
		if !known {
			e = &entry{changed: true}
			r.unfinished[id] = e
		}
		if !working[n.PBX] && !e.Seen.IsZero() && n.Ended.IsZero() {
			n.Seen = e.Seen // the PBX says nothing about it
		}
		if !e.live {
			e.live, e.first = true, n.first
		}
		e.apply(n)
	}
	updateSeen := now.Sub(r.lastSeen) >= seenEvery
	if updateSeen {
		r.lastSeen = now
	}
	var seen map[string]*entry
	for _, e := range r.unfinished {
		orphan := e.State == Open && !e.live && (synced[e.PBX] || !slices.Contains(r.pbxs, e.PBX) ||
			now.Sub(e.Seen) > orphanTime)
		if orphan {
			if seen == nil {
				seen = r.byChannel()
			}
			if into := r.merged(e.heir(seen)); into != nil {
				into.absorb(e.Record)
				e.into, e.found = into.CallID, true
				r.log.Info("call was merged while the hub was away", "call", e.CallID, "into", e.into)
				continue
			}
			e.closeUnseen()
			r.log.Info("call ended while the hub was away", "call", e.CallID, "last_seen", e.Seen)
			r.Unseen(e.Record)
		}
		if updateSeen && e.State == Open && e.live && working[e.PBX] {
			e.Seen, e.changed = now, true
		}
		if due, ended := r.due(e); ended && !now.Before(due) {
			e.State, e.changed = Final, true
		}
	}
}

// apply merges a notice into the record. What the previous run knew is preferred: this run may have
// seen only the rest of the call.
func (e *entry) apply(n Notice) {
	old, fresh := e.Record, n.Record
	if !old.Started.IsZero() {
		fresh.Started = old.Started
	}
	if e.previous {
		if fresh.Direction != old.Direction {
			fresh.Direction = old.Direction
			fresh.Missed = !fresh.Ended.IsZero() && fresh.Answered.IsZero() && old.Direction != protocol.Outgoing &&
				!fresh.EndUnseen && !fresh.AnswerUnseen
		}
		if old.Number != "" {
			fresh.Number, fresh.E164 = old.Number, old.E164
		}
		fresh.Name, fresh.DID = cmp.Or(old.Name, fresh.Name), cmp.Or(old.DID, fresh.DID)
		fresh.Exten, fresh.CID = cmp.Or(old.Exten, fresh.Exten), cmp.Or(old.CID, fresh.CID)
		if !old.Answered.IsZero() {
			fresh.Answered, fresh.Rang, fresh.Missed = old.Answered, old.Rang, false
			fresh.AnswerUnseen = old.AnswerUnseen
			fresh.AnsweredBy = cmp.Or(old.AnsweredBy, fresh.AnsweredBy)
			if old.Extension != "" {
				fresh.Extension, fresh.Agent = old.Extension, old.Agent
			}
			fresh.CalleeAgent = cmp.Or(old.CalleeAgent, fresh.CalleeAgent)
		}
		fresh.Rang = max(fresh.Rang, old.Rang)
		fresh.Blocked = cmp.Or(fresh.Blocked, old.Blocked)
	}
	fresh.HiddenBy = cmp.Or(fresh.HiddenBy, old.HiddenBy)
	if !fresh.HasCustomer() {
		fresh.Customer, fresh.CustomerName, fresh.Company = old.Customer, old.CustomerName, old.Company
	}
	if fresh.Ticket == "" {
		fresh.Ticket, fresh.TicketURL = old.Ticket, old.TicketURL
	}
	e.asked = n.Asked
	compared := fresh
	compared.Seen = old.Seen // Seen alone is saved every seenEvery
	if compared != old || n.Into != "" {
		e.Record, e.into, e.changed = fresh, n.Into, true
	}
}

// byChannel returns the calls that this run has seen by the channels that they had then. They may
// have ended since.
func (r *Recorder) byChannel() map[string]*entry {
	all := map[string]*entry{}
	for _, e := range r.unfinished {
		for id := range strings.FieldsSeq(e.first) {
			all[e.PBX+" "+id] = e
		}
	}
	return all
}

// heir returns the call in which this run has seen a channel of this one, which is no longer in
// progress: a transfer merged them. It returns nil if there is none.
func (e *entry) heir(seen map[string]*entry) *entry {
	for id := range strings.FieldsSeq(e.Channels) {
		if of := seen[e.PBX+" "+id]; of != nil {
			return of
		}
	}
	return nil
}

// merged returns what a call became part of: itself, if it was not merged.
func (r *Recorder) merged(e *entry) *entry {
	for range len(r.unfinished) {
		if e == nil || e.into == "" || r.unfinished[e.into] == nil {
			break
		}
		e = r.unfinished[e.into]
	}
	return e
}

// absorb takes over what only the record of a merged call has.
func (e *entry) absorb(r Record) {
	if e.Direction == protocol.Internal && r.Direction != protocol.Internal { // it has the outside party
		old := e.Record
		e.Record = r
		e.CallID, e.State, e.Seen, e.Channels, e.Told = old.CallID, old.State, old.Seen, old.Channels, old.Told
		e.Ended, e.EndUnseen, e.Cause, e.Missed = old.Ended, old.EndUnseen, old.Cause, old.Missed && e.Answered.IsZero()
		r = old
	}
	if !slices.Contains(strings.Split(e.Ticket, ","), r.Ticket) {
		e.Ticket, e.TicketURL = strings.Trim(e.Ticket+","+r.Ticket, ","), cmp.Or(e.TicketURL, r.TicketURL)
	}
	e.previous, e.changed = true, true // this run knows less
}

func (e *entry) closeUnseen() {
	e.State, e.EndUnseen, e.changed = Ended, true, true
	e.Ended = e.Started
	for _, t := range []time.Time{e.Answered, e.Seen} {
		if t.After(e.Ended) {
			e.Ended = t
		}
	}
}

// due returns when the record of an ended call becomes final: at once if it has its ticket.
func (r *Recorder) due(e *entry) (due time.Time, ended bool) {
	switch {
	case e.State != Ended:
		return time.Time{}, false
	case e.Ticket != "":
		return e.Ended, true
	case e.asked:
		return e.Ended.Add(r.Grace + ticketTime), true
	}
	return e.Ended.Add(r.Grace), true
}

// save writes the changed records and forgets the final ones. One that the store refuses is left
// out until it changes.
func (r *Recorder) save(ctx context.Context) error {
	var changed []*entry
	for _, e := range r.unfinished {
		if e.into != "" || e.changed {
			if e.State != Open {
				e.Channels = ""
			}
			changed = append(changed, e)
		}
	}
	slices.SortFunc(changed, func(a, b *entry) int {
		switch {
		case (a.into != "") == (b.into != ""):
			return a.Started.Compare(b.Started)
		case a.into != "": // after the record into which it was merged
			return 1
		}
		return -1
	})
	left, err := batch.Keep(ctx, changed, r.keep, func(e *entry, why error) {
		r.log.Error("call record refused by the database, dropping it", "call", e.CallID, "state", e.State,
			"direction", e.Direction, "number", e.Number, "did", e.DID, "agent", e.Agent, "started", e.Started,
			"answered", e.Answered, "ended", e.Ended, "ticket", e.Ticket, "error", why)
	})
	r.mu.Lock()
	r.left = len(left)
	r.mu.Unlock()
	for _, e := range changed[:len(changed)-len(left)] {
		e.changed = false
		if e.State == Final {
			r.fileBehind = true
		}
		if e.State == Final || e.into != "" {
			delete(r.unfinished, e.CallID)
			r.mu.Lock()
			delete(r.earlier, e.CallID)
			r.mu.Unlock()
		}
		if e.found {
			r.Merged(Merge{e.CallID, e.into})
		}
	}
	if err != nil {
		return err
	}
	if err := r.journal.kept(); err != nil {
		r.log.Error("cannot empty the journal of calls", "error", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.journal.waits() {
		r.loop.Wake() // the next turn empties the other file
	}
	return nil
}

func (r *Recorder) keep(ctx context.Context, changed []*entry) error {
	var records []Record
	var merged []Merge
	for _, e := range changed {
		if e.into != "" {
			merged = append(merged, Merge{e.CallID, e.into})
		} else {
			records = append(records, e.Record)
		}
	}
	return r.store.KeepRecords(ctx, records, merged)
}

// pause returns the time until something is due without a notice.
func (r *Recorder) pause(now time.Time) time.Duration {
	next := now.Add(forgetEvery)
	for _, e := range r.unfinished {
		at := r.lastSeen.Add(seenEvery)
		if due, ended := r.due(e); ended {
			at = due
		}
		if at.Before(next) {
			next = at
		}
	}
	return max(time.Nanosecond, next.Sub(now))
}
