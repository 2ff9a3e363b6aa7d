package trace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/batch"
	"traybell/shared/protocol"
)

type fakeStore struct{ kept int }

func (f *fakeStore) KeepTraces(_ context.Context, traces []Trace) error {
	for _, t := range traces {
		f.kept += len(t.Steps)
	}
	return nil
}

func (f *fakeStore) ForgetTraces(context.Context, time.Time, int) error { return nil }

func TestUnwrittenStepsAreBounded(t *testing.T) {
	var store fakeStore
	w := NewWriter(&store, slog.New(slog.DiscardHandler), time.Now)
	for range mostSteps + 10 {
		w.Add(Entry{Trace: Trace{CallID: "main:2.1"}}, Step{What: Pressed})
	}
	if w.steps != mostSteps || w.dropped != 10 {
		t.Errorf("%d steps unwritten, %d dropped", w.steps, w.dropped)
	}
	w.turn(t.Context())
	if store.kept != mostSteps || w.steps != 0 || w.dropped != 0 {
		t.Errorf("%d steps written, %d unwritten, %d dropped", store.kept, w.steps, w.dropped)
	}
}

func TestBlock(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 3, 0, 0, time.Local)
	for want, b := range map[string]protocol.Block{
		"by Anna at 12:03 (spam)":               {By: "Anna", At: at, Reason: "spam"},
		"by Anna at 12:03":                      {By: "Anna", At: at},
		"by Anna at 12:03 on 2026-11-21 (spam)": {By: "Anna", At: at.AddDate(0, 0, -1), Reason: "spam"},
		"by an agent":                           {},
	} {
		if got := Block(b, at.Add(time.Hour)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// picky refuses some calls, and may be away.
type picky struct {
	away  error
	kept  map[string][]Step
	heads map[string]Trace
}

func (p *picky) KeepTraces(_ context.Context, traces []Trace) error {
	if p.away != nil {
		return p.away
	}
	for _, t := range traces {
		if t.CallID == "" {
			return fmt.Errorf("save call traces: %w", &batch.RefusedError{Err: errors.New("a trace needs a call")})
		}
	}
	for _, t := range traces {
		p.kept[t.CallID] = append(p.kept[t.CallID], t.Steps...)
		if t.PBX != "" {
			p.heads[t.CallID] = t
		}
	}
	return nil
}

func (p *picky) ForgetTraces(context.Context, time.Time, int) error { return nil }

func TestRefusedTraceDoesNotTakeOthersWithIt(t *testing.T) {
	store := &picky{kept: map[string][]Step{}, heads: map[string]Trace{}}
	var log strings.Builder
	w := NewWriter(store, slog.New(slog.NewTextHandler(&log, nil)), time.Now)
	for _, call := range []string{"main:1", "", "main:2", "main:3"} {
		w.Step(call, Step{What: Pressed})
	}
	if next := w.turn(t.Context()); next != 0 || len(store.kept) != 3 || w.steps != 0 {
		t.Errorf("kept %v, %d unwritten, again in %v", store.kept, w.steps, next)
	}
	if !strings.Contains(log.String(), `msg="trace refused by the database, dropping it" call=""`) {
		t.Error(log.String())
	}
}

func TestTracesWaitForADatabaseThatIsAway(t *testing.T) {
	store := &picky{kept: map[string][]Step{}, heads: map[string]Trace{}, away: errors.New("locked")}
	var log strings.Builder
	w := NewWriter(store, slog.New(slog.NewTextHandler(&log, nil)), time.Now)
	first := time.Now().Add(-time.Minute)
	w.Add(Entry{Trace: Trace{CallID: "main:1", PBX: "main", Number: "1", At: first}}, Step{What: Seen})
	w.Step("main:2", Step{What: Pressed})
	for range 3 {
		if next := w.turn(t.Context()); next <= 0 {
			t.Fatal("not tried again")
		}
	}
	w.Add(Entry{Trace: Trace{CallID: "main:1", PBX: "main", Number: "2", At: time.Now()}}, Step{What: Number})
	w.Step("main:1", Step{What: Ticket})
	w.Step("main:2", Step{What: Ticket})
	for range mostSteps {
		w.Step("main:3", Step{What: Pressed})
	}
	w.turn(t.Context())
	store.away = nil
	w.turn(t.Context())
	var got []What
	for _, s := range store.kept["main:1"] {
		got = append(got, s.What)
	}
	head := store.heads["main:1"]
	if !slices.Equal(got, []What{Seen, Number, Ticket}) || head.Number != "2" || !head.At.Equal(first) ||
		len(store.kept["main:2"]) != 2 || w.steps != 0 {
		t.Errorf("kept %v of %+v", store.kept["main:2"], head)
	}
	if text := log.String(); strings.Count(text, "cannot save call traces, retrying") != 1 ||
		!strings.Contains(text, "call traces are saved again\" dropped_steps=5") {
		t.Error(text)
	}
}

func TestTextsOfStepsAreBounded(t *testing.T) {
	store := &picky{kept: map[string][]Step{}, heads: map[string]Trace{}}
	w := NewWriter(store, slog.New(slog.DiscardHandler), time.Now)
	long := strings.Repeat("x", 1<<20)
	words := slices.Repeat([]string{long}, 1000)
	w.Add(Entry{Trace: Trace{CallID: "main:1", PBX: "main", Number: long, Name: long}},
		Step{What: Looked, Text: long, Why: long, Words: words})
	w.turn(t.Context())
	s := store.kept["main:1"][0]
	if len(s.Text)+len(s.Why) > 2*(longestText+30) || len(s.Words) != mostWords || len(s.Words[0]) > longestText+30 {
		t.Errorf("%d, %d bytes, %d words", len(s.Text), len(s.Why), len(s.Words))
	}
	if head := store.heads["main:1"]; len(head.Number)+len(head.Name) > 2*(longestText+30) {
		t.Errorf("%d, %d bytes", len(head.Number), len(head.Name))
	}
	if len(words[0]) != len(long) {
		t.Error("the caller's slice was changed")
	}
}
