package recordings

import (
	"context"
	"sync"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/fail"
)

const (
	searchesAtOnce = 16
	locatedFor     = 10 * time.Minute
	mostLocated    = 2000
	searchedFor    = 3 * time.Second // what a search has not found is not looked for again
)

// located is a recording whose place is known, so that each range of a listener need not look for it.
type located struct {
	Recording
	at time.Time
}

// searches bounds the searches for recordings, and remembers for a while what they have found.
type searches struct {
	places chan struct{} // a search lasts as long as a folder or a database does not answer

	mu    sync.Mutex
	rules *Rules               // by which it was found
	found map[string]located   // by call and recording
	ended map[string]time.Time // last search by call
}

func newSearches() searches {
	return searches{
		places: make(chan struct{}, searchesAtOnce), found: map[string]located{}, ended: map[string]time.Time{},
	}
}

// forget forgets what was found: other rules apply.
func (x *searches) forget(rules *Rules) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.rules = rules
	clear(x.found)
	clear(x.ended)
}

// known returns a recording of a call; nil: a search has just not found it. ok is false if it must be
// looked for.
func (x *searches) known(callID, id string, now time.Time) (r *Recording, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if l, ok := x.found[callID+"\n"+id]; ok && now.Sub(l.at) < locatedFor {
		return &l.Recording, true
	}
	return nil, now.Sub(x.ended[callID]) < searchedFor
}

// find looks for the recordings of a call. The error is fail.Busy if too many searches are in progress.
func (x *searches) find(ctx context.Context, rules *Rules, of cdr.Record, notes []Note, now func() time.Time) (
	Found, error,
) {
	select {
	case x.places <- struct{}{}:
		defer func() { <-x.places }()
	default:
		return Found{}, &fail.Error{
			Code: fail.Busy, Text: "Too many recordings are being looked for: please try again.", Retry: true,
		}
	}
	return x.look(ctx, rules, of, notes, now)
}

// look looks for the recordings of a call, and remembers where they are. The caller has a place.
func (x *searches) look(ctx context.Context, rules *Rules, of cdr.Record, notes []Note, now func() time.Time) (
	Found, error,
) {
	found := rules.find(ctx, of, notes)
	if err := ctx.Err(); err != nil {
		return found, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.rules != rules {
		return found, nil
	}
	if len(x.found) >= mostLocated || len(x.ended) >= mostLocated {
		clear(x.found)
		clear(x.ended)
	}
	at := now()
	x.ended[of.CallID] = at
	for _, one := range found.Recordings {
		x.found[of.CallID+"\n"+one.ID] = located{one, at}
	}
	return found, nil
}
