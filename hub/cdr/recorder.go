package cdr

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"traybell/hub/batch"
)

const (
	seenEvery = 15 * time.Second // how often it is noted that calls live
	// a call that begins to ring is shown first; what it does next goes into the same write
	writePause  = 25 * time.Millisecond
	retryPause  = 2 * time.Second // after the database or the file refused
	forgetEvery = time.Hour
	ticketTime  = 30 * time.Second // for a ticket that is being made, beyond the grace
	orphanTime  = 24 * time.Hour   // a call whose PBX does not come back is closed after this
)

// Recorder keeps the records of calls. The desk's loop hands it what is new and does not wait; the
// goroutine of Run owns kept and writes.
type Recorder struct {
	Rules
	store Store
	pbxs  []string
	log   *slog.Logger
	now   func() time.Time
	loop  *batch.Loop

	mu      sync.Mutex        // guards what follows: what was handed over
	inbox   map[string]Notice // by call; one that was not taken yet is replaced
	synced  map[string]bool   // PBXs all of whose calls are known now
	working map[string]bool
	next    *newRules // nil: none

	kept    map[string]*entry
	loaded  bool
	owing   bool // final records may be missing in the file
	failing bool // logged once
	beat    time.Time
	forgot  time.Time
}

type newRules struct {
	store Store
	rules Rules
	pbxs  []string
}

// Notice is what is new about a call.
type Notice struct {
	Record Record
	Asked  bool // a ticket is being made
	Drop   bool // the call became part of another
}

// entry is a record that is not final.
type entry struct {
	Record
	asked   bool
	drop    bool
	changed bool
	before  bool // it was begun by the hub that ran before this one
	live    bool // this hub has heard of the call
}

// NewRecorder makes a recorder; Run starts it. pbxs are the ids of the PBXs that are connected: an
// open record of another PBX is closed.
func NewRecorder(store Store, rules Rules, pbxs []string, log *slog.Logger, now func() time.Time) *Recorder {
	return &Recorder{
		Rules: rules, store: store, pbxs: pbxs, log: log, now: now, loop: batch.New(writePause),
		inbox: map[string]Notice{}, synced: map[string]bool{}, working: map[string]bool{}, kept: map[string]*entry{},
		owing: true,
	}
}

// Put takes what is new about a call. Like SetPBX and SetRules it does not block and may be called
// from any goroutine.
func (r *Recorder) Put(n Notice) {
	r.mu.Lock()
	r.inbox[n.Record.CallID] = n
	r.mu.Unlock()
	r.loop.Wake()
}

// SetPBX takes the state of a connection. A PBX that starts to work has reported all its calls
// before: an open record that is not among them has ended.
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
		r.owing = true // the new store may have a file that the old one did not have
	}
}

// Run keeps records until ctx ends, and then what was handed over last.
func (r *Recorder) Run(ctx context.Context) { r.loop.Run(ctx, r.turn) }

// turn does all that is to be done now and returns when to look again.
func (r *Recorder) turn(ctx context.Context) time.Duration {
	r.takeRules()
	if err := r.load(ctx); err != nil {
		return r.refused(ctx, "the records of calls could not be read", err)
	}
	now := r.now()
	r.take(now)
	if err := r.save(ctx); err != nil {
		return r.refused(ctx, "records of calls could not be kept; they are kept as soon as the database takes them",
			err)
	}
	if r.owing {
		if err := r.store.WriteOut(ctx); err != nil {
			return r.refused(ctx, "the CDR file could not be written; it is made up for as soon as it can be", err)
		}
		r.owing = false
	}
	if r.Retain > 0 && now.Sub(r.forgot) >= forgetEvery {
		r.forgot = now
		deleted, err := r.store.ForgetRecords(ctx, now.Add(-r.Retain))
		if err != nil {
			return r.refused(ctx, "old records of calls could not be deleted", err)
		}
		if deleted > 0 {
			r.log.Info("old records of calls were deleted", "records", deleted, "older_than", r.Retain)
		}
	}
	if r.failing {
		r.failing = false
		r.log.Info("records of calls are kept again")
	}
	return r.pause(now)
}

func (r *Recorder) refused(ctx context.Context, what string, err error) time.Duration {
	if !r.failing && ctx.Err() == nil {
		r.failing = true
		r.log.Error(what, "error", err)
	}
	return retryPause
}

// load reads what the hub that ran before has left open, once.
func (r *Recorder) load(ctx context.Context) error {
	if r.loaded {
		return nil
	}
	unfinished, err := r.store.UnfinishedRecords(ctx)
	if err != nil {
		return err
	}
	for _, record := range unfinished {
		r.kept[record.CallID] = &entry{Record: record, before: true}
	}
	r.loaded = true
	return nil
}

// take brings kept up to date with what was handed over, and with the time.
func (r *Recorder) take(now time.Time) {
	r.mu.Lock()
	inbox, synced, working := r.inbox, r.synced, maps.Clone(r.working)
	r.inbox, r.synced = map[string]Notice{}, map[string]bool{}
	r.mu.Unlock()

	for id, n := range inbox {
		e, known := r.kept[id]
		if !known {
			e = &entry{changed: true}
			r.kept[id] = e
		}
		e.hear(n)
	}
	beat := now.Sub(r.beat) >= seenEvery
	if beat {
		r.beat = now
	}
	for _, e := range r.kept {
		orphan := e.State == Open && !e.live && (synced[e.PBX] || !slices.Contains(r.pbxs, e.PBX) ||
			now.Sub(e.Seen) > orphanTime)
		if orphan {
			e.closeUnseen()
			r.log.Info("a call ended while the hub was away", "call", e.CallID, "last_seen", e.Seen)
		}
		if beat && e.State == Open && e.live && working[e.PBX] {
			e.Seen, e.changed = now, true
		}
		if due, ended := r.due(e); ended && !now.Before(due) {
			e.State, e.changed = Final, true
		}
	}
}

// hear takes what is new about a call. What the hub before this one knew of it is better than what
// this one found when it came.
func (e *entry) hear(n Notice) {
	old, fresh := e.Record, n.Record
	if !old.Started.IsZero() {
		fresh.Started = old.Started
	}
	if e.before {
		fresh.Direction = old.Direction
		fresh.Number, fresh.E164 = either(old.Number, old.E164, fresh.Number, fresh.E164)
		fresh.Name, _ = either(old.Name, "", fresh.Name, "")
		fresh.DID, _ = either(old.DID, "", fresh.DID, "")
		if !old.Answered.IsZero() {
			fresh.Answered, fresh.Rang, fresh.Missed = old.Answered, old.Rang, false
			fresh.Extension, fresh.Agent = either(old.Extension, old.Agent, fresh.Extension, fresh.Agent)
		}
		fresh.Rang = max(fresh.Rang, old.Rang)
	}
	if fresh.Customer == "" {
		fresh.Company = old.Company
	}
	fresh.Customer, fresh.CustomerName = either(fresh.Customer, fresh.CustomerName, old.Customer, old.CustomerName)
	fresh.Ticket, fresh.TicketURL = either(fresh.Ticket, fresh.TicketURL, old.Ticket, old.TicketURL)
	e.asked, e.live = n.Asked, true
	compared := fresh
	compared.Seen = old.Seen // that it lives is written with the next beat
	if compared != old || n.Drop {
		e.Record, e.drop, e.changed = fresh, n.Drop, true
	}
}

// either is the first pair unless it begins with nothing.
func either(a, a2, b, b2 string) (first, second string) {
	if a != "" {
		return a, a2
	}
	return b, b2
}

func (e *entry) closeUnseen() {
	e.State, e.EndUnseen, e.changed = Ended, true, true
	e.Ended = e.Started
	for _, t := range []time.Time{e.Answered, e.Seen} {
		if t.After(e.Ended) {
			e.Ended = t
		}
	}
	e.Missed = e.Answered.IsZero()
}

// due is when an ended call's record becomes final: at once where it has its ticket.
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

// save writes what has changed, and lets go of what is final.
func (r *Recorder) save(ctx context.Context) error {
	var records []Record
	var dropped []string
	for id, e := range r.kept {
		switch {
		case e.drop:
			dropped = append(dropped, id)
		case e.changed:
			records = append(records, e.Record)
		}
	}
	if len(records)+len(dropped) == 0 {
		return nil
	}
	slices.SortFunc(records, func(a, b Record) int { return a.Started.Compare(b.Started) })
	if err := r.store.KeepRecords(ctx, records, dropped); err != nil {
		return err
	}
	for id, e := range r.kept {
		e.changed = false
		if e.State == Final {
			r.owing = true
		}
		if e.State == Final || e.drop {
			delete(r.kept, id)
		}
	}
	return nil
}

// pause is how long nothing will have to be done unless something is handed over.
func (r *Recorder) pause(now time.Time) time.Duration {
	next := now.Add(forgetEvery)
	for _, e := range r.kept {
		at := r.beat.Add(seenEvery)
		if due, ended := r.due(e); ended {
			at = due
		}
		if at.Before(next) {
			next = at
		}
	}
	return max(time.Nanosecond, next.Sub(now))
}
