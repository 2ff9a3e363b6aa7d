package tracking

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"traybell/hub/batch"
	"traybell/hub/calls"
)

// Untracked is a number on which calls came in and that hub.yml's tracking does not name, but for
// "*".
type Untracked struct {
	PBX string // its id
	// as the PBX tells it; at most longestNumber bytes, without control characters. Empty where
	// the PBX told none
	Number string
	Calls  int
	First  time.Time // when such a call began
	Last   time.Time
}

// UntrackedStore counts them.
type Store interface {
	// CountUntracked adds to what was counted of each number, and forgets some where there are then
	// more than most.
	CountUntracked(ctx context.Context, counts []Untracked, most int) error
	// UntrackedNumbers returns all, the most called first.
	UntrackedNumbers(ctx context.Context) ([]Untracked, error)
}

const (
	mostUntracked = 1000
	longestNumber = 64
	writePause    = time.Second // from the first call to the write
	retryPause    = 5 * time.Second
)

// Counter counts calls on untracked numbers. The desk adds to it and does not wait; the goroutine
// of Run writes.
type Counter struct {
	store Store
	log   *slog.Logger
	loop  *batch.Loop

	failing bool // logged once; Run's own

	mu    sync.Mutex // guards inbox
	inbox map[[2]string]Untracked
}

// NewCounter makes a counter; Run starts it.
func NewCounter(s Store, log *slog.Logger) *Counter {
	return &Counter{store: s, log: log, loop: batch.New(writePause), inbox: map[[2]string]Untracked{}}
}

// Count counts a call that has ended and came in on a number that is not tracked.
func (t *Counter) Count(c calls.Call) {
	t.add(Untracked{PBX: c.PBX, Number: sanitize(c.DID), Calls: 1, First: c.Started, Last: c.Started})
	t.loop.Wake()
}

// Run writes what was counted until ctx ends, and then what is left.
func (t *Counter) Run(ctx context.Context) { t.loop.Run(ctx, t.write) }

// sanitize returns what may be kept of a text that a stranger may have chosen.
func sanitize(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text[:min(len(text), 4*longestNumber)], "?"))
	if len(text) > longestNumber {
		text = strings.ToValidUTF8(text[:longestNumber], "")
	}
	return text
}

func (t *Counter) add(u Untracked) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := [2]string{u.PBX, u.Number}
	if old, ok := t.inbox[key]; ok {
		u.Calls += old.Calls
		if old.First.Before(u.First) {
			u.First = old.First
		}
		if old.Last.After(u.Last) {
			u.Last = old.Last
		}
	} else if len(t.inbox) >= mostUntracked { // the database does not keep more either
		return
	}
	t.inbox[key] = u
}

func (t *Counter) write(ctx context.Context) (next time.Duration) {
	t.mu.Lock()
	counts := slices.Collect(maps.Values(t.inbox))
	clear(t.inbox)
	t.mu.Unlock()
	if len(counts) == 0 {
		return 0
	}
	if err := t.store.CountUntracked(ctx, counts, mostUntracked); err != nil {
		if !t.failing {
			t.failing = true
			t.log.Warn("cannot count calls on untracked numbers; retrying", "error", err)
		}
		for _, u := range counts {
			t.add(u)
		}
		return retryPause
	}
	t.failing = false
	return 0
}
