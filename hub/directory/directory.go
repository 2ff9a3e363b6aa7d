// Package directory finds customers by their numbers. It reads sources (CSV files, databases, LDAP
// servers) at the start, on a schedule and on demand, and answers from memory.
//
// A Directory has an immutable index. Reading a source builds a new index and swaps it in, so Find
// does not wait and never sees half a source. Run has one goroutine per source. If a source cannot
// be read, its previous customers stay.
package directory

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const (
	watchEvery = 5 * time.Second  // how often the stamp of a source is checked
	retryEvery = 30 * time.Second // longest pause after an error
	logEvery   = time.Hour        // how often the same error is logged
	maxKept    = 100              // problems kept of one read
)

// Feed is a source and how often it is read. With Every 0, a Stamped source is read when it has
// changed, any other source on demand only. The schedule skips a Stamped source that has not
// changed.
type Feed struct {
	Source Source
	Every  time.Duration
}

// Status is the state of a source.
type Status struct {
	Name     string
	Rows     int           // customers in use
	Numbers  int           // numbers in use
	Bytes    int           // approximate memory of the customers
	Read     time.Time     // when the customers in use were read; zero: never
	Took     time.Duration // duration of the read
	Problems []Problem     // of the read, the first hundred
	Troubles int           // number of problems
	// why the last read failed; empty if it did not. The customers in use are those of an earlier
	// read
	LastError string
}

// Age returns the age of the customers in use in whole seconds; 0 if there are none.
func (s Status) Age(now time.Time) time.Duration {
	if s.Read.IsZero() {
		return 0
	}
	return now.Sub(s.Read).Round(time.Second)
}

// Directory finds customers by number. All methods may be called from several goroutines.
type Directory struct {
	reader *phone.Reader
	log    *slog.Logger
	feeds  []*feed
	index  atomic.Pointer[index]
	swap   sync.Mutex // held while the index is replaced
	copies *Copies    // nil: no copies
}

type feed struct {
	Feed
	reading sync.Mutex    // held while the source is read
	asked   chan struct{} // one element if a read was requested

	mu     sync.Mutex // guards the fields below
	status Status
	stamp  string
	logged time.Time // last log entry about an error

	restored bool // the customers are from a copy or from before a reload: read at once
	reparse  bool // the numbers were parsed by other rules: parse all of them again
}

// New returns a directory; Refresh or Run reads it. The reader parses national numbers; its
// CallerID rules are not applied. If several feeds have the same person, the fields of the first
// one win.
func New(reader *phone.Reader, log *slog.Logger, feeds ...Feed) *Directory {
	d := &Directory{reader: reader.Plain(), log: log}
	for _, f := range feeds {
		d.feeds = append(d.feeds, &feed{Feed: f, status: Status{Name: f.Source.Name()}, asked: make(chan struct{}, 1)})
	}
	d.index.Store(&index{seed: maphash.MakeSeed(), tables: make([]*table, len(feeds))})
	return d
}

// put swaps in the table of a source.
func (d *Directory) put(i int, t *table) {
	d.swap.Lock()
	defer d.swap.Unlock()
	old := d.index.Load()
	tables := slices.Clone(old.tables)
	tables[i] = t
	d.index.Store(&index{seed: old.seed, tables: tables})
}

// Find returns the customers with a number, best match first, at most MaxFound. No match is not an
// error unless a source was not read yet. Find answers from memory and does not block.
func (d *Directory) Find(ctx context.Context, number phone.Number) ([]protocol.Customer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x := d.index.Load()
	found := x.find(number)
	if len(found) > 0 || number.Kind == phone.Withheld {
		return found, nil
	}
	for i, t := range x.tables {
		if t == nil {
			return nil, fmt.Errorf("directory %s has not been read yet", d.feeds[i].Source.Name())
		}
	}
	return nil, nil
}

// Refresh reads all sources, or the named ones, and waits for it. The error joins those of the
// sources.
func (d *Directory) Refresh(ctx context.Context, names ...string) error {
	for _, name := range names {
		if !slices.ContainsFunc(d.feeds, func(f *feed) bool { return f.Source.Name() == name }) {
			return fmt.Errorf("no directory has the name %q", name)
		}
	}
	failed := make([]error, len(d.feeds))
	var all sync.WaitGroup
	for i, f := range d.feeds {
		if len(names) == 0 || slices.Contains(names, f.Source.Name()) {
			all.Go(func() { failed[i] = d.read(ctx, i) })
		}
	}
	all.Wait()
	return errors.Join(failed...)
}

// ReadSoon asks Run to read a source now, and does not wait. It returns false for an unknown name.
func (d *Directory) ReadSoon(name string) bool {
	i := slices.IndexFunc(d.feeds, func(f *feed) bool { return f.Source.Name() == name })
	if i < 0 {
		return false
	}
	select {
	case d.feeds[i].asked <- struct{}{}:
	default: // requested already
	}
	return true
}

// Run reads the unread sources, and then each source on its schedule, until ctx ends.
func (d *Directory) Run(ctx context.Context) {
	var all sync.WaitGroup
	for i := range d.feeds {
		all.Go(func() { d.follow(ctx, i) })
	}
	all.Wait()
}

// follow keeps one source up to date.
func (d *Directory) follow(ctx context.Context, i int) {
	f := d.feeds[i]
	stamped, watched := f.Source.(Stamped)
	d.restore(ctx, i)
	asked := false
	for {
		f.mu.Lock()
		status, stamp, restored := f.status, f.stamp, f.restored
		f.mu.Unlock()
		due := status.Read.IsZero() || status.LastError != "" || restored
		if !due && watched {
			now, err := stamped.Stamp(ctx)
			due = err != nil || now != stamp
		} else if !due {
			due = f.Every > 0 && time.Since(status.Read) >= f.Every
		}
		if due || asked {
			_ = d.read(ctx, i) // logged, and kept in the status
		}
		if ctx.Err() != nil {
			return
		}

		f.mu.Lock()
		status = f.status
		f.mu.Unlock()
		wait := f.Every
		if wait == 0 && watched {
			wait = watchEvery
		}
		if status.LastError != "" && (wait == 0 || wait > retryEvery) {
			wait = retryEvery
		}
		var timeUp <-chan time.Time // nil: nothing scheduled
		if wait > 0 {
			timeUp = time.After(wait)
		}
		asked = false
		select {
		case <-ctx.Done():
			return
		case <-timeUp:
		case <-f.asked:
			asked = true
		}
	}
}

// read reads one source and swaps its customers in. On an error the old ones stay.
func (d *Directory) read(ctx context.Context, i int) error {
	f := d.feeds[i]
	f.reading.Lock()
	defer f.reading.Unlock()
	if ctx.Err() != nil {
		return d.fail(ctx, f, ctx.Err())
	}
	name := f.Source.Name()
	start := time.Now()

	// Before the read: a change during it is detected next time.
	stamp := ""
	if stamped, ok := f.Source.(Stamped); ok {
		var err error
		if stamp, err = stamped.Stamp(ctx); err != nil {
			return d.fail(ctx, f, err)
		}
	}
	var problems []Problem
	troubles := 0
	before := d.index.Load()
	earlier := before.tables[i]
	f.mu.Lock()
	if f.reparse {
		earlier = nil
	}
	f.mu.Unlock()
	b := newBuilder(name, d.reader, before.seed, earlier)
	problem := func(p Problem) {
		if troubles++; len(problems) < maxKept {
			problems = append(problems, p)
		}
	}
	err := f.Source.Read(ctx, func(c protocol.Customer) {
		if !b.add(c) {
			problem(Problem{
				Text: fmt.Sprintf("customer %.40q has more than %d bytes of text and was skipped",
					c.Login+" "+c.Name, maxRow),
			})
		}
	}, problem)
	t, tooLarge := b.finish()
	if err == nil && len(t.rows) == 0 && troubles == 0 {
		problem(Problem{Text: "it has no customers"})
	}
	if err := errors.Join(err, tooLarge); err != nil {
		return d.fail(ctx, f, err)
	}

	d.put(i, t)

	now := time.Now()
	f.mu.Lock()
	f.stamp, f.restored, f.reparse = stamp, false, false
	f.status = Status{
		Name: name, Rows: len(t.rows), Numbers: len(t.numbers), Bytes: t.size(),
		Read: now, Took: now.Sub(start), Problems: problems, Troubles: troubles,
	}
	f.mu.Unlock()
	if _, file := f.Source.(Stamped); d.copies != nil && !file {
		d.keep(t, now, b.old.same(len(t.rows)))
	}
	d.log.Info("directory read", "directory", name, "customers", len(t.rows), "numbers", len(t.numbers),
		"problems", troubles, "took", now.Sub(start).Round(time.Millisecond))
	for _, p := range problems[:min(len(problems), 10)] {
		d.log.Warn("directory row skipped or used in part", "directory", name, "problem", p.String())
	}
	return nil
}

// fail sets the error of a source, unless the read was cancelled.
func (d *Directory) fail(ctx context.Context, f *feed, err error) error {
	err = fmt.Errorf("directory %s: %w", f.Source.Name(), err)
	if ctx.Err() != nil {
		return err
	}
	now := time.Now()
	f.mu.Lock()
	again := f.status.LastError == err.Error() && now.Sub(f.logged) < logEvery
	f.status.LastError = err.Error()
	status := f.status
	if !again {
		f.logged = now
	}
	f.mu.Unlock()
	switch {
	case again: // the same error is logged once an hour
	case status.Read.IsZero():
		d.log.Error("cannot read directory, its customers are unknown", "error", err)
	default:
		d.log.Error("cannot read directory, using its previous customers", "error", err,
			"customers", status.Rows, "age", status.Age(now).String())
	}
	return err
}

// Status returns the states of the sources, in the order of the feeds.
func (d *Directory) Status() []Status {
	out := make([]Status, len(d.feeds))
	for i, f := range d.feeds {
		f.mu.Lock()
		out[i] = f.status
		f.mu.Unlock()
		out[i].Problems = slices.Clone(out[i].Problems)
	}
	return out
}
