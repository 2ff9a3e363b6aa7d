package directory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Live is a source that can be asked for a single number, such as one whose customers of today are
// not in the index yet.
type Live interface {
	Source
	// Within is how long an answer may take; 0: the source is not asked.
	Within() time.Duration
	// Look returns the customers with a number. Others among them are left out.
	Look(ctx context.Context, number phone.Number) ([]protocol.Customer, error)
}

// Bounds of questions to live sources.
const (
	liveWorkers  = 4
	liveWaiting  = 100 // questions; more are not asked
	liveAnswers  = 10_000
	foundFor     = 10 * time.Minute
	notFoundFor  = 2 * time.Minute
	failedFor    = 15 * time.Second
	breakAfter   = 3 // failures in a row, after which a source is left alone for a while
	shortestRest = 30 * time.Second
	longestRest  = 5 * time.Minute
)

// live asks live sources in the background, and keeps their answers for a while. Find never waits for
// it.
type live struct {
	sources []*liveSource
	log     *slog.Logger
	now     func() time.Time
	waiting chan phone.Number

	mu      sync.Mutex
	answers map[string]answer // by E.164
}

// liveSource is a source and how it is doing.
type liveSource struct {
	Live
	mu     sync.Mutex
	failed int   // in a row
	err    error // the last failure; nil: it answers
	rest   time.Duration
	until  time.Time // it is left alone
}

type answer struct {
	found []protocol.Customer
	until time.Time // zero while it is not there
}

func newLive(log *slog.Logger, feeds []*feed) *live {
	l := &live{log: log, now: time.Now, waiting: make(chan phone.Number, liveWaiting), answers: map[string]answer{}}
	for _, f := range feeds {
		if s, ok := f.Source.(Live); ok && s.Within() > 0 {
			l.sources = append(l.sources, &liveSource{Live: s})
		}
	}
	return l
}

// takeOver keeps the customers that were found, until they are asked for again.
func (l *live) takeOver(old *live) {
	old.mu.Lock()
	defer old.mu.Unlock()
	for number, a := range old.answers {
		if len(a.found) > 0 && len(l.sources) > 0 {
			l.answers[number] = answer{a.found, l.now()}
		}
	}
}

// find returns what the sources have answered for a number. Without an answer it asks them.
func (l *live) find(n phone.Number) []protocol.Customer {
	if len(l.sources) == 0 || n.Kind != phone.External || n.E164 == "" {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	a, known := l.answers[n.E164]
	switch {
	case known && (a.until.IsZero() || now.Before(a.until)):
		return slices.Clone(a.found)
	case len(l.answers) >= liveAnswers:
		maps.DeleteFunc(l.answers, func(_ string, a answer) bool { return !a.until.IsZero() && now.After(a.until) })
		if len(l.answers) >= liveAnswers {
			return slices.Clone(a.found)
		}
	}
	select {
	case l.waiting <- n:
		l.answers[n.E164] = answer{found: a.found}
	default: // a flood of unknown numbers
	}
	return slices.Clone(a.found)
}

// known returns what the sources have answered for a number, and asks none.
func (l *live) known(n phone.Number) []protocol.Customer {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.answers[n.E164].found)
}

// run asks the sources until ctx ends. look picks the customers who have the number.
func (l *live) run(ctx context.Context, look func(s Live, all []protocol.Customer, n phone.Number) []protocol.Customer,
	answered func(ctx context.Context, n phone.Number, found bool, err error),
) {
	var workers sync.WaitGroup
	defer workers.Wait()
	if len(l.sources) == 0 {
		return
	}
	for range liveWorkers {
		workers.Go(func() {
			for {
				select {
				case n := <-l.waiting:
					found, err := l.ask(ctx, n, look)
					if ctx.Err() == nil {
						answered(ctx, n, found, err)
					}
				case <-ctx.Done():
					return
				}
			}
		})
	}
}

// ask asks all sources for a number, and reports whether one of them has a customer who was not known
// before. The error joins those of the sources that did not answer.
func (l *live) ask(ctx context.Context, n phone.Number,
	look func(s Live, all []protocol.Customer, n phone.Number) []protocol.Customer,
) (changed bool, err error) {
	keep := notFoundFor
	var failures []error
	var found []protocol.Customer
	for _, s := range l.sources {
		if !s.ready(l.now()) {
			keep = min(keep, failedFor)
			failures = append(failures, fmt.Errorf("directory %s: %w", s.Name(), s.fault()))
			continue
		}
		within, cancel := context.WithTimeout(ctx, s.Within())
		all, err := s.Look(within, n)
		cancel()
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil && errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer to the look-up within %v (lookup.within)", s.Within())
		}
		s.asked(err, l.now(), l.log)
		if err != nil {
			keep = min(keep, failedFor)
			failures = append(failures, fmt.Errorf("directory %s: %w", s.Name(), err))
			continue
		}
		found = append(found, look(s.Live, all, n)...)
	}
	if len(found) > 0 {
		keep = foundFor
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.answers[n.E164].found
	if len(found) == 0 && keep == failedFor {
		found = before
	}
	l.answers[n.E164] = answer{found, l.now().Add(keep)}
	return len(found) > 0 && !slices.Equal(found, before), errors.Join(failures...)
}

// fault is why a source is left alone, or did not answer last; nil if it did.
func (s *liveSource) fault() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.err == nil:
		return nil
	case s.until.IsZero():
		return s.err
	}
	return fmt.Errorf("%w; after %d failures in a row it is not asked until %s", s.err, s.failed,
		s.until.Format(time.TimeOnly))
}

// faultOf is the fault of the source with a name.
func (l *live) faultOf(name string) error {
	for _, s := range l.sources {
		if s.Name() == name {
			return s.fault()
		}
	}
	return nil
}

func (s *liveSource) ready(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !now.Before(s.until)
}

// asked counts a failure, after several of which the source is left alone for a while.
func (s *liveSource) asked(err error, now time.Time, log *slog.Logger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		if s.rest > 0 {
			log.Info("directory answers look-ups again", "directory", s.Name())
		}
		s.failed, s.rest, s.err, s.until = 0, 0, nil, time.Time{}
		return
	}
	s.err = err
	if s.failed++; s.failed < breakAfter || now.Before(s.until) { // or was asked before the rest began
		return
	}
	if s.rest == 0 {
		log.Warn("directory does not answer look-ups, its read customers are used", "directory", s.Name(), "error", err)
	}
	s.rest = min(max(2*s.rest, shortestRest), longestRest)
	s.until = now.Add(s.rest)
}

// having returns those of customers of a source who have a number.
func (d *Directory) having(s Live, all []protocol.Customer, n phone.Number) []protocol.Customer {
	x := d.index.Load()
	b := newBuilder(s.Name(), d.reader, x.seed, nil)
	for _, c := range all {
		b.add(c)
	}
	t, err := b.finish()
	if err != nil {
		return nil
	}
	found := (&index{seed: x.seed, tables: []*table{t}}).find(n)
	return slices.DeleteFunc(found, func(c protocol.Customer) bool { return c.Maybe })
}

// Ask asks the live sources for a number now, and waits: Find has their answers then. asked is false if
// Find needs none of them. The error joins those of the sources that did not answer.
func (d *Directory) Ask(ctx context.Context, number phone.Number) (asked bool, err error) {
	if found, err := d.Known(ctx, number); len(d.live.sources) == 0 || number.E164 == "" ||
		number.Kind != phone.External ||
		err == nil && len(found) > 0 && !found[0].Maybe {
		return false, nil
	}
	_, err = d.live.ask(ctx, number, d.having)
	return true, err
}

// TryLook asks a source for the number of one of its customers, to see whether it finds that. tried is
// false if the source cannot be asked, or has no customer with a complete number.
func (d *Directory) TryLook(ctx context.Context, name string) (number string, tried bool, err error) {
	i := slices.IndexFunc(d.feeds, func(f *feed) bool { return f.Source.Name() == name })
	if i < 0 {
		return "", false, nil
	}
	s, ok := d.feeds[i].Source.(Live)
	t := d.index.Load().tables[i]
	if !ok || s.Within() == 0 || t == nil {
		return "", false, nil
	}
	for row := range uint32(len(t.rows)) { //nolint:gosec // at most maxRows
		c := t.customer(row)
		for _, field := range []string{c.Phone, c.Mobile, c.HomePhone} {
			for _, n := range d.reader.Numbers(field) {
				if n.E164 == "" {
					continue
				}
				within, cancel := context.WithTimeout(ctx, s.Within())
				defer cancel()
				all, err := s.Look(within, n)
				if err == nil && len(d.having(s, all, n)) == 0 {
					err = fmt.Errorf(
						"the look-up of %s returns %d customers, none of whom has the number",
						n.E164,
						len(all),
					)
				}
				return n.E164, true, err
			}
		}
	}
	return "", false, nil
}
