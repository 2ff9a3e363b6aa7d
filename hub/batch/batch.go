// Package batch runs writers in the background: woken by new work, each waits a moment for more,
// writes, and writes a last time when it is stopped. The producer never waits for the writer.
package batch

import (
	"context"
	"time"
)

// lastWrite bounds the write after Run's context has ended.
const lastWrite = 5 * time.Second

// Loop wakes a writer. Make it with New.
type Loop struct {
	wake   chan struct{}
	gather time.Duration
}

// New makes a loop that waits for gather between a wake-up and the write, so that what follows
// shortly goes into the same write.
func New(gather time.Duration) *Loop {
	return &Loop{wake: make(chan struct{}, 1), gather: gather}
}

// Wake asks for a write. Any goroutine may call it; it does not block.
func (l *Loop) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Run calls write once at the start, after each Wake, and when the duration has passed that the
// last write returned (0: only after a Wake). When ctx ends, write is called once more with a
// context that lives for another 5 s.
func (l *Loop) Run(ctx context.Context, write func(context.Context) (next time.Duration)) {
	for {
		var due <-chan time.Time
		if next := write(ctx); next > 0 {
			due = time.After(next)
		}
		select {
		case <-l.wake:
			select {
			case <-time.After(l.gather):
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

// Start runs a writer until stop is called; stop returns when it has ended. The end of ctx alone
// does not end it, so that what its producer says last is written too.
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
