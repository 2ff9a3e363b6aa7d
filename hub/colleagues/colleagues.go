// Package colleagues knows what each agent does, for the other agents: by the calls of their phones,
// by their desktops, by their agent states where hub.yml enables those, and for the others by the
// states of their phones.
//
// A Service owns the parts of agents in live calls. It has no goroutine; any goroutine may use it.
package colleagues

import (
	"context"
	"slices"
	"sync"
	"time"

	"traybell/hub/calls"
	"traybell/hub/duty"
	"traybell/hub/fail"
	"traybell/hub/freetext"
	"traybell/hub/phonestate"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Options are what a Service needs.
type Options struct {
	Staff  func() *staff.Staff
	Phones func(login string) []string // the extensions with which the agent is signed in; none: not at all
	// Duty returns what an agent does by the agent states; false: hub.yml does not enable them
	Duty func(login string) (protocol.AgentNow, bool)
	// States returns what phones do, by extension
	States func() map[string]protocol.PhoneState
	// Rings reports whether a call rings at a phone of a colleague that the agent may take
	Rings func(agent, colleague staff.Agent) bool
	// PickUp has the agent's phone ring, and take the call that rings at a colleague's; id is a command's
	PickUp func(ctx context.Context, agent staff.Agent, id string, colleague staff.Agent) error
	Send   func(logins []string, m protocol.Message)
	Now    func() time.Time
}

const (
	longestWait = 25 * time.Second       // for a change
	pause       = 250 * time.Millisecond // between two answers to a terminal
)

// Service is what agents see of each other.
type Service struct {
	o Options

	mu      sync.Mutex
	parts   map[string]map[string]protocol.AgentState // by call and login
	since   map[string]begun                          // by login: the last state that was listed
	version uint64
	changed chan struct{} // closed at the next change
}

// begun is a state and its begin.
type begun struct {
	state protocol.AgentState
	at    time.Time
}

// New returns a service that knows no calls.
func New(o Options) *Service {
	return &Service{
		o: o, parts: map[string]map[string]protocol.AgentState{}, since: map[string]begun{}, version: 1,
		changed: make(chan struct{}),
	}
}

// Call takes a call's new state.
func (s *Service) Call(c calls.Call) {
	now := map[string]protocol.AgentState{}
	if c.State != protocol.Ended && c.TestFor == "" {
		for _, leg := range c.Legs {
			state := duty.Does(c, leg)
			for _, a := range s.o.Staff().Sharing(leg.Extension, "", s.o.Phones) {
				if rank(state) > rank(now[a.Login]) {
					now[a.Login] = state
				}
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.parts[c.ID]
	if len(now) == 0 {
		delete(s.parts, c.ID)
	} else {
		s.parts[c.ID] = now
	}
	if len(before) == len(now) && !slices.ContainsFunc(keys(now), func(l string) bool { return now[l] != before[l] }) {
		return
	}
	s.change()
}

// rank orders the states of several calls: the first that matters wins.
func rank(s protocol.AgentState) int {
	return slices.Index([]protocol.AgentState{
		"", protocol.AgentHold, protocol.AgentRinging, protocol.AgentCalling, protocol.AgentTalking,
	}, s)
}

// Left forgets the calls of a PBX that is no longer connected to.
func (s *Service) Left(pbx string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for call := range s.parts {
		if len(call) > len(pbx) && call[:len(pbx)+1] == pbx+":" {
			delete(s.parts, call)
		}
	}
	s.change()
}

// Changed says that something else has changed: a desktop, an agent state, the staff.
func (s *Service) Changed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change()
}

// change wakes those who wait. The lock is held.
func (s *Service) change() {
	s.version++
	close(s.changed)
	s.changed = make(chan struct{})
}

// List returns the other agents. With a version it waits until that is not the newest one any more.
func (s *Service) List(ctx context.Context, a staff.Agent, after uint64) (protocol.Colleagues, error) {
	if after != 0 {
		s.wait(ctx, after)
	}
	s.mu.Lock()
	list := protocol.Colleagues{Version: s.version, Colleagues: []protocol.Colleague{}}
	s.mu.Unlock()
	for _, c := range s.All() {
		if c.Login == a.Login {
			continue
		}
		if other, ok := s.o.Staff().Agent(c.Login); ok && c.State == protocol.AgentRinging {
			c.Pickup = s.o.Rings(a, other)
		}
		list.Colleagues = append(list.Colleagues, c)
	}
	return list, nil
}

// All returns what all agents do, in hub.yml's order.
func (s *Service) All() []protocol.Colleague {
	list, phones := []protocol.Colleague{}, s.o.States()
	for _, a := range s.o.Staff().Agents() {
		list = append(list, s.colleague(a, phonestate.Busiest(phones, a.Extensions)))
	}
	return list
}

// wait waits for a change, and for those that come right after it.
func (s *Service) wait(ctx context.Context, after uint64) {
	s.mu.Lock()
	newest, changed := s.version, s.changed
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	if newest == after {
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
	select {
	case <-time.After(pause):
	case <-ctx.Done():
	}
}

// colleague is what an agent does now. Those who are asked for a state may be calling Changed.
func (s *Service) colleague(a staff.Agent, phone protocol.PhoneState) protocol.Colleague {
	c := protocol.Colleague{
		Login: a.Login, Name: a.Name, Extensions: append([]string{}, a.Extensions...), Teams: a.Teams,
		Online: len(s.o.Phones(a.Login)) > 0, Phone: phone,
	}
	now, on := s.o.Duty(a.Login)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, part := range s.parts {
		if rank(part[a.Login]) > rank(c.State) {
			c.State = part[a.Login]
		}
	}
	if c.State == "" && (!on || now.State == protocol.AgentOff) {
		c.State = byPhone[phone]
	}
	if on && (c.State == "" || c.State == now.State) {
		c.State, c.Since = now.State, now.Since
		return c
	}
	switch {
	case c.State != "":
	case c.Online:
		c.State = protocol.AgentWaiting
	default:
		c.State = protocol.AgentOff
	}
	if last := s.since[a.Login]; last.state != c.State {
		s.since[a.Login] = begun{c.State, s.o.Now().UTC()}
	}
	c.Since = s.since[a.Login].at
	return c
}

// byPhone are the states of agents of whom only the phone says something.
var byPhone = map[protocol.PhoneState]protocol.AgentState{
	protocol.PhoneInUse: protocol.AgentTalking, protocol.PhoneRinging: protocol.AgentRinging,
	protocol.PhoneHeld: protocol.AgentHold,
}

// PickUp has the agent's phone ring, and take the call that rings at a phone of another one. Errors are
// *fail.Error.
func (s *Service) PickUp(ctx context.Context, a staff.Agent, id, login string) error {
	from, ok := s.o.Staff().Agent(login)
	if !ok {
		return fail.New(protocol.ControlNotNow, "").Explain("There is no agent %q.", login)
	}
	return s.o.PickUp(ctx, a, id, from)
}

// Message sends a text of an agent to another one. Errors are *fail.Error.
func (s *Service) Message(_ context.Context, a staff.Agent, in protocol.SendColleague) error {
	text, err := freetext.Clean("text", in.Text, protocol.MaxColleagueText)
	if err != nil {
		return err
	}
	to, ok := s.o.Staff().Agent(in.To)
	if !ok || len(s.o.Phones(to.Login)) == 0 {
		return fail.New(protocol.ColleagueAway, s.o.Staff().Name(in.To))
	}
	if text == "" {
		return nil
	}
	m, err := protocol.New(protocol.Notification, protocol.TextMessage, protocol.Text{From: a.Name, Text: text})
	if err == nil {
		s.o.Send([]string{to.Login}, m)
	}
	return err
}

func keys[V any](of map[string]V) []string {
	list := make([]string, 0, len(of))
	for key := range of {
		list = append(list, key)
	}
	return list
}
