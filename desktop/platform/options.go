package platform

import (
	"errors"
	"log/slog"
)

// ErrNoDisplay means that popups cannot be shown. The wrapping error says how to fix it.
var ErrNoDisplay = errors.New("popups: no display")

// Options configure a host.
type Options struct {
	Scale float32 // 1 is 96 dpi; 0: the system's
	Log   *slog.Logger
}

func (o Options) log() *slog.Logger {
	if o.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Log
}

// Watcher is implemented by hosts that report changes of monitors and panels.
type Watcher interface {
	// Changes receives after each change. It has a buffer of one, so changes are merged for a slow
	// reader.
	Changes() <-chan struct{}
}

// inputs queues the input of a surface. It never blocks the system's thread: with a slow reader,
// moves are dropped first.
type inputs chan Input

func newInputs() inputs { return make(inputs, 64) }

func (q inputs) put(in Input) {
	if in.Kind == PointerMoved && len(q) > cap(q)/2 {
		return
	}
	select {
	case q <- in:
	default: // no reader
	}
}
