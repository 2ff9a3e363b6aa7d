package loop

import "sync"

// Background is the loop of a program without windows, in place of Fyne's.
type Background struct {
	mu    sync.Mutex
	queue []func()
	ended bool
	more  chan struct{}
}

// NewBackground returns a loop. Run starts it.
func NewBackground() *Background { return &Background{more: make(chan struct{}, 1)} }

// Do queues a function. Nothing runs after Stop.
func (b *Background) Do(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return
	}
	b.queue = append(b.queue, f)
	b.wake()
}

func (b *Background) wake() {
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// Start does nothing; Fyne's loop needs it.
func (*Background) Start() {}

// Stop ends Run after the current function.
func (b *Background) Stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	b.wake()
}

// Run runs the functions on the calling goroutine until Stop.
func (b *Background) Run() {
	for range b.more {
		b.mu.Lock()
		todo, ended := b.queue, b.ended
		b.queue = nil
		b.mu.Unlock()
		for _, f := range todo {
			f()
		}
		if ended {
			return
		}
	}
}
