package desk

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"

	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Untracked is a number on which calls came in and that hub.yml's tracking does not name, but for
// "*".
type Untracked struct {
	PBX string // its id
	// as the PBX tells it; at most untrackedLength bytes, without control characters. Empty where
	// the PBX told none
	Number string
	Calls  int
	First  time.Time // when such a call began
	Last   time.Time
}

// UntrackedStore counts them.
type UntrackedStore interface {
	// CountUntracked adds to what was counted of each number, and forgets some where there are then
	// more than most.
	CountUntracked(ctx context.Context, counts []Untracked, most int) error
	// UntrackedNumbers returns all, the most called first.
	UntrackedNumbers(ctx context.Context) ([]Untracked, error)
}

const (
	untrackedMost   = 1000
	untrackedLength = 64
	untrackedPause  = time.Second // between two writes
)

// tally counts calls on numbers that are not tracked. The loop adds to it and does not wait; its
// own goroutine writes.
type tally struct {
	store UntrackedStore
	log   *slog.Logger
	wake  chan struct{}

	failing bool // said once; run's own

	mu    sync.Mutex // guards inbox
	inbox map[[2]string]Untracked
}

func newTally(s UntrackedStore, log *slog.Logger) *tally {
	return &tally{store: s, log: log, wake: make(chan struct{}, 1), inbox: map[[2]string]Untracked{}}
}

// countUntracked counts a call that has ended, where it came in on no number of its own. It runs on
// the loop.
func (d *Desk) countUntracked(l *live) {
	if d.tally == nil || l.call.Direction != protocol.Incoming || l.call.Into != "" || l.line != nil &&
		l.line.Number != "*" {
		return
	}
	d.tally.add(Untracked{
		PBX: l.call.PBX, Number: tamed(l.call.DID), Calls: 1, First: l.call.Started, Last: l.call.Started,
	})
}

// tamed is what may be kept of a text that a stranger may have chosen.
func tamed(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text[:min(len(text), 4*untrackedLength)], "?"))
	if len(text) > untrackedLength {
		text = strings.ToValidUTF8(text[:untrackedLength], "")
	}
	return text
}

func (t *tally) add(u Untracked) {
	t.mu.Lock()
	key := [2]string{u.PBX, u.Number}
	if old, ok := t.inbox[key]; ok {
		u.Calls += old.Calls
		if old.First.Before(u.First) {
			u.First = old.First
		}
		if old.Last.After(u.Last) {
			u.Last = old.Last
		}
	} else if len(t.inbox) >= untrackedMost { // the database does not keep more either
		t.mu.Unlock()
		return
	}
	t.inbox[key] = u
	t.mu.Unlock()
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// counting starts the tally's goroutine, if there is one, and returns what stops it.
func (d *Desk) counting(ctx context.Context) (stop func()) {
	if d.tally == nil {
		return func() {}
	}
	return beside(ctx, d.tally.run)
}

// run writes what was counted, at most once in a pause, until ctx ends, and then what is left.
func (t *tally) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-t.wake:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingTime)
			defer cancel()
			t.write(last)
			return
		}
		t.write(ctx)
		timer.Reset(untrackedPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}

func (t *tally) write(ctx context.Context) {
	t.mu.Lock()
	counts := make([]Untracked, 0, len(t.inbox))
	for _, u := range t.inbox {
		counts = append(counts, u)
	}
	clear(t.inbox)
	t.mu.Unlock()
	if len(counts) == 0 {
		return
	}
	if err := t.store.CountUntracked(ctx, counts, untrackedMost); err != nil {
		if !t.failing {
			t.failing = true
			t.log.Warn("calls on numbers that are not tracked could not be counted; they are as soon as the "+
				"database takes them",
				"error", err)
		}
		for _, u := range counts {
			t.add(u)
		}
		return
	}
	t.failing = false
}

// Tracked returns what tells whether a number has an entry of its own in tracking, by itself or by
// a pattern.
func Tracked(configured []Line, numbers *phone.Reader) (func(number string) bool, error) {
	ls, err := newLines(configured, numbers)
	if err != nil {
		return nil, err
	}
	return func(number string) bool {
		l := ls.called(number)
		return l != nil && l.Number != "*"
	}, nil
}
