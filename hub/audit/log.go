package audit

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"traybell/hub/batch"
)

const (
	writePause  = 100 * time.Millisecond // from an entry to its write
	retryPause  = 2 * time.Second        // after an error of the database
	forgetEvery = time.Hour
	forgetAfter = 20_000  // entries, whatever the time: what is refused costs nothing to repeat
	mostWaiting = 10_000  // unwritten entries
	mostKept    = 500_000 // in the database
	mostOfOne   = 50_000  // of them of one person or program
)

// Options configure a log.
type Options struct {
	Store  Store
	Retain func() time.Duration // how long entries are kept; 0: forever
	Log    *slog.Logger
	Now    func() time.Time // nil: time.Now
}

// Log takes entries from any goroutine without blocking and writes them in batches. Each one is also
// a line of the hub's log, which has those that a database that is away could not take.
type Log struct {
	o          Options
	loop       *batch.Loop
	entries    *batch.Queue[Entry]
	lastForgot time.Time // of Run
	written    atomic.Int64
}

// New returns a log; Run starts its writer.
func New(o Options) *Log {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Log{o: o, loop: batch.New(writePause), entries: batch.NewQueue[Entry](mostWaiting)}
}

// Add adds an entry. Without a time it gets the present one.
func (l *Log) Add(e Entry) {
	if e.At.IsZero() {
		e.At = l.o.Now()
	}
	e = e.Bounded()
	attributes := []any{"action", e.Action, "object", e.Object, "kind", e.Kind, "who", e.Who, "from", e.From}
	if e.Detail != "" {
		attributes = append(attributes, "detail", e.Detail)
	}
	if e.Error == "" {
		l.o.Log.Info("changed", attributes...)
	} else {
		l.o.Log.Warn("not changed", append(attributes, "error", e.Error)...)
	}
	l.entries.Add(e)
	l.loop.Wake()
}

// Search returns a page of entries, with those that were added before it.
func (l *Log) Search(ctx context.Context, s Search) (Found, error) {
	l.write(ctx)
	return l.o.Store.SearchAudit(ctx, s)
}

// Run writes until ctx ends, and then writes what is left.
func (l *Log) Run(ctx context.Context) {
	l.loop.Run(ctx, func(ctx context.Context) (next time.Duration) {
		if ctx.Err() != nil {
			return 0 // Run calls again with a context that lives on
		}
		if !l.write(ctx) {
			return retryPause
		}
		l.forget(ctx)
		return forgetEvery
	})
}

// write writes all entries that wait. It reports whether none is left.
func (l *Log) write(ctx context.Context) (done bool) {
	w, err := l.entries.Write(ctx, func(ctx context.Context, list []Entry) error {
		err := l.o.Store.KeepAudit(ctx, list)
		if err == nil {
			l.written.Add(int64(len(list)))
		}
		return err
	}, func(refused Entry, why error) {
		l.o.Log.Error("change refused by the database, it is only in this log", "action", refused.Action,
			"object", refused.Object, "error", why)
	})
	switch {
	case w.Fails:
		l.o.Log.Error("cannot save changes for the audit, retrying", "changes", w.Left, "error", err)
	case w.Works:
		l.o.Log.Info("changes are saved again for the audit")
	}
	if w.Dropped > 0 {
		l.o.Log.Error("changes are only in this log: too many waited for the database", "changes", w.Dropped)
	}
	return err == nil
}

func (l *Log) forget(ctx context.Context) {
	now := l.o.Now()
	if now.Sub(l.lastForgot) < forgetEvery && l.written.Load() < forgetAfter {
		return
	}
	l.lastForgot = now
	l.written.Store(0)
	var before time.Time
	if retain := l.o.Retain(); retain > 0 {
		before = now.Add(-retain)
	}
	if err := l.o.Store.ForgetAudit(ctx, before, mostKept, mostOfOne); err != nil && ctx.Err() == nil {
		l.o.Log.Error("cannot delete old entries of the audit", "error", err)
	}
}
