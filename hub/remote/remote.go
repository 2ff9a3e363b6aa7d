// Package remote has what the readers of servers share: time limits, a watch over a read, and errors
// of options.
package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"
)

// Limits of a read. How many customers a read may have, and how long it may take, package directory
// limits for all sources.
const (
	ConnectWithin = 10 * time.Second // until a connection is established
	StallAfter    = time.Minute      // without a row, until a read is cancelled
	MaxRecord     = 4 << 20          // bytes that a server may send for one row
)

// Watch cancels a read without progress: the server does not answer, a firewall dropped the
// connection, or a row does not end.
type Watch struct {
	cause    func() error // why the read was cancelled; nil while it runs
	cancel   context.CancelCauseFunc
	timer    *time.Timer
	after    time.Duration
	rows     int
	received atomic.Int64 // bytes since the last row
}

// StallError is the error of a server that sends nothing.
type StallError struct{ after time.Duration }

func (e *StallError) Error() string {
	return fmt.Sprintf("the server sent nothing for %s; is it overloaded, or does a firewall drop the connection?",
		e.after)
}

// LargeError is the error of a server that sends a row without an end.
type LargeError struct{}

func (*LargeError) Error() string {
	return fmt.Sprintf("the server sends more than %d MiB for one row; does it answer with something else, or has a "+
		"column pictures or documents? Leave it out of the query or map", MaxRecord>>20)
}

// NewWatch returns a watch and the context of the read; Stop must be called.
func NewWatch(parent context.Context, after time.Duration) (*Watch, context.Context) {
	ctx, cancel := context.WithCancelCause(parent)
	w := &Watch{cause: func() error { return context.Cause(ctx) }, cancel: cancel, after: after}
	w.timer = time.AfterFunc(after, func() { cancel(&StallError{after}) })
	return w, ctx
}

// Conn returns c with a limit of MaxRecord bytes per row.
func (w *Watch) Conn(c net.Conn) net.Conn { return &conn{c, w} }

type conn struct {
	net.Conn
	watch *Watch
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.watch.received.Add(int64(n)) > MaxRecord {
		c.watch.cancel(&LargeError{})
		return 0, errors.Join(&LargeError{}, c.Close())
	}
	return n, err
}

// Progress is called for every row.
func (w *Watch) Progress() {
	w.received.Store(0)
	if w.rows++; w.rows%64 == 1 {
		w.Reset()
	}
}

// Reset starts the time again.
func (w *Watch) Reset() { w.timer.Reset(w.after) }

// Stop ends the watch.
func (w *Watch) Stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// Stalled returns why the watch has cancelled the read, or nil.
func (w *Watch) Stalled() error {
	var silent *StallError
	var large *LargeError
	if cause := w.cause(); errors.As(cause, &silent) || errors.As(cause, &large) {
		return cause
	}
	return nil
}

// OptionError is an error in a key of a server's section in hub.yml.
type OptionError struct {
	Key string // as in hub.yml: "dsn", "filter"
	Err error
}

func (e *OptionError) Error() string { return e.Key + ": " + e.Err.Error() }

func (e *OptionError) Unwrap() error { return e.Err }
