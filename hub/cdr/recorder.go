package cdr

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"traybell/hub/batch"
)

const (
	seenEvery = 15 * time.Second // how often Seen of calls in progress is updated
	// collects the first events of a call in one write, and lets the desk show it before
	writePause  = 25 * time.Millisecond
	retryPause  = 2 * time.Second // after an error of the database or the file
	forgetEvery = time.Hour
	ticketTime  = 30 * time.Second // added to the grace period while a ticket is being made
	orphanTime  = 24 * time.Hour   // a call whose PBX stays away is closed after this time
)

// Recorder keeps the records of calls. The goroutine of Run owns the fields from unfinished on.
type Recorder struct {
	Rules
	store Store
	pbxs  []string
	log   *slog.Logger
	now   func() time.Time
	loop  *batch.Loop

	mu      sync.Mutex        // guards the fields up to next
	inbox   map[string]Notice // by call; the last one counts
	synced  map[string]bool   // PBXs that have reported all their calls
	working map[string]bool
	next    *newRules // nil: no reload

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
	Record Record
	Asked  bool // a ticket is being made
	Drop   bool // the call was merged into another
}

// entry is a record that is not final.
type entry struct {
	Record
	asked    bool
	drop     bool
	changed  bool
	previous bool // created by the previous run of the hub
	live     bool // seen by this run
}

// NewRecorder returns a recorder; Run starts it. pbxs are the ids of the configured PBXs: open
// records of others are closed.
func NewRecorder(store Store, rules Rules, pbxs []string, log *slog.Logger, now func() time.Time) *Recorder {
	return &Recorder{
		Rules: rules, store: store, pbxs: pbxs, log: log, now: now, loop: batch.New(writePause),
		inbox: map[string]Notice{}, synced: map[string]bool{}, working: map[string]bool{},
		unfinished: map[string]*entry{},
		fileBehind: true,
	}
}

// Put takes the new state of a call. Like SetPBX and SetRules it does not block and may be called
// from any goroutine.
func (r *Recorder) Put(n Notice) {
	r.mu.Lock()
	r.inbox[n.Record.CallID] = n
	r.mu.Unlock()
	r.loop.Wake()
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
func (r *Recorder) Run(ctx context.Context) { r.loop.Run(ctx, r.turn) }

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
	if err != nil {
		return err
	}
	for _, record := range records {
		r.unfinished[record.CallID] = &entry{Record: record, previous: true}
	}
	r.loaded = true
	return nil
}

// take applies the notices, the states of the PBXs and the time.
func (r *Recorder) take(now time.Time) {
	r.mu.Lock()
	inbox, synced, working := r.inbox, r.synced, maps.Clone(r.working)
	r.inbox, r.synced = map[string]Notice{}, map[string]bool{}
	r.mu.Unlock()

	for id, n := range inbox {
		e, known := r.unfinished[id]
		if !known {
			e = &entry{changed: true}
			r.unfinished[id] = e
		}
		e.apply(n)
	}
	updateSeen := now.Sub(r.lastSeen) >= seenEvery
	if updateSeen {
		r.lastSeen = now
	}
	for _, e := range r.unfinished {
		orphan := e.State == Open && !e.live && (synced[e.PBX] || !slices.Contains(r.pbxs, e.PBX) ||
			now.Sub(e.Seen) > orphanTime)
		if orphan {
			e.closeUnseen()
			r.log.Info("call ended while the hub was away", "call", e.CallID, "last_seen", e.Seen)
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
		fresh.Direction = old.Direction
		if old.Number != "" {
			fresh.Number, fresh.E164 = old.Number, old.E164
		}
		fresh.Name, fresh.DID = cmp.Or(old.Name, fresh.Name), cmp.Or(old.DID, fresh.DID)
		fresh.Exten, fresh.CID = cmp.Or(old.Exten, fresh.Exten), cmp.Or(old.CID, fresh.CID)
		if !old.Answered.IsZero() {
			fresh.Answered, fresh.Rang, fresh.Missed = old.Answered, old.Rang, false
			fresh.AnsweredBy = cmp.Or(old.AnsweredBy, fresh.AnsweredBy)
			if old.Extension != "" {
				fresh.Extension, fresh.Agent = old.Extension, old.Agent
			}
		}
		fresh.Rang = max(fresh.Rang, old.Rang)
	}
	if fresh.Customer == "" {
		fresh.Customer, fresh.CustomerName, fresh.Company = old.Customer, old.CustomerName, old.Company
	}
	if fresh.Ticket == "" {
		fresh.Ticket, fresh.TicketURL = old.Ticket, old.TicketURL
	}
	e.asked, e.live = n.Asked, true
	compared := fresh
	compared.Seen = old.Seen // Seen alone is saved every seenEvery
	if compared != old || n.Drop {
		e.Record, e.drop, e.changed = fresh, n.Drop, true
	}
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

// save writes the changed records and forgets the final ones.
func (r *Recorder) save(ctx context.Context) error {
	var records []Record
	var dropped []string
	for id, e := range r.unfinished {
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
	for id, e := range r.unfinished {
		e.changed = false
		if e.State == Final {
			r.fileBehind = true
		}
		if e.State == Final || e.drop {
			delete(r.unfinished, id)
		}
	}
	return nil
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
