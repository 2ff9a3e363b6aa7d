package agents

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"traybell/hub/signin"
	"traybell/shared/protocol"
)

// enter registers a connection; the caller must call work.Done.
func (s *Server) enter(ses *session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return errors.New("the hub is stopping")
	}
	from := signin.Network(ses.address)
	if len(s.all)-s.count >= unsignedAtOnce || s.unsigned[from] >= unsignedOfOne {
		return errors.New("too many connections are signing in")
	}
	s.all[ses] = struct{}{}
	s.unsigned[from]++
	s.work.Add(1)
	return nil
}

// leave removes a session from the tables.
func (s *Server) leave(ses *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, ses)
	if !ses.admitted {
		s.settled(ses)
	}
	if !ses.signed {
		return
	}
	ses.signed = false
	s.count--
	of := s.signed[ses.agent.Login]
	if of[ses.client.Desktop] == ses {
		delete(of, ses.client.Desktop)
	}
	if len(of) == 0 {
		delete(s.signed, ses.agent.Login)
	}
}

// settled removes a session from the count of those that have not signed in. The lock is held.
func (s *Server) settled(ses *session) {
	from := signin.Network(ses.address)
	if s.unsigned[from]--; s.unsigned[from] <= 0 {
		delete(s.unsigned, from)
	}
}

// refusal is why a session is refused or closed.
type refusal struct {
	code  protocol.CloseCode
	error protocol.ErrorCode
	text  string
	wait  time.Duration
}

// admit signs a session in whose password is correct, and queues first for it, in one step: no
// other message comes before. It runs on the desk's loop. It returns the session that this one
// replaces.
func (s *Server) admit(ses *session, agent Account, first []byte) (replaced *session, no *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	current, known := s.agents[agent.Login]
	switch {
	case s.stopping:
		return nil, &refusal{code: protocol.CloseRestart, error: protocol.Limit, text: "The hub is stopping."}
	case !known || !reflect.DeepEqual(current, agent): // changed while the password was verified
		return nil, &refusal{
			code: protocol.CloseRestart, error: protocol.Limit,
			text: "Your account has just been changed: sign in again.",
		}
	}
	if _, ok := s.all[ses]; !ok {
		return nil, &refusal{code: protocol.CloseTimeout, error: protocol.Limit, text: "The connection was closed."}
	}
	of := s.signed[agent.Login]
	replaced = of[ses.client.Desktop]
	if replaced == nil && s.count >= s.opts.Clients {
		return nil, &refusal{
			code: protocol.CloseBusy, error: protocol.Limit, wait: 30 * time.Second,
			text: fmt.Sprintf("The hub is full: %d desktops are signed in (limits.clients).", s.count),
		}
	}
	if replaced == nil && len(of) >= desktopsOfOne {
		return nil, &refusal{
			code: protocol.CloseBusy, error: protocol.Limit, wait: 30 * time.Second,
			text: fmt.Sprintf("You are signed in on %d desktops already.", len(of)),
		}
	}
	if of == nil {
		of = map[string]*session{}
		s.signed[agent.Login] = of
	}
	of[ses.client.Desktop] = ses
	if replaced != nil {
		replaced.signed = false
		s.count--
	}
	ses.signed, ses.admitted = true, true
	s.settled(ses)
	ses.agent = agent.Agent
	s.count++
	s.counters.opened.Add(1)
	ses.queue(first)
	return replaced, nil
}
