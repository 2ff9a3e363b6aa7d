package cdr

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/batch"
	"traybell/shared/protocol"
)

// picky is a store that refuses some calls, cannot read others, and may be away.
type picky struct {
	Store
	away    error
	refused map[string]bool
	kept    []string
	last    Record // kept
	merged  []Merge
	old     []Record
	unread  error
}

func (p *picky) KeepRecords(_ context.Context, records []Record, merged []Merge) error {
	if p.away != nil {
		return p.away
	}
	for _, r := range records {
		if p.refused[r.CallID] {
			return fmt.Errorf("save: %w", &batch.RefusedError{Err: errors.New("CHECK constraint failed")})
		}
	}
	for _, r := range records {
		p.kept = append(p.kept, r.CallID)
		p.last = r
	}
	p.merged = append(p.merged, merged...)
	return nil
}

func (p *picky) UnfinishedRecords(context.Context) ([]Record, error) { return p.old, p.unread }
func (p *picky) WriteOut(context.Context) error                      { return nil }

func TestRefusedRecordDoesNotTakeOthersWithIt(t *testing.T) {
	store := &picky{
		refused: map[string]bool{"main:3": true}, old: []Record{{CallID: "main:0", PBX: "main", State: Open}},
		unread: &batch.RefusedError{Err: errors.New("call main:9: a time is text")},
	}
	var log strings.Builder
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	r := NewRecorder(store, Rules{}, []string{"main"}, slog.New(slog.NewTextHandler(&log, nil)),
		func() time.Time { return now })
	for i := range 8 {
		n := Notice{Record: Record{
			CallID: fmt.Sprint("main:", i), PBX: "main", State: Open, Direction: protocol.Incoming,
			Started: now.Add(time.Duration(i) * time.Second),
		}}
		if i == 5 {
			n.Into = "main:4"
		}
		r.Put(n)
	}
	store.away = errors.New("locked")
	r.turn(t.Context())
	if len(store.kept) > 0 || !strings.Contains(log.String(), "cannot save call records, retrying") {
		t.Errorf("kept %v\n%s", store.kept, log.String())
	}
	store.away = nil
	r.turn(t.Context())
	if want := []string{"main:0", "main:1", "main:2", "main:4", "main:6", "main:7"}; !slices.Equal(store.kept, want) ||
		!slices.Equal(store.merged, []Merge{{"main:5", "main:4"}}) {
		t.Errorf("kept %v, merged %v", store.kept, store.merged)
	}
	for _, want := range []string{
		"cannot read some call records", "main:9", `msg="call record refused by the database, dropping it" call=main:3`,
		"call records are saved again",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in\n%s", want, log.String())
		}
	}
}

// A customer of a file without logins stays in the record, also if a later notice has none.
func TestRecordKeepsACustomerWithoutLogin(t *testing.T) {
	e := entry{}
	e.apply(Notice{Record: Record{CallID: "main:1", CustomerName: "Ivan Petrov", Company: "Acme"}})
	for _, later := range []Record{{CallID: "main:1"}, {CallID: "main:1", Ticket: "T-1"}} {
		if e.CustomerName != "Ivan Petrov" || e.Company != "Acme" {
			t.Errorf("%+v", e.Record)
		}
		e.apply(Notice{Record: later})
	}
	e.apply(Notice{Record: Record{CallID: "main:1", Customer: "olga", CustomerName: "Olga"}}) // the agent chose her
	if e.Customer != "olga" || e.CustomerName != "Olga" || e.Company != "" {
		t.Errorf("%+v", e.Record)
	}
}

func TestTextsOfRecordsAreBounded(t *testing.T) {
	r := NewRecorder(&picky{}, Rules{}, nil, slog.New(slog.DiscardHandler), time.Now)
	long := strings.Repeat("я", 1<<20)
	r.Put(Notice{Record: Record{CallID: "main:1", Number: long, Name: long, Customer: long, Ticket: "T-1"}})
	got := r.inbox["main:1"].Record
	if len(got.Number)+len(got.Name)+len(got.Customer) > 3*(longestText+50) || got.Ticket != "T-1" {
		t.Errorf("%d, %d, %d bytes", len(got.Number), len(got.Name), len(got.Customer))
	}
}

// kill runs recorders, which die before their database has anything, and returns the next one.
func kill(t *testing.T, store *picky, runs ...[]Notice) *Recorder {
	t.Helper()
	rules := Rules{Journal: filepath.Join(t.TempDir(), "calls.journal"), Grace: time.Hour}
	run := func() *Recorder {
		log, now := slog.New(slog.DiscardHandler), func() time.Time { return noon }
		return NewRecorder(store, rules, []string{"main"}, log, now)
	}
	for _, puts := range runs {
		killed := run()
		if err := killed.load(t.Context()); err != nil {
			t.Fatal(err)
		}
		killed.SetPBX("main", true)
		for _, n := range puts {
			killed.Put(n)
		}
		killed.journal.close()
	}
	next := run()
	t.Cleanup(next.journal.close)
	return next
}

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func call(id, channels string, seen int, more ...func(*Notice)) Notice {
	n := Notice{Record: Record{
		CallID: id, PBX: "main", State: Open, Direction: protocol.Incoming, Started: noon,
		Seen: noon.Add(time.Duration(seen) * time.Second), Channels: channels,
	}}
	for _, m := range more {
		m(&n)
	}
	return n
}

func answered(n *Notice) { n.Answered = noon.Add(2 * time.Second) }

func ended(n *Notice) {
	n.State, n.Ended, n.Channels, n.Seen = Ended, noon.Add(3*time.Second), "", noon.Add(3*time.Second)
}

// The colleague's phone rang within the last moment of a consultation, which was transferred while
// the hub was down. The call ends right after the restart.
func TestKilledHubKnowsTheLastChannels(t *testing.T) {
	store := &picky{old: []Record{call("main:1", "1.1 1.2", 1, answered).Record}}
	r := kill(t, store, []Notice{call("main:2", "2.1", 2), call("main:2", "2.1 2.2", 2)})
	var merged []Merge
	r.Merged = func(m Merge) { merged = append(merged, m) }
	r.Unseen = func(of Record) { t.Errorf("unseen: %+v", of) }
	r.Put(call("main:1", "1.1 2.2", 3))
	r.Put(call("main:1", "1.1", 3))
	r.Put(call("main:1", "", 3, ended))
	r.SetPBX("main", true)
	r.turn(t.Context())
	if want := []Merge{{"main:2", "main:1"}}; !slices.Equal(merged, want) || !slices.Equal(store.merged, want) ||
		!slices.Equal(store.kept, []string{"main:1"}) {
		t.Errorf("merged %v, %v, kept %v", merged, store.merged, store.kept)
	}
	if got := journaled(t, r.Journal); got != "" {
		t.Errorf("the journal has %q", got)
	}
}

func TestKilledHubKnowsTheLastStates(t *testing.T) {
	store := &picky{old: []Record{
		call("main:1", "1.1", 1).Record, call("main:3", "3.1", 1).Record,
		call("main:4", "", 4, answered, ended).Record,
	}}
	r := kill(t, store, []Notice{
		call("main:1", "1.1 1.2", 2, answered), call("main:1", "", 3, answered, ended), call("main:2", "2.1", 2),
		call("main:3", "", 3, ended, func(n *Notice) { n.Into = "main:2" }),
		call("main:4", "4.1 4.2", 5), // the database has more
	})
	var merged []Merge
	unseen := map[string]Record{}
	r.Merged = func(m Merge) { merged = append(merged, m) }
	r.Unseen = func(of Record) { unseen[of.CallID] = of }
	r.SetPBX("main", true)
	r.turn(t.Context())
	first, second := unseen["main:1"], unseen["main:2"]
	if first.EndUnseen || first.Talked() != time.Second || !second.EndUnseen || len(unseen) != 2 {
		t.Errorf("%+v", unseen)
	}
	if r.unfinished["main:4"].State != Ended {
		t.Errorf("%+v", r.unfinished["main:4"])
	}
	slices.Sort(store.kept)
	if !slices.Equal(merged, []Merge{{"main:3", "main:2"}}) || !slices.Equal(store.kept, []string{"main:1", "main:2"}) {
		t.Errorf("merged %v, kept %v", merged, store.kept)
	}
}

// What a run has written itself is older than its journal; what a run before it knew is preferred,
// as this one may have seen only the rest of the call.
func TestKilledHubsKnowWhatEachSaw(t *testing.T) {
	inside := call("main:1", "1.1", 1, func(n *Notice) { n.Direction, n.Number = protocol.Internal, "101" })
	outside := call("main:1", "1.1 1.2", 2, answered, func(n *Notice) {
		n.Direction, n.Number, n.Agent, n.Extension, n.Ticket = protocol.Outgoing, "+74951234567", "anna", "101", "T-1"
	})
	rest := call("main:1", "1.1 1.2", 5, func(n *Notice) {
		n.Direction, n.Number, n.Started = protocol.Internal, "", noon.Add(4*time.Second)
		n.AnswerUnseen = true
	})
	for name, r := range map[string]*Recorder{
		"one run":                       kill(t, &picky{}, []Notice{inside, outside}),
		"two runs, nothing was saved":   kill(t, &picky{}, []Notice{inside, outside}, []Notice{rest}),
		"two runs, the first was saved": kill(t, &picky{old: []Record{outside.Record}}, []Notice{rest}),
	} {
		if err := r.load(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := r.unfinished["main:1"]
		if got.Direction != protocol.Outgoing || got.Number != "+74951234567" || got.Agent != "anna" ||
			got.Ticket != "T-1" || !got.Started.Equal(noon) || !got.Answered.Equal(outside.Answered) {
			t.Errorf("%s: %+v", name, got.Record)
		}
	}
	store := &picky{}
	r := kill(t, store, []Notice{inside, outside})
	store.old = []Record{inside.Record} // that run had saved its first state
	if err := r.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.unfinished["main:1"]; got.Direction != protocol.Outgoing || got.Number != "+74951234567" {
		t.Errorf("%+v", got.Record)
	}
}

// A ticket that is made while the PBX is away does not say that the call was seen then.
func TestKilledHubWithoutThePBX(t *testing.T) {
	store := &picky{old: []Record{call("main:1", "1.1", 2, answered).Record}}
	r := kill(t, store, nil)
	r.Put(call("main:1", "1.1", 300, answered, func(n *Notice) { n.Ticket = "T-1" }))
	next := NewRecorder(store, r.Rules, []string{"main"}, r.log, r.now)
	defer next.journal.close()
	next.SetPBX("main", true)
	next.turn(t.Context())
	if got := next.unfinished["main:1"]; got == nil && store.last.Talked() > time.Second ||
		store.last.Ticket != "T-1" || !store.last.EndUnseen {
		t.Errorf("%+v", store.last)
	}
}

// A consultation became part of a call that became part of another one meanwhile.
func TestHeirOfACallThatWasMerged(t *testing.T) {
	store := &picky{old: []Record{call("main:1", "1.1", 1, func(n *Notice) { n.Ticket = "T-1" }).Record}}
	r := kill(t, store)
	r.SetPBX("main", true)
	r.Put(call("main:2", "1.1 2.1", 2))
	r.Put(call("main:2", "", 3, ended, func(n *Notice) { n.Into = "main:3" }))
	r.Put(call("main:3", "3.1", 2))
	r.turn(t.Context())
	if got := r.unfinished["main:3"]; got.Ticket != "T-1" {
		t.Errorf("%+v", got.Record)
	}
	if !slices.Contains(store.merged, Merge{"main:1", "main:3"}) {
		t.Errorf("%v", store.merged)
	}
}

// The desk appends states while the recorder empties the other file; when it rests, both are empty.
func TestJournalWhileCallsGoOn(t *testing.T) {
	r := kill(t, &picky{})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; ctx.Err() == nil; n++ {
			r.Put(call(fmt.Sprint("main:", n%50), fmt.Sprint("1.", n), n%60))
		}
	}()
	for range 200 {
		r.turn(t.Context())
	}
	stop()
	<-done
	r.turn(t.Context())
	r.turn(t.Context())
	if got := journaled(t, r.Journal); got != "" || r.Waiting() > 0 {
		t.Errorf("the journal has %q", got)
	}
}
