package listener

import "sync"

// turns are places for few of many who wait. Sites take turns, and within a site it is first come,
// first served: many connections of one site delay no other.
type turns struct {
	mu    sync.Mutex
	free  int
	sites []*site // with waiting connections; the first one is next
	of    map[string]*site
}

type site struct {
	name    string
	waiting []chan struct{}
}

func newTurns(places int) *turns { return &turns{free: places, of: map[string]*site{}} }

// take waits for a place. There is no way to give up: each wait is short, and the caller may give
// the place back at once.
func (t *turns) take(name string) {
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return
	}
	s := t.of[name]
	if s == nil {
		s = &site{name: name}
		t.of[name] = s
		t.sites = append(t.sites, s)
	}
	turn := make(chan struct{})
	s.waiting = append(s.waiting, turn)
	t.mu.Unlock()
	<-turn
}

// give gives a place to the next who waits. It does not block.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.sites) == 0 {
		t.free++
		return
	}
	s := t.sites[0]
	t.sites = t.sites[1:]
	close(s.waiting[0])
	if s.waiting = s.waiting[1:]; len(s.waiting) > 0 {
		t.sites = append(t.sites, s)
	} else {
		delete(t.of, s.name)
	}
}
