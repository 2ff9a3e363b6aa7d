package agents

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"traybell/hub/signin"
	"traybell/shared/protocol"
)

// entering are the sessions that have not signed in, by site. The server's lock guards them.
type entering struct {
	atOnce, ofOne int           // limits: of all, and of one site
	idle          time.Duration // idleAfter
	count         int
	of            map[string]map[*session]struct{}
}

func newEntering(desktops int) entering {
	e := entering{idle: idleAfter, of: map[string]map[*session]struct{}{}}
	e.setDesktops(desktops)
	return e
}

// setDesktops sets the limits for a hub with that many desktops, all of which may come back at once
// from one site.
func (e *entering) setDesktops(n int) {
	e.ofOne = n + unsignedSpare
	e.atOnce = e.ofOne * 4 / 3
}

func (e *entering) add(ses *session) {
	site := signin.Site(ses.address)
	if e.of[site] == nil {
		e.of[site] = map[*session]struct{}{}
	}
	e.of[site][ses] = struct{}{}
	e.count++
}

// remove may be called more than once.
func (e *entering) remove(ses *session) {
	site := signin.Site(ses.address)
	if _, ok := e.of[site][ses]; !ok {
		return
	}
	e.count--
	if delete(e.of[site], ses); len(e.of[site]) == 0 {
		delete(e.of, site)
	}
}

// idleAfter is the age from which a session that has not sent session.open may lose its place. A
// terminal sends it at once, but thousands that come back share the network and the processor.
const idleAfter = 5 * time.Second

// full reports whether a session has no place, unless the returned one gives up its own: the oldest
// idle one of the same site or, if that has few, of the site with the most.
func (e *entering) full(newcomer *session) (full bool, instead *session) {
	own := e.of[signin.Site(newcomer.address)]
	from := own
	switch {
	case len(own) >= e.ofOne:
	case e.count < e.atOnce:
		return false, nil
	default:
		for _, of := range e.of {
			if len(of) > len(from) {
				from = of
			}
		}
	}
	for ses := range from {
		if !ses.signing.Load() && newcomer.started.Sub(ses.started) >= e.idle &&
			(instead == nil || ses.started.Before(instead.started)) {
			instead = ses
		}
	}
	return true, instead
}

// enter registers a connection; the caller must call work.Done. Its place may be that of the
// returned session, which the caller must close.
func (s *Server) enter(ses *session) (instead *session, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return nil, errStopping
	}
	full, instead := s.entering.full(ses)
	if full && instead == nil {
		return nil, errors.New("too many connections are signing in")
	}
	if full {
		s.entering.remove(instead)
	}
	s.all[ses] = struct{}{}
	s.entering.add(ses)
	s.work.Add(1)
	return instead, nil
}

// leave removes a session from the tables. It reports whether the session was signed in.
func (s *Server) leave(ses *session) (signed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, ses)
	s.entering.remove(ses)
	if !ses.signed {
		return false
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
	return true
}

// refusal is why a session is refused or closed.
type refusal struct {
	code  protocol.CloseCode
	error protocol.ErrorCode
	text  string
	wait  time.Duration

	problem protocol.Problem // may be empty
	about   string
}

// admit signs a session in whose password is correct, and holds its messages until the snapshot is
// encoded. It runs on the desk's loop. It returns the session that this one replaces.
func (s *Server) admit(ses *session, agent Account) (replaced *session, no *refusal) {
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
		s.log.Warn("sign-in refused: too many desktops, see limits.clients in hub.yml", "login", agent.Login,
			"signed_in", s.count)
		return nil, &refusal{
			code: protocol.CloseBusy, error: protocol.Limit, wait: 30 * time.Second,
			text: "The hub is full: too many desktops are signed in.",
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
	ses.signed = true
	s.entering.remove(ses)
	ses.agent = agent.Agent
	s.count++
	s.counters.opened.Add(1)
	ses.hold()
	return replaced, nil
}
