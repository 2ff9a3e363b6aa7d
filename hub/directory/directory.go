// Package directory knows customers by their numbers. It reads sources (CSV files, databases, LDAP
// servers) on start, on a schedule and on demand, and answers from memory.
//
// A Directory holds one index that never changes; reading a source makes a new one and swaps it in,
// so that Find neither waits nor sees half a source. Each source has a goroutine of its own in Run.
// A source that cannot be read keeps the customers it had.
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
	watchEvery = 5 * time.Second  // how often a stamped source is asked whether it has changed
	retryEvery = 30 * time.Second // how soon a source that failed is read again, at the latest
	tellEvery  = time.Hour        // how often the log hears of the same failure
	maxTold    = 100              // problems of one reading that are kept in words
)

// Feed is a source and how often it is read again. With Every 0, a Stamped source is read again
// when it has changed, another one on demand only. A Stamped source is never read again by the
// schedule while it is the same.
type Feed struct {
	Source Source
	Every  time.Duration
}

// Status is how one source stands.
type Status struct {
	Name     string
	Rows     int           // customers in use
	Numbers  int           // numbers in use
	Bytes    int           // memory they take, roughly
	Read     time.Time     // when what is in use was read; zero: never
	Took     time.Duration // how long that was
	Problems []Problem     // of that reading: the first hundred
	Troubles int           // how many problems there were
	// why the last reading failed; empty when it did not. The customers in use are then from before
	LastError string
}

// Age is how old the customers in use are, in whole seconds; 0 where there are none.
func (s Status) Age(now time.Time) time.Duration {
	if s.Read.IsZero() {
		return 0
	}
	return now.Sub(s.Read).Round(time.Second)
}

// Directory finds customers by number. All of its methods may be called from several goroutines.
type Directory struct {
	reader *phone.Reader
	log    *slog.Logger
	feeds  []*feed
	index  atomic.Pointer[index]
	swap   sync.Mutex // held for replacing the index
	copies *Copies    // nil: none are kept
}

type feed struct {
	Feed
	reading sync.Mutex    // held while the source is read
	asked   chan struct{} // holds one where somebody wants it read now

	mu     sync.Mutex // guards what follows
	status Status
	stamp  string
	told   time.Time // when the log heard last of a failure

	restored bool // the customers are those of a copy, or of before a reload: they are to be read at once
	anew     bool // their numbers were read by other rules: nothing of them can be taken over
}

// New makes a directory; nothing is read before Refresh or Run. The reader says how national
// numbers are written; its CallerID rules do not touch what sources keep. The order of the feeds
// decides whose fields win where several know one person.
func New(reader *phone.Reader, log *slog.Logger, feeds ...Feed) *Directory {
	d := &Directory{reader: reader.Plain(), log: log}
	for _, f := range feeds {
		d.feeds = append(d.feeds, &feed{Feed: f, status: Status{Name: f.Source.Name()}, asked: make(chan struct{}, 1)})
	}
	d.index.Store(&index{seed: maphash.MakeSeed(), tables: make([]*table, len(feeds))})
	return d
}

// put swaps a source's table in.
func (d *Directory) put(i int, t *table) {
	d.swap.Lock()
	defer d.swap.Unlock()
	old := d.index.Load()
	tables := slices.Clone(old.tables)
	tables[i] = t
	d.index.Store(&index{seed: old.seed, tables: tables})
}

// Find returns the customers with a number, the surest first, at most MaxFound. Nobody found is no
// error, unless a source could not be read yet, so that nobody knows. It answers from memory and
// never waits.
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
			return nil, fmt.Errorf("directory %s was not read yet", d.feeds[i].Source.Name())
		}
	}
	return nil, nil
}

// Refresh reads sources now, all or those named, and returns when it is done. The error joins those
// of the sources that failed.
func (d *Directory) Refresh(ctx context.Context, names ...string) error {
	for _, name := range names {
		if !slices.ContainsFunc(d.feeds, func(f *feed) bool { return f.Source.Name() == name }) {
			return fmt.Errorf("no directory is named %q", name)
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

// ReadSoon lets Run read a source now, and does not wait for it. It returns false where none has
// that name.
func (d *Directory) ReadSoon(name string) bool {
	i := slices.IndexFunc(d.feeds, func(f *feed) bool { return f.Source.Name() == name })
	if i < 0 {
		return false
	}
	select {
	case d.feeds[i].asked <- struct{}{}:
	default: // somebody has asked already
	}
	return true
}

// Run reads the sources that were not read yet, and then each on its schedule, until ctx ends.
func (d *Directory) Run(ctx context.Context) {
	var all sync.WaitGroup
	for i := range d.feeds {
		all.Go(func() { d.follow(ctx, i) })
	}
	all.Wait()
}

// follow keeps one source fresh.
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
			_ = d.read(ctx, i) // read has told it, and keeps it in the status
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
		var timeUp <-chan time.Time // never, where the schedule has nothing
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

// read reads one source and puts its customers into the index, or keeps the old ones.
func (d *Directory) read(ctx context.Context, i int) error {
	f := d.feeds[i]
	f.reading.Lock()
	defer f.reading.Unlock()
	if ctx.Err() != nil {
		return d.fail(ctx, f, ctx.Err())
	}
	name := f.Source.Name()
	start := time.Now()

	// The stamp is taken before the reading: a change during it is seen the next time.
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
	if f.anew {
		earlier = nil
	}
	f.mu.Unlock()
	b := newBuilder(name, d.reader, before.seed, earlier)
	problem := func(p Problem) {
		if troubles++; len(problems) < maxTold {
			problems = append(problems, p)
		}
	}
	err := f.Source.Read(ctx, func(c protocol.Customer) {
		if !b.add(c) {
			problem(Problem{
				Text: fmt.Sprintf("customer %.40q has more than %d bytes of text and was left out",
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
	f.stamp, f.restored, f.anew = stamp, false, false
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
		d.log.Warn("directory: a row was left out, or is used in part", "directory", name, "problem", p.String())
	}
	return nil
}

// fail keeps why a source could not be read. A reading that was called off is no failure of the
// source.
func (d *Directory) fail(ctx context.Context, f *feed, err error) error {
	err = fmt.Errorf("directory %s: %w", f.Source.Name(), err)
	if ctx.Err() != nil {
		return err
	}
	now := time.Now()
	f.mu.Lock()
	again := f.status.LastError == err.Error() && now.Sub(f.told) < tellEvery
	f.status.LastError = err.Error()
	status := f.status
	if !again {
		f.told = now
	}
	f.mu.Unlock()
	switch {
	case again: // said once an hour, not every half a minute
	case status.Read.IsZero():
		d.log.Error("a directory could not be read: its customers are not known", "error", err)
	default:
		d.log.Error("a directory could not be read: the customers read before are used on", "error", err,
			"customers", status.Rows, "age", status.Age(now).String())
	}
	return err
}

// Status tells how the sources stand, in the order of the feeds.
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
