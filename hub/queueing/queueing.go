// Package queueing runs Asterisk's queues: where the agents are in them, what people see of them, and
// what agents are warned of.
package queueing

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/membership"
	"traybell/hub/metrics"
	"traybell/hub/pbx"
	"traybell/hub/queues/alarm"
	"traybell/hub/queues/screens"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Queue is a queue of hub.yml.
type Queue struct {
	membership.Queue
	Alarm alarm.Limits
}

// Options of a Service.
type Options struct {
	PBXs     membership.PBXs
	Phones   func(login string) []string // the extensions with which the agent is signed in
	Mobiles  Mobiles
	Settings Settings
	// Caller returns a number for people, and what agents noted about it. It may take its time.
	Caller func(ctx context.Context, number string) (display string, c protocol.Category)
	Send   func(logins []string, m protocol.Message) // to the agents' desktops; does not block
	Go     func(f func())                            // runs f in the background
	Log    *slog.Logger
	Now    func() time.Time
}

// Mobiles are agents' mobiles as members of queues.
type Mobiles interface {
	membership.Mobiles
	// Extension is the extension of the agent whose mobile has a number; empty: it is no agent's.
	Extension(number string) string
}

// Settings keep values for the next process.
type Settings interface {
	Setting(ctx context.Context, name string, value any) (found bool, err error)
	SetSetting(ctx context.Context, name string, value any) error
}

// Service are Asterisk's queues and who takes their calls. Make it with New. All methods may be called
// from any goroutine.
type Service struct {
	rules   atomic.Pointer[queueRules]
	users   sync.Map // Users by PBX
	mobiles Mobiles
	Places  *membership.Service
	Screens *screens.Screens
	alarms  *alarm.Alarms
}

// queueRules are hub.yml's queues.
type queueRules struct {
	list  []Queue
	rules membership.Rules
}

// New creates what follows queues, with the places of the last process.
func New(ctx context.Context, list []Queue, all *staff.Staff, o Options) (*Service, error) {
	s := &Service{mobiles: o.Mobiles}
	s.store(list, all)
	rules := func() membership.Rules { return s.rules.Load().rules }
	var err error
	s.Places, err = membership.New(ctx, membership.Options{
		Rules: rules, PBXs: o.PBXs, Phones: o.Phones, User: s.User, Mobiles: o.Mobiles,
		Store: places{o.Settings}, Go: o.Go, Log: o.Log, Now: o.Now,
	})
	if err != nil {
		return nil, err
	}
	s.Screens = screens.New(screens.Options{
		Places: s.Places, Rules: rules, Phones: o.Phones, User: s.User, Send: o.Send, Log: o.Log, Now: o.Now,
	})
	s.alarms = alarm.New(alarm.Options{
		Queues: s.Screens.Queues, Limits: s.limits, Send: o.Send, Log: o.Log, Now: o.Now, Caller: o.Caller,
	})
	s.Places.Listen(s.Screens.Changed)
	s.Places.Listen(s.alarms.Changed)
	return s, nil
}

// Set replaces the queues of hub.yml.
func (s *Service) Set(list []Queue, all *staff.Staff) {
	s.store(list, all)
	s.Places.Reload()
}

func (s *Service) store(list []Queue, all *staff.Staff) {
	next := &queueRules{list: list, rules: membership.Rules{Staff: all}}
	for _, one := range list {
		next.rules.Queues = append(next.rules.Queues, one.Queue)
	}
	s.rules.Store(next)
}

// Run follows the queues until ctx ends.
func (s *Service) Run(ctx context.Context, work *sync.WaitGroup) {
	work.Go(func() { s.Places.Run(ctx) })
	work.Go(func() { s.Screens.Run(ctx) })
	work.Go(func() { s.alarms.Run(ctx) })
}

// Opened sends everything to an agent who has signed in.
func (s *Service) Opened(login string) {
	s.Screens.Opened(login)
	s.alarms.Opened(login)
}

// PBX takes the status of a PBX.
func (s *Service) PBX(now pbx.Status) {
	if now.State == protocol.PBXWorking {
		s.Places.Reload() // what agents may do
		return
	}
	s.Places.Down(now.ID)
}

// Left forgets a PBX.
func (s *Service) Left(pbx string) {
	s.users.Delete(pbx)
	s.Places.Left(pbx)
}

// Users are the users of a PBX's devices.
type Users interface{ Of(device string) string }

// SetUsers sets the users of a PBX's devices, until Left.
func (s *Service) SetUsers(pbx string, users Users) { s.users.Store(pbx, users) }

// User is the user of a device of a PBX, or of a mobile.
func (s *Service) User(pbx, device string) string {
	if extension := s.mobiles.Extension(device); extension != "" {
		return extension
	}
	if users, ok := s.users.Load(pbx); ok {
		return users.(Users).Of(device) //nolint:forcetypeassert // see SetUsers
	}
	return device
}

func (s *Service) limits(pbx, queue string) alarm.Limits {
	for _, one := range s.rules.Load().list {
		if one.PBX == pbx && one.Name == queue {
			return one.Alarm
		}
	}
	return alarm.Limits{}
}

// AgentChanged implements duty.Follower: the state of an agent says where the agent is in the queues.
func (s *Service) AgentChanged(_, now protocol.AgentNow) {
	a, ok := s.rules.Load().rules.Staff.Agent(now.Login)
	if !ok {
		return
	}
	if work, ok := workOf(now); ok {
		s.Places.SetWork(a, work)
	}
}

// Follow takes over what agents do already, after a start and when hub.yml gives them other queues.
func (s *Service) Follow(agents []protocol.AgentNow) {
	for _, now := range agents {
		if now.State != protocol.AgentOff {
			s.AgentChanged(now, now)
		}
	}
}

// workOf is what the state of an agent means for queues; ok is false for a state that changes nothing.
// A pause that was asked for in a call begins at once: no further call comes before it.
func workOf(now protocol.AgentNow) (w membership.Work, ok bool) {
	state, reason := now.State, now.Reason
	if state.OnPhone() && now.Next == protocol.AgentPause {
		state, reason = now.Next, now.NextReason
	}
	switch {
	case state == protocol.AgentOff, now.Mode == protocol.ModeOffline:
		return membership.Work{State: protocol.QueueOut}, true
	case now.Mode == protocol.ModeOutgoing:
		return membership.Work{State: protocol.QueuePaused, Reason: string(now.Mode)}, true
	case state == protocol.AgentWrapUp:
		return membership.Work{State: protocol.QueuePaused, Reason: string(state)}, true
	case state == protocol.AgentPause:
		return membership.Work{State: protocol.QueuePaused, Reason: cmp.Or(reason, string(state))}, true
	case state == protocol.AgentWaiting:
		return membership.Work{State: protocol.QueueIn}, true
	}
	return membership.Work{}, false
}

// Control joins, leaves, pauses and resumes.
func (s *Service) Control(ctx context.Context, a staff.Agent, do protocol.QueueControl, in protocol.SetQueue) error {
	return s.Places.Control(ctx, a, do, in)
}

// Acknowledge ends an alarm.
func (s *Service) Acknowledge(a staff.Agent, id string) error { return s.alarms.Acknowledge(a, id) }

// Metrics are the queues for Prometheus.
func (s *Service) Metrics() (list []metrics.Queue, raised map[protocol.QueueAlarmKind]uint64) {
	for _, one := range s.Screens.Queues() {
		next := metrics.Queue{PBX: one.PBX, Name: one.Name, Up: !one.Down, Waiting: len(one.Callers)}
		if longest := one.Longest(); !longest.IsZero() {
			next.Longest = max(time.Since(longest), 0)
		}
		next.Members = map[string]int{}
		for _, m := range one.Members {
			next.Members[string(m.State)]++
		}
		list = append(list, next)
	}
	return list, s.alarms.Raised()
}

// placesSetting is the name under which the places of agents in queues are stored.
const placesSetting = "queue_places"

// places keeps the places of agents in queues in the database.
type places struct{ settings Settings }

func (p places) Load(ctx context.Context) (k membership.Kept, err error) {
	_, err = p.settings.Setting(ctx, placesSetting, &k)
	return k, err
}

func (p places) Keep(ctx context.Context, k membership.Kept) error {
	return p.settings.SetSetting(ctx, placesSetting, k)
}
