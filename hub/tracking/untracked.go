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

// Untracked is a called number that has no entry in hub.yml's tracking other than "*".
type Untracked struct {
	PBX string // its id
	// as the PBX sent it, sanitized; empty if it sent none
	Number string
	Calls  int
	First  time.Time // start of the first call
	Last   time.Time // start of the last call
}

// Store keeps the counts.
type Store interface {
	// CountUntracked adds to the counts, and deletes some numbers if there are more than most.
	CountUntracked(ctx context.Context, counts []Untracked, most int) error
	// UntrackedNumbers returns all numbers, the most called first.
	UntrackedNumbers(ctx context.Context) ([]Untracked, error)
}

const (
	mostUntracked = 1000
	longestNumber = 64
	writePause    = time.Second // from the first call to the write
	retryPause    = 5 * time.Second
)

// Counter counts calls to untracked numbers.
type Counter struct {
	store Store
	log   *slog.Logger
	loop  *batch.Loop

	failing bool // the error was logged; belongs to Run

	mu    sync.Mutex // guards inbox
	inbox map[[2]string]Untracked
}

// NewCounter returns a counter; Run starts it.
func NewCounter(s Store, log *slog.Logger) *Counter {
	return &Counter{store: s, log: log, loop: batch.New(writePause), inbox: map[[2]string]Untracked{}}
}

// Count counts an ended call to an untracked number. It does not block and may be called from any
// goroutine.
func (t *Counter) Count(c calls.Call) {
	t.add(Untracked{PBX: c.PBX, Number: sanitize(c.DID), Calls: 1, First: c.Started, Last: c.Started})
	t.loop.Wake()
}

// Run saves the counts until ctx ends, and then saves what is left.
func (t *Counter) Run(ctx context.Context) { t.loop.Run(ctx, t.write) }

// sanitize removes control characters from a text that a stranger may have chosen, and limits it to
// longestNumber bytes.
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
	} else if len(t.inbox) >= mostUntracked { // the limit of the database
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
	left, err := batch.Keep(ctx, counts, func(ctx context.Context, some []Untracked) error {
		return t.store.CountUntracked(ctx, some, mostUntracked)
	}, func(u Untracked, why error) {
		t.log.Warn("called number refused by the database, not counting it", "number", u.Number, "pbx", u.PBX,
			"error", why)
	})
	if err != nil {
		if !t.failing {
			t.failing = true
			t.log.Warn("cannot count calls to untracked numbers, retrying", "error", err)
		}
		for _, u := range left {
			t.add(u)
		}
		return retryPause
	}
	t.failing = false
	return 0
}
