package desk

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"traybell/shared/protocol"
)

const (
	seenEvery = 15 * time.Second // how often it is noted that calls live
	// a call that begins to ring is shown first; what it does next goes into the same write
	recordPause = 25 * time.Millisecond
	recordRetry = 2 * time.Second // after the database or the file refused
	forgetEvery = time.Hour
	orphanTime  = 24 * time.Hour  // a call whose PBX does not come back is closed after this
	closingTime = 5 * time.Second // for what is to be kept when the hub stops
)

// recorder keeps the records of calls. The desk's loop hands it what is new and does not wait; its
// own goroutine, run, owns kept and writes.
type recorder struct {
	RecordRules
	records Records
	pbxs    []string
	log     *slog.Logger
	now     func() time.Time
	wake    chan struct{}

	mu      sync.Mutex        // guards what follows: what the loop has handed over
	inbox   map[string]notice // by call; one that was not taken yet is replaced
	synced  map[string]bool   // PBXs whose calls are all known now
	working map[string]bool
	next    *Options // new rules; nil: none

	kept    map[string]*entry
	loaded  bool
	owing   bool // final records may be missing in the file
	failing bool // said once
	beat    time.Time
	forgot  time.Time
}

// notice is what is new about a call.
type notice struct {
	record Record
	asked  bool // the help desk is being asked
	drop   bool // the call became part of another
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

func newRecorder(o Options) *recorder {
	return &recorder{
		RecordRules: o.RecordRules, records: o.Records, pbxs: o.PBXs, log: o.Log, now: o.Now,
		wake:  make(chan struct{}, 1),
		inbox: map[string]notice{}, synced: map[string]bool{}, working: map[string]bool{}, kept: map[string]*entry{},
		owing: true,
	}
}

// recording starts the recorder, if there is one, and returns what stops it: to be called when the
// loop has ended, since the loop's last words are kept too.
func (d *Desk) recording(ctx context.Context) (stop func()) {
	if d.records == nil {
		return func() {}
	}
	return beside(ctx, d.records.run)
}

func (r *recorder) put(n notice) {
	r.mu.Lock()
	r.inbox[n.record.CallID] = n
	r.mu.Unlock()
	r.poke()
}

// pbx hears of the state of a connection. One that begins to work has told all its calls before:
// what is not among them has ended.
func (r *recorder) pbx(p protocol.PBX) {
	working := p.State == protocol.PBXWorking
	r.mu.Lock()
	r.working[p.ID] = working
	if working {
		r.synced[p.ID] = true
	}
	r.mu.Unlock()
	r.poke()
}

// follow hands over new rules.
func (r *recorder) follow(o Options) {
	r.mu.Lock()
	r.next = &o
	r.mu.Unlock()
	r.poke()
}

// obey takes new rules.
func (r *recorder) obey() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o := r.next; o != nil {
		r.RecordRules, r.records, r.pbxs, r.next = o.RecordRules, o.Records, o.PBXs, nil
	}
}

func (r *recorder) poke() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run keeps records until ctx ends, and then what was handed over last.
func (r *recorder) run(ctx context.Context) {
	for {
		timer := time.NewTimer(r.turn(ctx))
		select {
		case <-r.wake:
			timer.Reset(recordPause)
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
		case <-timer.C:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingTime)
			defer cancel()
			r.turn(last)
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// turn does all that is to be done now and returns when to look again.
func (r *recorder) turn(ctx context.Context) time.Duration {
	r.obey()
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
		if err := r.records.WriteOut(ctx); err != nil {
			return r.refused(ctx, "the CDR file could not be written; it is made up for as soon as it can be", err)
		}
		r.owing = false
	}
	if r.Retain > 0 && now.Sub(r.forgot) >= forgetEvery {
		r.forgot = now
		deleted, err := r.records.ForgetRecords(ctx, now.Add(-r.Retain))
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

func (r *recorder) refused(ctx context.Context, what string, err error) time.Duration {
	if !r.failing && ctx.Err() == nil {
		r.failing = true
		r.log.Error(what, "error", err)
	}
	return recordRetry
}

// load reads what the hub that ran before has left open, once.
func (r *recorder) load(ctx context.Context) error {
	if r.loaded {
		return nil
	}
	unfinished, err := r.records.UnfinishedRecords(ctx)
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
func (r *recorder) take(now time.Time) {
	r.mu.Lock()
	inbox, synced, working := r.inbox, r.synced, maps.Clone(r.working)
	r.inbox, r.synced = map[string]notice{}, map[string]bool{}
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
		orphan := e.State == RecordOpen && !e.live && (synced[e.PBX] || !slices.Contains(r.pbxs, e.PBX) ||
			now.Sub(e.Seen) > orphanTime)
		if orphan {
			e.closeUnseen()
			r.log.Info("a call ended while the hub was away", "call", e.CallID, "last_seen", e.Seen)
		}
		if beat && e.State == RecordOpen && e.live && working[e.PBX] {
			e.Seen, e.changed = now, true
		}
		if due, ended := r.due(e); ended && !now.Before(due) {
			e.State, e.changed = RecordFinal, true
		}
	}
}

// hear takes what is new about a call. What the hub before this one knew of it is better than what
// this one found when it came.
func (e *entry) hear(n notice) {
	old, fresh := e.Record, n.record
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
	e.asked, e.live = n.asked, true
	compared := fresh
	compared.Seen = old.Seen // that it lives is written with the next beat
	if compared != old || n.drop {
		e.Record, e.drop, e.changed = fresh, n.drop, true
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
	e.State, e.EndUnseen, e.changed = RecordEnded, true, true
	e.Ended = e.Started
	for _, t := range []time.Time{e.Answered, e.Seen} {
		if t.After(e.Ended) {
			e.Ended = t
		}
	}
	e.Missed = e.Answered.IsZero()
}

// due is when an ended call's record becomes final: at once where it has its ticket.
func (r *recorder) due(e *entry) (due time.Time, ended bool) {
	switch {
	case e.State != RecordEnded:
		return time.Time{}, false
	case e.Ticket != "":
		return e.Ended, true
	case e.asked:
		return e.Ended.Add(r.Grace + helpDeskTime), true
	}
	return e.Ended.Add(r.Grace), true
}

// save writes what has changed, and lets go of what is final.
func (r *recorder) save(ctx context.Context) error {
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
	if err := r.records.KeepRecords(ctx, records, dropped); err != nil {
		return err
	}
	for id, e := range r.kept {
		e.changed = false
		if e.State == RecordFinal {
			r.owing = true
		}
		if e.State == RecordFinal || e.drop {
			delete(r.kept, id)
		}
	}
	return nil
}

// pause is how long nothing will have to be done unless something is handed over.
func (r *recorder) pause(now time.Time) time.Duration {
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
	return max(0, next.Sub(now))
}
