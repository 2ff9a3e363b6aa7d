package batch

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// writer records when it writes, since its start.
type writer struct {
	began time.Time
	next  time.Duration

	mu     sync.Mutex
	writes []time.Duration
	ctx    context.Context //nolint:containedctx // of the last write
}

func (w *writer) write(ctx context.Context) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes, w.ctx = append(w.writes, time.Since(w.began)), ctx
	return w.next
}

func (w *writer) expect(t *testing.T, want ...time.Duration) {
	t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.writes, want) {
		t.Errorf("writes at %v, want %v", w.writes, want)
	}
}

// run starts a loop that gathers for 1 s.
func run(t *testing.T, next time.Duration, test func(t *testing.T, l *Loop, w *writer, stop func())) {
	synctest.Test(t, func(t *testing.T) {
		w := &writer{began: time.Now(), next: next}
		l := New(time.Second)
		stop := Start(t.Context(), func(ctx context.Context) { l.Run(ctx, w.write) })
		defer stop()
		w.expect(t, 0)
		test(t, l, w, stop)
	})
}

func TestWakesWithinAMomentAreGathered(t *testing.T) {
	run(t, 0, func(t *testing.T, l *Loop, w *writer, _ func()) {
		time.Sleep(10 * time.Second)
		w.expect(t, 0) // nothing to do
		for range 5 {
			l.Wake()
			time.Sleep(100 * time.Millisecond)
		}
		w.expect(t, 0)
		time.Sleep(time.Hour)
		// The first wake-up begins the moment; those after it ask for one write more.
		w.expect(t, 0, 11*time.Second, 12*time.Second)
	})
}

func TestWritesAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &writer{began: time.Now()}
		l := New(time.Second).Apart(10 * time.Second)
		defer Start(t.Context(), func(ctx context.Context) { l.Run(ctx, w.write) })()
		time.Sleep(time.Minute)
		for range 25 { // work without a pause
			l.Wake()
			time.Sleep(time.Second)
		}
		// The first waits for more work only, as the last write was long ago.
		w.expect(t, 0, 61*time.Second, 71*time.Second, 81*time.Second)
	})
}

func TestWakeDuringAWriteIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(time.Second)
		var writes int
		stop := Start(t.Context(), func(ctx context.Context) {
			l.Run(ctx, func(context.Context) time.Duration {
				if writes++; writes == 1 {
					l.Wake()
				}
				return 0
			})
		})
		defer stop()
		time.Sleep(time.Hour)
		synctest.Wait()
		if writes != 2 {
			t.Errorf("%d writes, want 2", writes)
		}
	})
}

func TestNextWriteWithoutAWake(t *testing.T) {
	run(t, 30*time.Second, func(t *testing.T, l *Loop, w *writer, _ func()) {
		time.Sleep(30 * time.Second)
		w.expect(t, 0, 30*time.Second)
		time.Sleep(5 * time.Second)
		l.Wake() // comes first, and starts the 30 s again
		time.Sleep(time.Second)
		w.expect(t, 0, 30*time.Second, 36*time.Second)
		time.Sleep(30 * time.Second)
		w.expect(t, 0, 30*time.Second, 36*time.Second, 66*time.Second)
	})
}

func TestStopWritesALastTime(t *testing.T) {
	run(t, 0, func(t *testing.T, l *Loop, w *writer, stop func()) {
		time.Sleep(time.Second)
		stop()
		w.expect(t, 0, time.Second)
		l.Wake() // does not block
		l.Wake()
		stop() // may be called again
		w.expect(t, 0, time.Second)
	})
}

func TestStopDoesNotGather(t *testing.T) {
	run(t, 0, func(t *testing.T, l *Loop, w *writer, stop func()) {
		l.Wake()
		synctest.Wait()
		time.Sleep(100 * time.Millisecond)
		stop()
		w.expect(t, 0, 100*time.Millisecond)
	})
}

func TestLastWriteHasItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var took []time.Duration
		done := make(chan struct{})
		go func() {
			defer close(done)
			New(time.Second).Run(ctx, func(ctx context.Context) time.Duration {
				began := time.Now()
				<-ctx.Done()
				took = append(took, time.Since(began))
				return 0
			})
		}()
		time.Sleep(time.Minute)
		cancel()
		<-done
		if !slices.Equal(took, []time.Duration{time.Minute, lastWrite}) {
			t.Errorf("writes took %v", took)
		}
	})
}

// The producer ends with its own context, and may still hand over what it says last.
func TestEndOfTheContextDoesNotStopAWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l, w := New(time.Second), &writer{began: time.Now()}
		stop := Start(ctx, func(ctx context.Context) { l.Run(ctx, w.write) })
		cancel()
		synctest.Wait()
		l.Wake()
		time.Sleep(time.Second)
		w.expect(t, 0, time.Second)
		w.mu.Lock()
		if w.ctx.Err() != nil {
			t.Error("the writer's context ended with the producer's")
		}
		w.mu.Unlock()
		stop()
		w.expect(t, 0, time.Second, time.Second)
	})
}
