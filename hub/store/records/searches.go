package records

import (
	"context"
	"fmt"
	"sync"
)

// searches bounds the searches that run at once: to searchesAtOnce, and to one of each agent, so
// that those of one do not delay the others'.
type searches struct {
	slots chan struct{} // one for each running search

	mu  sync.Mutex
	own map[string]*ownSlot // by login, of agents with a search
}

type ownSlot struct {
	slot  chan struct{}
	users int // that run or wait
}

func newSearches() *searches {
	return &searches{slots: make(chan struct{}, searchesAtOnce), own: map[string]*ownSlot{}}
}

// begin waits until an agent's search may run; end ends it.
func (s *searches) begin(ctx context.Context, login string) (end func(), err error) {
	s.mu.Lock()
	own := s.own[login]
	if own == nil {
		own = &ownSlot{slot: make(chan struct{}, 1)}
		s.own[login] = own
	}
	own.users++
	s.mu.Unlock()
	taken := 0
	end = func() {
		if taken > 1 {
			<-s.slots
		}
		if taken > 0 {
			<-own.slot
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if own.users--; own.users == 0 {
			delete(s.own, login)
		}
	}
	for _, slots := range []chan struct{}{own.slot, s.slots} {
		select {
		case slots <- struct{}{}:
			taken++
		case <-ctx.Done():
			end()
			return nil, fmt.Errorf("search call records: too many searches: %w", ctx.Err())
		}
	}
	return end, nil
}
