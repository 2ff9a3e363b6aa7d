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

// Steps that cannot be written yet are bounded; those beyond are dropped and counted.
func TestStepsThatWaitAreBounded(t *testing.T) {
	var store fakeStore
	w := NewWriter(&store, slog.New(slog.DiscardHandler), time.Now)
	for range mostSteps + 10 {
		w.Add(Entry{Trace: Trace{CallID: "main:2.1"}}, Step{What: Pressed})
	}
	if w.steps != mostSteps || w.lost != 10 {
		t.Errorf("%d steps wait, %d are dropped", w.steps, w.lost)
	}
	w.turn(t.Context())
	if store.kept != mostSteps || w.steps != 0 || w.lost != 0 {
		t.Errorf("%d steps written, %d wait, %d are dropped", store.kept, w.steps, w.lost)
	}
}
