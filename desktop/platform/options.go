package platform

import (
	"errors"
	"log/slog"
)

// ErrNoDisplay means that there is no screen to show a popup on. What it is wrapped in says what to
// do.
var ErrNoDisplay = errors.New("popups: no display")

// Options are how a host is opened.
type Options struct {
	Scale float32 // 1 is 96 dpi; 0 asks the system
	Log   *slog.Logger
}

func (o Options) log() *slog.Logger {
	if o.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Log
}

// Watcher is implemented by hosts that notice when monitors or panels change.
type Watcher interface {
	// Changes receives something after each change. It holds one entry at most, so a slow reader
	// misses nothing but repetitions.
	Changes() <-chan struct{}
}

// inputs is the queue of one surface's input. It never blocks the system's thread: where a reader
// is slow, moves are dropped first.
type inputs chan Input

func newInputs() inputs { return make(inputs, 64) }

func (q inputs) put(in Input) {
	if in.Kind == PointerMoved && len(q) > cap(q)/2 {
		return
	}
	select {
	case q <- in:
	default: // 64 presses unread: nobody listens
	}
}
