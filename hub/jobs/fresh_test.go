package jobs

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Fresh work that renews its claim while it waits for its turn stays marked as uncertain: a hub
// that is killed in Do leaves a trace of the attempt.
func TestFreshWorkStaysUncertain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRunner(Options{Pace: Pace{AtOnce: 1}})
		<-r.turns
		go func() { time.Sleep(70 * time.Second); r.turns <- struct{}{} }()
		w := &work{takes: time.Second}
		w.claim = r.NewClaim()
		w.kept = Progress{UncertainSince: time.Now()} // as BeginTicket stored it
		task := w.task(true)
		do := task.Do
		task.Do = func(ctx context.Context) error {
			if w.kept.UncertainSince.IsZero() {
				t.Error("a hub killed now leaves no trace of the attempt")
			}
			return do(ctx)
		}
		if err := r.Run(t.Context(), task); err != nil {
			t.Fatal(err)
		}
	})
}
