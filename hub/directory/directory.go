// Package directory finds customers by their numbers. It reads sources (files, databases, servers:
// the packages below it) at the start, on a schedule and on demand, and answers from memory.
//
// A Directory has an immutable index. Reading a source builds a new index and swaps it in, so Find
// does not wait and never sees half a source. Run has one goroutine per source. If a source cannot
// be read, its previous customers stay.
package directory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"traybell/shared/phone"
	"traybell/shared/printable"
	"traybell/shared/protocol"
)

const (
	watchEvery = 5 * time.Second  // how often the stamp of a source is checked
	retryEvery = 30 * time.Second // longest pause after an error
	logEvery   = time.Hour        // how often the same error is logged
	maxKept    = 100              // problems kept of one read
	maxProblem = 500              // bytes of a problem that are kept
	readWithin = time.Hour        // longest read of a source
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
	Filled   Filled        // of Rows, how many have a field
	Bytes    int           // approximate memory of the customers
	Read     time.Time     // when the customers in use were read; zero: never
	Took     time.Duration // duration of the read
	Fault    string        // why the customers in use are useless, also the first problem; mostly empty
	Problems []Problem     // of the read, the first hundred
	Troubles int           // number of problems
	// why the last read failed; empty if it did not. The customers in use are those of an earlier
	// read
	LastError string
}

// Filled counts the customers who have a field.
type Filled struct{ Number, Name, Email, Login, Company int }

func (f *Filled) add(c protocol.Customer) {
	for _, each := range []struct {
		has  bool
		into *int
	}{
		{hasNumber(c), &f.Number},
		{c.Name != "", &f.Name},
		{c.Email != "", &f.Email},
		{c.Login != "", &f.Login},
		{c.Company != "", &f.Company},
	} {
		if each.has {
			*each.into++
		}
	}
}

// Age returns the age of the customers in use in whole seconds; 0 if there are none.
func (s Status) Age(now time.Time) time.Duration {
	if s.Read.IsZero() {
		return 0
	}
	return now.Sub(s.Read).Round(time.Second)
}

// fault returns why the customers that were read are useless; empty if they are not.
func fault(customers int, numbers bool, troubles int) string {
	switch {
	case numbers:
		return ""
	case customers > 0:
		return "no customer has a number that can be used: calls find none of them"
	case troubles > 0:
		return "no customer can be used"
	}
	return "it has no customers; add some, or remove the directory from hub.yml"
}

// hasNumber reports whether a customer has a number, or the name of a phone such as alice101.
func hasNumber(c protocol.Customer) bool {
	return slices.ContainsFunc([]string{c.Phone, c.Mobile, c.HomePhone, c.Fax}, func(field string) bool {
		return strings.ContainsFunc(field, unicode.IsDigit) && phone.Dialable(field)
	})
}

// Directory finds customers by number. All methods may be called from several goroutines.
type Directory struct {
	reader  *phone.Reader
	log     *slog.Logger
	feeds   []*feed
	index   atomic.Pointer[index]
	prompts prompts
	swap    sync.Mutex // held while the index is replaced
	copies  *Copies    // nil: no copies

	live *live
	// Answered is called when a live source has the customer of a number that Find did not know. It is
	// set before Run, or nil.
	Answered func(ctx context.Context, number phone.Number)
	// Unanswered is called when live sources do not answer about a number. It is set before Run, or nil.
	Unanswered func(ctx context.Context, number phone.Number, err error)

	// Changed is called when Find may have other answers than before, by the goroutine that read
	// the source. It is set before Run and Refresh, or nil.
	Changed func(ctx context.Context)
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
	d.live = newLive(log, d.feeds)
	return d
}

// put swaps in the table of a source.
func (d *Directory) put(i int, t *table) {
	d.prompts.follow(t)
	d.swap.Lock()
	defer d.swap.Unlock()
	old := d.index.Load()
	tables := slices.Clone(old.tables)
	tables[i] = t
	d.index.Store(&index{seed: old.seed, tables: tables})
	d.prompts.keep(tables)
}

// Find returns the customers with a number, best match first, at most MaxFound. No match is not an
// error unless a source was not read yet. If no customer has the number, its other readings are
// looked up, unless it is Settled. Find answers from memory and does not block; live sources are asked
// in the background, see Answered.
func (d *Directory) Find(ctx context.Context, number phone.Number) ([]protocol.Customer, error) {
	return d.find(ctx, number, d.live.find)
}

// Known is Find without questions to live sources: a list of calls has many numbers, and who calls
// now would wait behind them. It has what they have answered before.
func (d *Directory) Known(ctx context.Context, number phone.Number) ([]protocol.Customer, error) {
	return d.find(ctx, number, d.live.known)
}

func (d *Directory) find(ctx context.Context, number phone.Number, live func(phone.Number) []protocol.Customer,
) ([]protocol.Customer, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x := d.index.Load()
	found := x.find(number)
	if len(found) == 0 || found[0].Maybe {
		for _, other := range d.reader.Others(number) {
			reading := number
			reading.Kind, reading.E164 = phone.External, other
			switch better := x.find(reading); {
			case len(better) > 0 && !better[0].Maybe:
				return better, nil
			case len(found) == 0:
				found = better
			}
		}
	}
	if len(found) == 0 || found[0].Maybe {
		if now := live(number); len(now) > 0 {
			return now, nil
		}
	}
	if len(found) > 0 || number.Kind == phone.Withheld {
		return found, nil
	}
	for i, t := range x.tables {
		if t == nil {
			return nil, &UnreadError{d.feeds[i].Source.Name()}
		}
	}
	return nil, nil
}

// UnreadError is the error of a number that no customer has, while a directory was never read.
type UnreadError struct{ Name string }

func (e *UnreadError) Error() string {
	return fmt.Sprintf("directory %s has not been read yet", e.Name)
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
	all.Go(func() {
		d.live.run(ctx, d.having, func(ctx context.Context, n phone.Number, found bool, err error) {
			if found && d.Answered != nil {
				d.Answered(ctx, n)
			}
			if err != nil && d.Unanswered != nil {
				d.Unanswered(ctx, n, err)
			}
		})
	})
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
	before := d.index.Load()
	old := before.tables[i]
	earlier := old
	f.mu.Lock()
	if f.reparse {
		earlier = nil
	}
	f.mu.Unlock()
	b := newBuilder(name, d.reader, before.seed, earlier)
	r := reading{builder: b}
	err := r.read(ctx, f.Source)
	t, tooLarge := b.finish()
	if err := cmp.Or(tooLarge, err); err != nil {
		return d.fail(ctx, f, err)
	}
	fault := fault(len(t.rows), r.filled.Number > 0, r.troubles)
	ending, ok := f.Source.(Ending)
	if why := worse(old, t, fault, r.troubles, !ok || ending.Whole()); why != "" {
		f.mu.Lock()
		f.status.Problems, f.status.Troubles = r.problems, r.troubles
		f.mu.Unlock()
		return d.fail(ctx, f, errors.New(why))
	}
	problems, troubles := r.problems, r.troubles
	if fault != "" {
		troubles++
		problems = slices.Insert(problems, 0, Problem{Text: fault})
	}

	d.put(i, t)

	now := time.Now()
	f.mu.Lock()
	f.stamp, f.restored, f.reparse = stamp, false, false
	f.status = Status{
		Name: name, Rows: len(t.rows), Numbers: t.count(), Filled: r.filled, Bytes: t.size(),
		Read: now, Took: now.Sub(start), Fault: fault, Problems: problems, Troubles: troubles,
	}
	f.mu.Unlock()
	same := b.old.same(len(t.rows))
	if _, file := f.Source.(Stamped); d.copies != nil && !file {
		d.keep(t, now, same)
	}
	if !same {
		d.changed(ctx)
	}
	d.log.Info("directory read", "directory", name, "customers", len(t.rows), "numbers", t.count(),
		"problems", troubles, "took", now.Sub(start).Round(time.Millisecond))
	for _, p := range problems[:min(len(problems), 10)] {
		d.log.Warn("directory row skipped or used in part", "directory", name, "problem", p.String())
	}
	return nil
}

// worse returns why the customers of old stay in use instead of those that were read: a bad export
// must not make all callers unknown. It is empty if they do not.
func worse(old, read *table, fault string, troubles int, whole bool) string {
	if old == nil || old.count() == 0 {
		return ""
	}
	lost := len(old.rows) - len(read.rows)
	switch {
	case fault != "":
		return fault
	case lost > len(read.rows) && troubles >= lost/2:
		return fmt.Sprintf("it has %d customers, %d less than before, and %d problems: correct the rows below",
			len(read.rows), lost, troubles)
	case !whole && lost >= max(2, len(old.rows)/10):
		return fmt.Sprintf("it has %d customers, %d less than before, and ends within a line: is it complete? If it "+
			"is, add a line break at its end", len(read.rows), lost)
	}
	return ""
}

// reading is one read of a source.
type reading struct {
	*builder
	filled   Filled
	problems []Problem
	troubles int
}

// read reads a source, within the limits of a read.
func (r *reading) read(parent context.Context, from Source) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	ctx, stop := context.WithTimeoutCause(ctx, readWithin,
		fmt.Errorf("it was not read within %v: is it much larger than expected, or does it not end?", readWithin))
	defer stop()
	rows := func() {
		if len(r.table.rows)+r.troubles > 2*maxRows {
			cancel(errTooLarge)
		}
	}
	err := from.Read(ctx, func(c protocol.Customer) {
		r.filled.add(c)
		if !r.add(c) {
			r.problem(Problem{
				Text: fmt.Sprintf("customer %.40q has more than %d bytes of text and was skipped",
					c.Login+" "+c.Name, maxRow),
			})
		}
		if r.failed != nil {
			cancel(r.failed)
		}
		rows()
	}, func(p Problem) {
		r.problem(p)
		rows()
	})
	if cause := context.Cause(ctx); cause != nil && parent.Err() == nil {
		return cause
	}
	return err
}

func (r *reading) problem(p Problem) {
	if r.troubles++; len(r.problems) < maxKept {
		p.Text = printable.Cut(p.Text, maxProblem)
		r.problems = append(r.problems, p)
	}
}

func (d *Directory) changed(ctx context.Context) {
	if d.Changed != nil {
		d.Changed(ctx)
	}
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
		if err := d.live.faultOf(out[i].Name); err != nil {
			out[i].Problems = slices.Insert(out[i].Problems, 0, Problem{Key: "lookup", Text: err.Error()})
			out[i].Troubles++
		}
	}
	return out
}
