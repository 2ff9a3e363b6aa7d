// Package loop confines state to one goroutine: an Owner runs functions on the goroutine that owns
// a state, a Guest passes functions to a loop that runs elsewhere.
package loop

import (
	"context"
	"time"
)

// Owner runs functions on one goroutine and passes them the state, which is accessed in no other
// way.
type Owner[S any] struct {
	ctx  context.Context //nolint:containedctx // lifetime of the goroutine
	todo chan func(*S)
}

// New returns an owner with a queue of that many functions. Run starts it.
func New[S any](ctx context.Context, queue int) *Owner[S] {
	return &Owner[S]{ctx: ctx, todo: make(chan func(*S), queue)}
}

// Run makes the calling goroutine the owner of the state until the context ends.
func (o *Owner[S]) Run(state *S) {
	for {
		select {
		case <-o.ctx.Done():
			return
		case f := <-o.todo:
			f(state)
		}
	}
}

// Post queues a function from any other goroutine. It blocks while the queue is full, which slows
// down a hub that floods; the owner itself must not call it.
func (o *Owner[S]) Post(f func(*S)) {
	select {
	case o.todo <- f:
	case <-o.ctx.Done():
	}
}

// Do is Post for a function that needs no state.
func (o *Owner[S]) Do(f func()) { o.Post(func(*S) { f() }) }

// Ask queues a function and waits until it is done; false if the program ends first. The owner must
// not call it.
func (o *Owner[S]) Ask(f func(*S)) bool {
	done := make(chan struct{})
	o.Post(func(s *S) { f(s); close(done) })
	select {
	case <-done:
		return true
	case <-o.ctx.Done():
		return false
	}
}

// After posts a function after a delay.
func (o *Owner[S]) After(d time.Duration, f func(*S)) {
	time.AfterFunc(d, func() { o.Post(f) })
}

// Guest passes a state to functions that run on another loop, such as Fyne's.
type Guest[S any] struct {
	do    func(func())
	state *S
}

// On returns a guest of the loop behind do. The state must be used on that loop only.
func On[S any](do func(func()), state *S) Guest[S] { return Guest[S]{do, state} }

// Post queues a function.
func (g Guest[S]) Post(f func(*S)) { g.do(func() { f(g.state) }) }
