package shell

import "sync"

// background is the loop of a program without windows: what would run on Fyne's goroutine runs on
// the program's first, in the same order.
type background struct {
	mu    sync.Mutex
	queue []func()
	ended bool
	more  chan struct{}
}

func newBackground() *background { return &background{more: make(chan struct{}, 1)} }

// Do runs f soon, without waiting for it. What comes after Stop is not run.
func (b *background) Do(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return
	}
	b.queue = append(b.queue, f)
	b.wake()
}

func (b *background) wake() {
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// Start is Fyne's to need.
func (*background) Start() {}

// Stop ends run, after what it is at.
func (b *background) Stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	b.wake()
}

func (b *background) run() {
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
