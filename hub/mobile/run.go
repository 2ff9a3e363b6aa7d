package mobile

import (
	"context"
	"sync"
	"time"

	"traybell/hub/calls"
)

const (
	often  = 2 * time.Second // between two looks at mobiles
	seldom = time.Minute     // between two looks while there are none, and all PBXs know it
)

// Adopt takes a call of an agent's mobile that reached no phone, such as one to the number for joining, for
// one that was not missed.
func (s *Service) Adopt(c calls.Change) calls.Change {
	if c.Call.Missed && len(c.Call.Legs) == 0 && s.Owner(c.Call.Number) != "" {
		c.Call.Missed = false
	}
	return c
}

// Run tells the PBXs, and watches the clock, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	defer s.keep(context.WithoutCancel(ctx))
	for ctx.Err() == nil {
		s.settle(ctx)
		s.shifts(ctx, &work)
		for _, id := range s.o.PBXs.IDs() {
			s.tell(ctx, id, &work)
			s.tend(ctx, id, &work)
		}
		s.keep(ctx)
		s.show()
		next := seldom
		if len(s.numbers()) > 0 || s.owes() {
			next = often
		}
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// settle deals with agents who have joined or left on a PBX.
func (s *Service) settle(ctx context.Context) {
	s.mu.Lock()
	came := s.came
	s.came = nil
	s.mu.Unlock()
	for _, m := range came {
		switch {
		case ctx.Err() != nil:
		case m.joined:
			s.o.Shifts.Begin(m.login)
		case len(s.o.Phones(m.login)) == 0:
			s.o.Shifts.End(m.login)
		}
	}
}

// shifts ends the use of mobiles whose time is over.
func (s *Service) shifts(ctx context.Context, work *sync.WaitGroup) {
	r, now := s.o.Rules(), s.o.Now()
	s.mu.Lock()
	var over []string
	for login, use := range s.kept.On {
		if end := r.end(use.Since); !end.IsZero() && !now.Before(end) {
			over = append(over, login)
		}
	}
	s.mu.Unlock()
	for _, login := range over {
		a, ok := r.Staff.Agent(login)
		if !ok {
			s.use(login, Use{}, false)
			continue
		}
		s.o.Log.Info("the time on the mobile is over", "agent", login)
		s.use(login, Use{}, false)
		work.Go(func() {
			if err := s.leave(ctx, a); err != nil {
				s.o.Log.Warn("cannot end the time on the mobile at once", "agent", login, "error", err)
			}
			if len(s.o.Phones(login)) == 0 {
				s.o.Shifts.End(login)
			}
		})
	}
}

// keep stores what has changed.
func (s *Service) keep(ctx context.Context) {
	s.mu.Lock()
	unkept, kept := s.unkept, s.copied()
	s.unkept = false
	s.mu.Unlock()
	if !unkept {
		return
	}
	if err := s.o.Store.Keep(ctx, kept); err != nil {
		s.o.Log.Warn("cannot keep who takes calls on a mobile", "error", err)
		s.mu.Lock()
		s.unkept = true
		s.mu.Unlock()
	}
}
