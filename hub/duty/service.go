// Package duty owns what each agent does: mode and state, the task, since when. Package agentstate
// decides which changes are permitted; package worktime sums the times up.
//
// Changes come from agents and supervisors (Set, BeginTask, EndTask), from the phones (Call), from
// desktops that come and go (Present) and from the clock (Run). Each is saved, and sent to all
// desktops of the agent. After a restart the hub continues with what is saved. If it was stopped for
// longer than Rules.Away, the shift ended when it was last alive.
//
// A Service may be used from any goroutine. That of Run is the only one with a timer.
package duty

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/agentstate"
	"traybell/hub/fail"
	"traybell/hub/freetext"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Change is the new status of an agent, with what it ended.
type Change struct {
	Login  string
	Status agentstate.Status
	Spans  []agentstate.Span
	Done   *agentstate.Done // a finished task
}

// Store keeps what agents do.
type Store interface {
	// KeepDuty saves changes in their order, all or none.
	KeepDuty(ctx context.Context, changes []Change) error
	// Duty returns the last status of each agent, and the time of the last KeepAlive.
	Duty(ctx context.Context) (statuses map[string]agentstate.Status, alive time.Time, err error)
	// KeepAlive notes that the hub is there.
	KeepAlive(ctx context.Context, at time.Time) error
	// ForgetTimes deletes spans and tasks that ended before a time.
	ForgetTimes(ctx context.Context, before time.Time) error
}

// Follower gets each change of what an agent does, such as to change the agent's queues. It is called
// with the service's lock held: it must neither block nor call the service.
type Follower interface {
	AgentChanged(before, now protocol.AgentNow)
}

// Options are what a Service needs.
type Options struct {
	Store  Store
	Send   func(logins []string, m protocol.Message) // to the agents' desktops; does not block
	Phones func(login string) []string               // the extensions with which an agent is signed in
	// Absent reports whether an agent without a desktop is away, and does not work elsewhere, such as with
	// a mobile; nil: always
	Absent func(login string) bool
	Log    *slog.Logger
	Now    func() time.Time
}

// Service owns what agents do. Make it with New, then call Restore, then Run.
type Service struct {
	o         Options
	rules     atomic.Pointer[Rules]
	followers []Follower
	saved     *saver
	tell      teller
	wake      chan struct{} // of Run, of one
	version   atomic.Uint64
	overs     atomic.Uint64

	mu     sync.Mutex
	began  time.Time // of the service
	agents agents
	phones phones
}

// agents are all that the service knows of, by login.
type agents map[string]*agent

// agent is what the service knows of an agent.
type agent struct {
	status   agentstate.Status
	desktops int       // signed in
	left     time.Time // when the last desktop left, or the hub began
	restored bool      // status.Phone is of an earlier hub: the PBX has not told yet
}

// New returns a service in which all agents are off.
func New(rules *Rules, o Options) *Service {
	if o.Absent == nil {
		o.Absent = func(string) bool { return true }
	}
	s := &Service{
		o: o, saved: newSaver(o.Store, o.Log), tell: teller{o.Send, o.Log}, wake: make(chan struct{}, 1),
		agents: agents{}, phones: newPhones(o.Phones),
	}
	s.began = s.now()
	s.rules.Store(rules)
	return s
}

// Follow adds a follower. It is called before Restore.
func (s *Service) Follow(f Follower) { s.followers = append(s.followers, f) }

// Rules are the current rules.
func (s *Service) Rules() *Rules { return s.rules.Load() }

// now is to the microsecond, as the store has it.
func (s *Service) now() time.Time { return s.o.Now().UTC().Truncate(time.Microsecond) }

// Restore reads what the hub knew before it stopped.
func (s *Service) Restore(ctx context.Context) error {
	statuses, alive, err := s.o.Store.Duty(ctx)
	if err != nil {
		return fmt.Errorf("read what agents do: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, now := s.Rules(), s.now()
	if alive.IsZero() || alive.After(now) {
		alive = now
	}
	for _, login := range slices.Sorted(maps.Keys(statuses)) {
		a := &agent{status: statuses[login], left: now}
		s.agents[login] = a
		a.restored = a.status.Phone != ""
		of, ok := r.agent(login)
		switch {
		case a.status.Off():
		case !ok:
			s.apply(login, a.status.End(alive, agentstate.Disabled))
		case r.Away > 0 && now.Sub(alive) > r.Away && s.o.Absent(login):
			s.tick(login, alive, r.of(of))
			s.apply(login, a.status.Interrupt(alive))
		}
		if a.restored && !slices.Contains(r.PBXs, a.status.PBX) {
			s.phone(login, 0)
		}
	}
	return nil
}

// at returns the agent, who is off if nothing is known.
func (all agents) at(login string) *agent {
	a := all[login]
	if a == nil {
		a = &agent{}
		all[login] = a
	}
	return a
}

// Set changes mode or state of an agent. Errors are *fail.Error.
func (s *Service) Set(ctx context.Context, login string, want protocol.SetAgent, by agentstate.Cause) error {
	return s.command(ctx, login, func(a *agent, now time.Time, r agentstate.Rules) (agentstate.Step, error) {
		if a.desktops == 0 { // a supervisor does it
			a.left = now
		}
		return a.status.Set(now, want, r, by)
	})
}

// BeginTask begins a task of an agent. Errors are *fail.Error.
func (s *Service) BeginTask(ctx context.Context, login string, in protocol.BeginTask) error {
	return s.command(ctx, login, func(a *agent, now time.Time, r agentstate.Rules) (agentstate.Step, error) {
		return a.status.BeginTask(now, in, r)
	})
}

// EndTask ends the task of an agent. Errors are *fail.Error.
func (s *Service) EndTask(ctx context.Context, login, note string) error {
	note, err := freetext.Clean("note", note, protocol.MaxNote)
	if err != nil {
		return err
	}
	return s.command(ctx, login, func(a *agent, now time.Time, _ agentstate.Rules) (agentstate.Step, error) {
		return a.status.EndTask(now, note)
	})
}

// command carries out a command, and waits a moment until it is saved.
func (s *Service) command(ctx context.Context, login string,
	do func(*agent, time.Time, agentstate.Rules) (agentstate.Step, error),
) error {
	err := func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		rules := s.Rules()
		of, ok := rules.agent(login)
		if !ok {
			return fail.New(protocol.DutyOff, "")
		}
		a, now, r := s.agents.at(login), s.now(), rules.of(of)
		s.tick(login, now, r)
		step, err := do(a, now, r)
		if err == nil {
			s.apply(login, step)
		}
		return err
	}()
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, saveWithin)
		defer cancel()
		s.saved.save(ctx)
	}
	return err
}

// Present notes that a desktop of an agent has signed in, or has left.
func (s *Service) Present(login string, in bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, now := s.agents.at(login), s.now()
	if !in {
		if a.desktops = max(a.desktops-1, 0); a.desktops == 0 {
			a.left = now
			s.hurry()
		}
		return
	}
	if a.desktops++; a.desktops == 1 {
		s.signedIn(login, a, now)
	}
}

// signedIn begins a shift, or continues it, when the first desktop of an agent signs in.
func (s *Service) signedIn(login string, a *agent, now time.Time) {
	rules := s.Rules()
	of, ok := rules.agent(login)
	switch {
	case !ok || !a.status.Off():
	case a.status.Resume != nil && now.Sub(s.began) <= rules.Away:
		s.apply(login, a.status.Continue(now))
	case rules.AtSignIn && (!wanted(a.status.Cause) || now.Sub(a.lastThere(s.began)) > rules.Away):
		if step, err := a.status.Set(now, protocol.SetAgent{Mode: rules.Modes[0]}, rules.of(of), ""); err == nil {
			s.apply(login, step)
		}
	}
}

// wanted reports whether an agent is off on purpose: a lost connection that is back must not begin
// another shift.
func wanted(c agentstate.Cause) bool {
	return c == agentstate.ByAgent || c == agentstate.BySupervisor || c == agentstate.PauseLimit
}

// lastThere is when the agent was surely there last. began is the service's.
func (a *agent) lastThere(began time.Time) time.Time {
	last := began
	for _, t := range []time.Time{a.left, a.status.Since} {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// SetRules applies a reload of hub.yml.
func (s *Service) SetRules(r *Rules) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules.Store(r)
	now := s.now()
	for _, login := range slices.Sorted(maps.Keys(s.agents)) {
		a := s.agents[login]
		of, ok := r.agent(login)
		if !ok && !a.status.Off() {
			s.apply(login, a.status.End(now, agentstate.Disabled))
		}
		if a.desktops == 0 {
			continue
		}
		work := r.work(of)
		work.Me = protocol.AgentNow{Login: login, State: protocol.AgentOff, At: now}
		if ok {
			if !wanted(a.status.Cause) {
				s.signedIn(login, a, now)
			}
			work.Me = r.seen(of, a.status, now)
		}
		s.tell.send([]string{login}, protocol.Event, protocol.WorkEvent, work)
	}
	s.hurry()
}

// Work is what an agent does and may choose from; nil if the agent has no states.
func (s *Service) Work(login string) *protocol.Work {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.Rules()
	of, ok := r.agent(login)
	if !ok {
		return nil
	}
	w := r.work(of)
	w.Me = r.seen(of, s.agents.at(login).status, s.now())
	return &w
}

// Now is what an agent does; ok is false if the agent has no states.
func (s *Service) Now(login string) (now protocol.AgentNow, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.Rules()
	of, ok := r.agent(login)
	if !ok {
		return now, false
	}
	return r.seen(of, s.agents.at(login).status, s.now()), true
}

// All is what all agents with states do, in hub.yml's order.
func (s *Service) All() (list []protocol.AgentNow) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, now := s.Rules(), s.now()
	if !r.On {
		return nil
	}
	for _, of := range r.Staff.Agents() {
		if forTeams(r.Teams, of) {
			list = append(list, r.seen(of, s.agents.at(of.Login).status, now))
		}
	}
	return list
}

// Spans are the present states of agents until now, which the store does not have. All earlier ones are
// saved first. login empty: of all.
func (s *Service) Spans(ctx context.Context, login string) (list []agentstate.Span) {
	s.saved.save(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for of, a := range s.agents {
		if span, ok := a.status.Now(of, now); ok && (login == "" || login == of) {
			list = append(list, span)
		}
	}
	return list
}

// Version is another one after each change.
func (s *Service) Version() uint64 { return s.version.Load() }

// Overs is how many pauses were longer than their limit.
func (s *Service) Overs() uint64 { return s.overs.Load() }

// apply takes the result of a change.
func (s *Service) apply(login string, step agentstate.Step) {
	a := s.agents[login]
	switch quiet := step.Status; {
	case a.status == quiet:
		return
	case a.status.Off() && quiet.Off():
		if quiet.Phone, quiet.PBX = a.status.Phone, a.status.PBX; a.status == quiet {
			a.status = step.Status // a call of an agent who does not work
			return
		}
	}
	r, now := s.Rules(), s.now()
	of, ok := r.agent(login)
	if !ok { // removed from hub.yml
		of = staff.Agent{Login: login, Name: login}
	}
	before := r.seen(of, a.status, now)
	a.status = step.Status
	for i := range step.Spans {
		step.Spans[i].Login = login
	}
	if step.Done != nil {
		step.Done.Login = login
	}
	s.saved.add(Change{login, a.status, step.Spans, step.Done})
	s.hurry()
	s.report(before, r.seen(of, a.status, now))
	switch pause := r.Names().Pauses[before.Reason]; {
	case step.Warn:
		s.tell.warn(protocol.PauseEnding, []string{login}, before, pause)
	case step.Over:
		s.overs.Add(1)
		s.tell.warn(protocol.PauseOver, append(r.supervisorsOf(of), login), before, pause)
	}
}

// report sends the new state to the agent's desktops and to the followers.
func (s *Service) report(before, now protocol.AgentNow) {
	s.version.Add(1)
	s.tell.send([]string{now.Login}, protocol.Event, protocol.AgentEvent, now)
	if before.State != now.State || before.Mode != now.Mode || before.Reason != now.Reason ||
		!before.Since.Equal(now.Since) {
		s.o.Log.Info("agent state changed", "agent", now.Login, "mode", now.Mode, "state", now.State,
			"reason", now.Reason)
	}
	for _, f := range s.followers {
		f.AgentChanged(before, now)
	}
}
