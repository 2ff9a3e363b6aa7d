package app

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/agents"
	"traybell/hub/caller"
	"traybell/hub/compile"
	"traybell/hub/membership"
	"traybell/hub/metrics"
	"traybell/hub/pbx"
	"traybell/hub/queues/alarm"
	"traybell/hub/queues/screens"
	"traybell/hub/staff"
	"traybell/hub/store"
	"traybell/shared/protocol"
)

// callQueues are Asterisk's queues and who takes their calls.
type callQueues struct {
	rules   atomic.Pointer[queueRules]
	users   sync.Map // *deviceuser.Users by PBX
	places  *membership.Service
	screens *screens.Screens
	alarms  *alarm.Alarms
}

// queueRules are hub.yml's queues.
type queueRules struct {
	list  []compile.Queue
	rules membership.Rules
}

// newQueues creates what follows queues, with the places of the last process. The desk exists already.
func newQueues(ctx context.Context, a *App, of caller.Lookup) (*callQueues, error) {
	q, log := &callQueues{}, a.log.With("part", "queues")
	q.set(a.parts)
	rules := func() membership.Rules { return q.rules.Load().rules }
	phones := func(login string) []string { return a.agents.Phones(login) }
	send := func(logins []string, m protocol.Message) { a.agents.Send(logins, m) }
	var err error
	q.places, err = membership.New(ctx, membership.Options{
		Rules: rules, PBXs: &a.pbxs.Set, Phones: phones, User: q.user, Store: places{a.store}, Go: a.work.Go, Log: log,
		Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	q.screens = screens.New(screens.Options{
		Places: q.places, Rules: rules, Phones: phones, User: q.user, Send: send, Log: log, Now: time.Now,
	})
	q.alarms = alarm.New(alarm.Options{
		Queues: q.screens.Queues, Limits: q.limits, Send: send, Log: log, Now: time.Now,
		Caller: func(ctx context.Context, number string) (string, protocol.Category) {
			numbers := a.desk.Rules().Numbers
			found := of.Noted(ctx, "", numbers.Readings(numbers.Read(number)), nil)
			return found.Number.Display, found.Category
		},
	})
	q.places.Listen(q.screens.Changed)
	q.places.Listen(q.alarms.Changed)
	return q, nil
}

// set replaces the rules.
func (q *callQueues) set(p compile.Parts) {
	next := &queueRules{list: p.Queues, rules: membership.Rules{Staff: p.Staff}}
	for _, one := range p.Queues {
		next.rules.Queues = append(next.rules.Queues, one.Queue)
	}
	q.rules.Store(next)
}

// run follows the queues until ctx ends.
func (q *callQueues) run(ctx context.Context, work *sync.WaitGroup) {
	work.Go(func() { q.places.Run(ctx) })
	work.Go(func() { q.screens.Run(ctx) })
	work.Go(func() { q.alarms.Run(ctx) })
}

// present sends everything to an agent who has signed in.
func (q *callQueues) present(p agents.Presence) {
	if p.In {
		q.screens.Opened(p.Login)
		q.alarms.Opened(p.Login)
	}
}

// pbx takes the status of a PBX.
func (q *callQueues) pbx(s pbx.Status) {
	if s.State == protocol.PBXWorking {
		q.places.Reload() // what agents may do
		return
	}
	q.places.Down(s.ID)
}

// left forgets a PBX.
func (q *callQueues) left(pbx string) {
	q.users.Delete(pbx)
	q.places.Left(pbx)
}

// user is the user of a device of a PBX.
func (q *callQueues) user(pbx, device string) string {
	if users, ok := q.users.Load(pbx); ok {
		return users.(interface{ Of(device string) string }).Of(device) //nolint:forcetypeassert // see set
	}
	return device
}

func (q *callQueues) limits(pbx, queue string) alarm.Limits {
	for _, one := range q.rules.Load().list {
		if one.PBX == pbx && one.Name == queue {
			return one.Alarm
		}
	}
	return alarm.Limits{}
}

// AgentChanged implements duty.Follower: the state of an agent says where the agent is in the queues.
func (q *callQueues) AgentChanged(_, now protocol.AgentNow) {
	a, ok := q.rules.Load().rules.Staff.Agent(now.Login)
	if !ok {
		return
	}
	if work, ok := workOf(now); ok {
		q.places.SetWork(a, work)
	}
}

// follow takes over what agents do already, after a start and when hub.yml gives them other queues.
func (q *callQueues) follow(agents []protocol.AgentNow) {
	for _, now := range agents {
		if now.State != protocol.AgentOff {
			q.AgentChanged(now, now)
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

// queueControls are what agents do with queues.
type queueControls struct{ *callQueues }

func (q queueControls) Control(ctx context.Context, a staff.Agent, do protocol.QueueControl, in protocol.SetQueue,
) error {
	return q.places.Control(ctx, a, do, in)
}

func (q queueControls) Acknowledge(a staff.Agent, id string) error {
	return q.alarms.Acknowledge(a, id)
}

// queueCommands implement admin.QueueService.
type queueCommands struct {
	*screens.Screens
	*membership.Service
}

// metrics are the queues for Prometheus.
func (q *callQueues) metrics() (list []metrics.Queue, raised map[protocol.QueueAlarmKind]uint64) {
	for _, one := range q.screens.Queues() {
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
	return list, q.alarms.Raised()
}

// placesSetting is the name under which the places of agents in queues are stored.
const placesSetting = "queue_places"

// places keeps the places of agents in queues in the database.
type places struct{ store *store.Store }

func (p places) Load(ctx context.Context) (k membership.Kept, err error) {
	_, err = p.store.Setting(ctx, placesSetting, &k)
	return k, err
}

func (p places) Keep(ctx context.Context, k membership.Kept) error {
	return p.store.SetSetting(ctx, placesSetting, k)
}
