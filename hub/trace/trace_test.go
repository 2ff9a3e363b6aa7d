package trace

import (
	"context"
	"log/slog"
	"testing"
	"time"
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
