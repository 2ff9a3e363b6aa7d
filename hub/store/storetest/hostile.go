package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"traybell/hub/batch"
	"traybell/hub/cdr"
	"traybell/hub/trace"
	"traybell/hub/tracking"
)

// refusedAlone: of a batch with items that no store can keep, the others are kept.
func refusedAlone(t *testing.T, s Store, _ func() Store) {
	// A refusal is an error about an item, not about the database.
	var refused *batch.RefusedError
	records := s.Records(cdr.File{})
	broken := aRecord("main:4.0")
	broken.State = "nonsense"
	for name, err := range map[string]error{
		"a trace without a call":  s.KeepTraces(t.Context(), []trace.Trace{aTrace("")}),
		"a trace that is no JSON": s.KeepTraces(t.Context(), []trace.Trace{aTrace("main:1", outOfTime())}),
		"a record without a call": records.KeepRecords(t.Context(), []cdr.Record{aRecord("")}, nil),
		"a record in no state":    records.KeepRecords(t.Context(), []cdr.Record{broken}, nil),
		"one of two records":      records.KeepRecords(t.Context(), []cdr.Record{aRecord("main:5.0"), broken}, nil),
	} {
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.KeepTraces(ended, []trace.Trace{aTrace("main:1")}); err == nil || errors.As(err, &refused) {
		t.Errorf("a database that is away refused a trace: %v", err)
	}

	var names []string
	left, err := batch.Keep(t.Context(), []trace.Trace{
		aTrace("main:1", aStep(0)), aTrace(""), aTrace("main:2", outOfTime()), aTrace("main:3", aStep(0)),
	}, s.KeepTraces, func(one trace.Trace, _ error) { names = append(names, one.CallID) })
	must(t, err)
	equal(t, len(left), 0)
	equal(t, names, []string{"", "main:2"})
	for call, want := range map[string]bool{"main:1": true, "main:2": false, "main:3": true} {
		_, ok, err := s.TraceOf(t.Context(), call)
		must(t, err)
		equal(t, ok, want)
	}
}

// outOfTime is a step that cannot be written as JSON.
func outOfTime() trace.Step {
	return trace.Step{At: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), What: trace.Seen}
}

// hostileTexts: texts that no encoding has, and times out of range, are kept with their batch, and
// what is kept can be read.
func hostileTexts(t *testing.T, s Store, reopen func() Store) {
	records := s.Records(cdr.File{})
	var all []cdr.Record
	var traces []trace.Trace
	var counts []tracking.Untracked
	for i, text := range []string{
		"\x00", "a\x00b", "\xff\xfe", "\xed\xa0\x80", "half\xd0", "\x1b[2J", "\u202e", "'); DROP TABLE call_record; --",
		strings.Repeat("я", 1<<20), "%s%n", `{"what":`, "\n\n", "\ufffe",
	} {
		for j, when := range []time.Time{at, {}, time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(-1<<55, 0)} {
			r := aRecord(fmt.Sprintf("main:%d.%d", i, j))
			r.Number, r.Name, r.DID, r.Customer, r.Ticket, r.Agent, r.CID = text, text, text, text, text, text, text
			r.Started, r.Answered, r.Ended, r.Seen = when, when, when, when
			all = append(all, r)
			step := trace.Step{At: at, What: trace.Number, Text: text, Why: text, Words: []string{text}}
			one := aTrace(r.CallID, step)
			one.Number, one.Name, one.DID, one.Party, one.At = text, text, text, text, when
			traces = append(traces, one)
			counts = append(counts, tracking.Untracked{PBX: "main", Number: text, Calls: 1, First: when, Last: when})
		}
	}
	must(t, records.KeepRecords(t.Context(), all, nil))
	must(t, s.KeepTraces(t.Context(), traces))
	must(t, s.CountUntracked(t.Context(), counts, 1000))
	s = reopen()
	unfinished, err := s.Records(cdr.File{}).UnfinishedRecords(t.Context())
	must(t, err)
	equal(t, len(unfinished), len(all))
	list, err := s.TracesOf(t.Context(), "", 0, 1000)
	must(t, err)
	equal(t, len(list), len(all))
	_, err = s.UntrackedNumbers(t.Context())
	must(t, err)
	for _, r := range unfinished {
		if y := r.Started.Year(); y < 1 || y > 9999 {
			t.Errorf("a call of the year %d was read", y)
		}
	}
}

// tracesShared: the steps that agents cause leave room for those of the hub.
func tracesShared(t *testing.T, s Store, _ func() Store) {
	must(t, s.KeepTraces(t.Context(), []trace.Trace{aTrace("main:1", aStep(0))}))
	for range 300 {
		must(t, s.KeepTraces(t.Context(), []trace.Trace{{CallID: "main:1", Steps: []trace.Step{
			{At: at, What: trace.Refused, Agents: []string{"boris"}, Why: strings.Repeat("x", 400)},
		}}}))
	}
	must(t, s.KeepTraces(t.Context(), []trace.Trace{{CallID: "main:1", Steps: []trace.Step{
		{At: at, What: trace.Ticket, Text: "T-1"},
	}}}))
	got, _, err := s.TraceOf(t.Context(), "main:1")
	must(t, err)
	if last := got.Steps[len(got.Steps)-1]; last.What != trace.Ticket || len(got.Steps) < 20 {
		t.Errorf("of %d steps the last is %q", len(got.Steps), last.What)
	}
}
