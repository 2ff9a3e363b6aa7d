package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// Tracing is the part of a store that keeps traces.
type Tracing interface {
	trace.Store
	TraceOf(ctx context.Context, callID string) (t trace.Trace, ok bool, err error)
	TracesOf(ctx context.Context, party string, before int64, limit int) ([]trace.Trace, error)
	TracesAt(ctx context.Context, from, to time.Time, limit int) ([]trace.Trace, error)
	GuessedTraces(ctx context.Context) ([]trace.Trace, error)
}

func aTrace(call string, steps ...trace.Step) trace.Trace {
	return trace.Trace{
		CallID: call, PBX: "main", Direction: protocol.Incoming, Number: "084951234567", Name: "Иван '\"|\n",
		DID: "74950000001", Party: "+74951234567", At: at, Steps: steps,
	}
}

func aStep(after time.Duration) trace.Step {
	return trace.Step{
		At: at.Add(after), What: trace.Sent, Agents: []string{"anna"}, Words: []string{"Окно\n"}, Text: "T",
		Why: "because", After: 39 * time.Millisecond,
	}
}

func traceLife(t *testing.T, s Store, reopen func() Store) {
	must(t, s.KeepTraces(t.Context(), []trace.Trace{aTrace("main:1", aStep(0))}))
	must(t, s.KeepTraces(t.Context(), []trace.Trace{
		// steps only
		{CallID: "main:1", Steps: []trace.Step{aStep(time.Second)}},
		{CallID: "main:9", Steps: []trace.Step{aStep(time.Second)}}, // unknown call
	}))
	again := aTrace("main:1", aStep(2*time.Second)) // after a restart
	again.Number, again.Name, again.Party, again.At = "other", "Late", "other", at.Add(time.Hour)
	must(t, reopen().KeepTraces(t.Context(), []trace.Trace{again}))
	got, ok, err := reopen().TraceOf(t.Context(), "main:1")
	must(t, err)
	want := aTrace("main:1", aStep(0), aStep(time.Second), aStep(2*time.Second))
	want.ID, want.Number, want.Name, want.Party = got.ID, "other", "Late", "other"
	equal(t, ok, true)
	equal(t, got, want)
	if _, ok, err := s.TraceOf(t.Context(), "main:9"); ok || err != nil {
		t.Errorf("a call that was never seen has a trace: %v", err)
	}
	if err := s.KeepTraces(t.Context(), []trace.Trace{aTrace("main:2"), aTrace("")}); err == nil {
		t.Error("a trace without a call was kept")
	}
	if _, ok, _ := s.TraceOf(t.Context(), "main:2"); ok {
		t.Error("half of a batch was kept")
	}
}

func tracesListed(t *testing.T, s Store, _ func() Store) {
	for i := range 5 {
		one := aTrace(fmt.Sprint("main:", i), aStep(0))
		if i == 2 {
			one.Party = "+74957654321"
		}
		must(t, s.KeepTraces(t.Context(), []trace.Trace{one}))
	}
	calls := func(party string, before int64, limit int) (ids []string, last int64) {
		list, err := s.TracesOf(t.Context(), party, before, limit)
		must(t, err)
		for _, t := range list {
			ids, last = append(ids, t.CallID), t.ID
		}
		return ids, last
	}
	first, last := calls("", 0, 3)
	equal(t, first, []string{"main:4", "main:3", "main:2"})
	second, _ := calls("", last, 3)
	equal(t, second, []string{"main:1", "main:0"})
	of, _ := calls("+74957654321", 0, 3)
	equal(t, of, []string{"main:2"})

	late := aTrace("main:late", aStep(0))
	late.At = at.Add(time.Hour)
	must(t, s.KeepTraces(t.Context(), []trace.Trace{late}))
	around, err := s.TracesAt(t.Context(), late.At, late.At.Add(time.Second), 3)
	must(t, err)
	equal(t, len(around), 1)
	equal(t, around[0].CallID, "main:late")

	guess := trace.Step{At: at, What: trace.Guessed, Text: "SIP/701"}
	must(t, s.KeepTraces(t.Context(), []trace.Trace{{CallID: "main:3", Steps: []trace.Step{guess}}}))
	guessed, err := s.GuessedTraces(t.Context())
	must(t, err)
	equal(t, len(guessed), 1)
	equal(t, guessed[0].CallID, "main:3")
}

func tracesBounded(t *testing.T, s Store, _ func() Store) {
	long := aStep(0)
	long.Text = strings.Repeat("x", 1000)
	for range 500 {
		must(t, s.KeepTraces(t.Context(), []trace.Trace{aTrace("main:0", long)}))
	}
	got, _, err := s.TraceOf(t.Context(), "main:0")
	must(t, err)
	if n := len(got.Steps); n < 20 || n > 100 {
		t.Errorf("a call has %d long steps", n)
	}
	for i := 1; i < 10; i++ {
		one := aTrace(fmt.Sprint("main:", i), aStep(0))
		one.At = at.Add(time.Duration(i) * time.Minute)
		must(t, s.KeepTraces(t.Context(), []trace.Trace{one}))
	}
	left := func() (ids []string) {
		list, err := s.TracesOf(t.Context(), "", 0, 100)
		must(t, err)
		for _, t := range list {
			ids = append(ids, t.CallID)
		}
		return ids
	}
	must(t, s.ForgetTraces(t.Context(), at.Add(4*time.Minute), 100))
	equal(t, left(), []string{"main:9", "main:8", "main:7", "main:6", "main:5", "main:4"})
	must(t, s.ForgetTraces(t.Context(), at, 2))
	equal(t, left(), []string{"main:9", "main:8"})
}
