package turns

import (
	"context"
	"sync/atomic"
)

// Queue has functions for a loop, which owns a state of the type L. Make it with NewQueue. All methods
// may be called from any goroutine.
type Queue[L any] struct {
	todo    chan func(L)
	stopped chan struct{}
	ended   error
}

// NewQueue returns a queue for that many functions. ended is the error when the loop has ended.
func NewQueue[L any](length int, ended error) Queue[L] {
	return Queue[L]{make(chan func(L), length), make(chan struct{}), ended}
}

// Next returns the functions, for the loop.
func (q Queue[L]) Next() <-chan func(L) { return q.todo }

// Stop says that the loop has ended. It is called once.
func (q Queue[L]) Stop() { close(q.stopped) }

// Stopped is closed by Stop.
func (q Queue[L]) Stopped() <-chan struct{} { return q.stopped }

// Waiting is how many functions the loop has not taken.
func (q Queue[L]) Waiting() int { return len(q.todo) }

// Do queues f and does not wait for it. It blocks while the queue is full: callers have bounded
// queues too.
func (q Queue[L]) Do(ctx context.Context, f func(L)) error {
	select {
	case q.todo <- f:
		return nil
	case <-q.stopped:
		return q.ended
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Wait runs f on the loop and returns when it is done. After an error f has not run and will not; the
// error is the one of an ended loop.
func (q Queue[L]) Wait(ctx context.Context, f func(L)) error {
	done := make(chan struct{})
	var taken atomic.Bool // by the loop, or by giving up
	if q.Do(ctx, func(l L) {
		defer close(done)
		if taken.CompareAndSwap(false, true) {
			f(l)
		}
	}) != nil {
		return q.ended
	}
	select {
	case <-done:
		return nil
	case <-q.stopped:
	case <-ctx.Done():
	}
	if taken.CompareAndSwap(false, true) {
		return q.ended
	}
	<-done
	return nil
}
