// Package batch runs background writers. A writer wakes up for new work, waits a moment for more,
// writes, and writes a last time when it is stopped. Producers never wait for it.
package batch

import (
	"context"
	"time"
)

// lastWrite limits the write after the context of Run has ended.
const lastWrite = 5 * time.Second

// Loop wakes a writer up.
type Loop struct {
	wake   chan struct{}
	gather time.Duration
	apart  time.Duration
}

// New returns a loop that waits for gather between a wake-up and the write, to collect more work.
func New(gather time.Duration) *Loop {
	return &Loop{wake: make(chan struct{}, 1), gather: gather}
}

// Apart sets the least time between the end of a write and the next one after a wake-up, so that
// work without a pause takes fewer writes. It returns the loop and is called before Run.
func (l *Loop) Apart(d time.Duration) *Loop {
	l.apart = d
	return l
}

// Wake asks for a write. Any goroutine may call it; it does not block.
func (l *Loop) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Run calls write at the start, after each Wake, and after the duration that the last write
// returned (0: only after a Wake). When ctx ends, write is called once more with a context of
// lastWrite.
func (l *Loop) Run(ctx context.Context, write func(context.Context) (next time.Duration)) {
	for {
		var due <-chan time.Time
		if next := write(ctx); next > 0 {
			due = time.After(next)
		}
		written := time.Now()
		select {
		case <-l.wake:
			select {
			case <-time.After(max(l.gather, l.apart-time.Since(written))):
			case <-ctx.Done():
			}
		case <-due:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
			defer cancel()
			write(last)
			return
		}
	}
}

// Start runs a writer until stop is called; stop waits for its end. The end of ctx does not stop
// it, so that the last work of its producer is written.
func Start(ctx context.Context, run func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}
