package pbx

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Set holds the enabled PBXs of a hub by their ids, each running. The zero Set is empty.
type Set struct {
	mu  sync.Mutex // guards what follows
	ids []string   // in the order in which they were added
	all map[string]*running
}

type running struct {
	*PBX
	stop context.CancelFunc
	done chan struct{}
}

// Start adds a PBX and runs it until ctx is done or it is stopped.
func (s *Set) Start(ctx context.Context, cfg Config) { s.start(ctx, New(cfg)) }

func (s *Set) start(ctx context.Context, p *PBX) {
	ctx, stop := context.WithCancel(ctx)
	r := &running{PBX: p, stop: stop, done: make(chan struct{})}
	id := p.cfg.Name
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]*running{}
	}
	if s.all[id] == nil {
		s.ids = append(s.ids, id)
	}
	s.all[id] = r
	go func() {
		defer close(r.done)
		_ = r.Run(ctx) // nil
	}()
}

// Renew replaces the connection of a PBX. Its trackers keep their state, as after a lost
// connection.
func (s *Set) Renew(ctx context.Context, connection Config) {
	old, ok := s.find(connection.Name)
	if !ok {
		return
	}
	old.end()
	cfg := old.cfg
	cfg.Config, cfg.Queues, cfg.Dialplan = connection.Config, connection.Queues, connection.Dialplan
	cfg.Log = old.cfg.Log
	next := New(cfg)
	next.epoch, next.heard = old.epoch, old.heard // nothing runs that could change them
	s.start(ctx, next)
}

// Remove stops a PBX and forgets it. It returns when the connection is closed, and when the PBX was
// last heard of.
func (s *Set) Remove(id string) (heard time.Time) {
	r, ok := s.find(id)
	if !ok {
		return time.Time{}
	}
	s.mu.Lock()
	delete(s.all, id)
	s.ids = slices.DeleteFunc(s.ids, func(known string) bool { return known == id })
	s.mu.Unlock()
	r.end()
	return r.Heard()
}

// StopAll stops all PBXs and returns when their connections are closed.
func (s *Set) StopAll() {
	for _, id := range s.IDs() {
		if r, ok := s.find(id); ok {
			r.end()
		}
	}
}

// IDs returns the ids in the order in which the PBXs were added.
func (s *Set) IDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ids)
}

// PBX returns the PBX with that id.
func (s *Set) PBX(id string) (p *PBX, ok bool) {
	if r, ok := s.find(id); ok {
		return r.PBX, true
	}
	return nil, false
}

func (s *Set) find(id string) (*running, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.all[id]
	return r, ok
}

func (r *running) end() {
	r.stop()
	<-r.done
}
