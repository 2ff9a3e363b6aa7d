package duty

import (
	"cmp"
	"time"

	"traybell/hub/calls"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// call is a live call, as far as it says what agents do.
type call struct {
	pbx   string
	parts map[string]part   // by login
	taken map[string]string // who took it, by shared extension
}

// part is an agent's part in a call.
type part struct {
	state  protocol.AgentState
	talked bool
}

// weights order the calls of an agent: the state is that of the heaviest.
var weights = map[protocol.AgentState]int{
	protocol.AgentRinging: 1, protocol.AgentHold: 2, protocol.AgentCalling: 3, protocol.AgentTalking: 4,
}

// phones are what the phones of agents do.
type phones struct {
	calls    map[string]*call              // live ones, by id
	of       map[string]map[*call]struct{} // by login
	signedIn func(login string) []string
}

func newPhones(signedIn func(login string) []string) phones {
	return phones{map[string]*call{}, map[string]map[*call]struct{}{}, signedIn}
}

// change takes a call's new state. It returns the logins whose phones do something else now; true: they
// have talked, and their part is over.
func (p phones) change(c calls.Call, agents *staff.Staff) map[string]bool {
	known := p.calls[c.ID]
	if known == nil {
		if c.State == protocol.Ended {
			return nil
		}
		known = &call{c.PBX, map[string]part{}, map[string]string{}}
		p.calls[c.ID] = known
	}
	before, changed := known.parts, map[string]bool{}
	known.parts = p.partsOf(c, known, agents)
	if c.State == protocol.Ended {
		delete(p.calls, c.ID)
	}
	for login, was := range before {
		is, still := known.parts[login]
		if !still || is != was {
			changed[login] = !still && was.talked
		}
		if !still {
			p.leave(login, known)
		}
	}
	for login := range known.parts {
		if _, there := before[login]; !there {
			changed[login] = false
			if p.of[login] == nil {
				p.of[login] = map[*call]struct{}{}
			}
			p.of[login][known] = struct{}{}
		}
	}
	return changed
}

// partsOf returns what agents do in a call.
func (p phones) partsOf(c calls.Call, known *call, agents *staff.Staff) map[string]part {
	parts := map[string]part{}
	if c.State == protocol.Ended {
		return parts
	}
	for _, leg := range c.Legs {
		state := Does(c, leg)
		if state == "" {
			continue
		}
		at := agents.Sharing(leg.Extension, known.taken[leg.Extension], p.signedIn)
		if state == protocol.AgentTalking && len(at) == 1 {
			known.taken[leg.Extension] = at[0].Login
		}
		for _, a := range at {
			of := parts[a.Login]
			if weights[state] > weights[of.state] {
				of.state = state
			}
			of.talked = of.talked || known.parts[a.Login].talked || state == protocol.AgentTalking ||
				state == protocol.AgentHold
			parts[a.Login] = of
		}
	}
	return parts
}

func (p phones) leave(login string, c *call) {
	if delete(p.of[login], c); len(p.of[login]) == 0 {
		delete(p.of, login)
	}
}

// now is what the phones of an agent do, and the PBX; empty: they are free.
func (p phones) now(login string) (state protocol.AgentState, pbx string) {
	for c := range p.of[login] {
		s := c.parts[login].state
		if d := cmp.Compare(weights[s], weights[state]); d > 0 || d == 0 && s != "" && c.pbx < pbx {
			state, pbx = s, c.pbx
		}
	}
	return state, pbx
}

// forget forgets the calls of a PBX, and returns the logins of those who took part.
func (p phones) forget(pbx string) map[string]bool {
	logins := map[string]bool{}
	for id, c := range p.calls {
		if c.pbx == pbx {
			delete(p.calls, id)
			for login := range c.parts {
				logins[login] = false
				p.leave(login, c)
			}
		}
	}
	return logins
}

// Does is what the agent at a leg does; empty if the leg has ended.
func Does(c calls.Call, leg calls.Leg) protocol.AgentState {
	switch {
	case leg.State == protocol.Ended:
		return ""
	case leg.State == protocol.Held:
		return protocol.AgentHold
	case leg.State == protocol.Answered && !c.Answered.IsZero():
		return protocol.AgentTalking
	case leg.Calling:
		return protocol.AgentCalling
	}
	return protocol.AgentRinging
}

// Call takes a call's new state from its PBX. Test calls are no work.
func (s *Service) Call(c calls.Call) {
	if c.TestFor != "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.Rules()
	for login, over := range s.phones.change(c, r.Staff) {
		wrap := time.Duration(0)
		if over {
			wrap = r.wrapUp(c)
		}
		s.phone(login, wrap)
	}
}

// phone takes what the phones of an agent do now. wrap is the wrap-up of a call that has ended.
func (s *Service) phone(login string, wrap time.Duration) {
	a, now, r := s.agents.at(login), s.now(), s.Rules()
	a.restored = false
	if of, ok := r.agent(login); ok {
		s.tick(login, now, r.of(of))
	}
	state, pbx := s.phones.now(login)
	s.apply(login, a.status.Call(now, state, pbx, wrap))
}

// Working notes that the live calls of a PBX are known: what an earlier hub saw at the phones of others
// is over.
func (s *Service) Working(pbx string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(pbx)
}

// Left forgets the calls of a PBX that hub.yml no longer names or enables.
func (s *Service) Left(pbx string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for login := range s.phones.forget(pbx) {
		s.phone(login, 0)
	}
	s.settle(pbx)
}

// settle ends the calls that an earlier hub saw on a PBX, and this one did not.
func (s *Service) settle(pbx string) {
	for login, a := range s.agents {
		if a.restored && a.status.PBX == pbx {
			s.phone(login, 0)
		}
	}
}
