package duty

import (
	"context"
	"time"

	"traybell/hub/agentstate"
	"traybell/hub/batch"
)

// Run keeps the clocks and saves changes, until ctx ends. Then it saves the rest.
func (s *Service) Run(ctx context.Context) {
	defer batch.Start(ctx, s.saved.run)()
	s.saved.touch(ctx, s.now(), s.Rules())
	for ctx.Err() == nil {
		next := s.round()
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
		s.saved.touch(ctx, s.now(), s.Rules())
	}
	if s.Rules().On {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveWithin)
		defer cancel()
		s.saved.alive(last, s.now())
	}
}

// hurry has Run look at the clocks.
func (s *Service) hurry() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// round does what is due, and returns when something will be.
func (s *Service) round() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, rules := s.now(), s.Rules()
	next := touchEvery
	for login, a := range s.agents {
		of, ok := rules.agent(login)
		if !ok || a.status.Off() {
			continue
		}
		r := rules.of(of)
		s.tick(login, now, r)
		if rules.Away > 0 && a.desktops == 0 && s.o.Absent(login) && !a.status.Off() && !a.status.State().OnPhone() {
			wait := a.left.Add(rules.Away).Sub(now)
			if wait <= 0 {
				s.apply(login, a.status.End(now, agentstate.Absent))
			}
			next = min(next, max(wait, 0)+time.Millisecond)
		}
		if due := a.status.Due(r); !due.IsZero() {
			next = min(next, max(due.Sub(now), 0)+time.Millisecond)
		}
	}
	return next
}

// tick does what is due for an agent.
func (s *Service) tick(login string, now time.Time, r agentstate.Rules) {
	a := s.agents[login]
	for {
		due := a.status.Due(r)
		if due.IsZero() || now.Before(due) {
			return
		}
		s.apply(login, a.status.Tick(now, r))
	}
}
