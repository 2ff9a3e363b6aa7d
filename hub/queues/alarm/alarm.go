// Package alarm warns agents of queues: too many callers, a caller who waits too long, a caller of a
// category. An alarm lasts until its cause ends, or until an agent acknowledges it.
//
// Alarms owns them. The goroutine of Run looks at the queues; any goroutine may acknowledge.
package alarm

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"traybell/hub/fail"
	"traybell/hub/queues"
	"traybell/hub/queues/screens"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Limits say of what agents are warned.
type Limits struct {
	Waiting    int           // more callers; 0: no alarm
	Longest    time.Duration // a longer wait; 0: no alarm
	Categories []protocol.Color
	Logins     []string // who is warned
}

// Options are what Alarms need.
type Options struct {
	Queues func() []screens.Queue
	Limits func(pbx, queue string) Limits
	// Caller returns a number for people, and what agents noted about it. It may take its time.
	Caller func(ctx context.Context, number string) (display string, c protocol.Category)
	Send   func(logins []string, m protocol.Message) // to the agents' desktops; does not block
	Log    *slog.Logger
	Now    func() time.Time
}

// Alarms are the alarms of all queues. Make it with New.
type Alarms struct {
	o    Options
	wake chan struct{}

	mu     sync.Mutex // guards what follows; held while messages are sent
	live   map[key]*alarm
	known  map[string]known // callers who wait, by PBX and Uniqueid
	serial int
	began  int64
	raised map[protocol.QueueAlarmKind]uint64
}

// key names the cause of an alarm.
type queue struct{ pbx, name string }

type key struct {
	pbx, queue string
	kind       protocol.QueueAlarmKind
	caller     string // of AlarmCategory: Uniqueid
}

type alarm struct {
	protocol.QueueAlarm
	logins       []string
	acknowledged bool
}

type known struct {
	display  string
	category protocol.Category
}

// New returns no alarms.
func New(o Options) *Alarms {
	return &Alarms{
		o: o, wake: make(chan struct{}, 1), live: map[key]*alarm{}, known: map[string]known{}, began: o.Now().Unix(),
		raised: map[protocol.QueueAlarmKind]uint64{},
	}
}

// Changed says that a queue may have changed. It does not block.
func (a *Alarms) Changed() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Run looks at the queues until ctx ends.
func (a *Alarms) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second) // the waits grow without an event
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-a.wake:
		}
		a.look(ctx)
	}
}

// look raises and ends alarms.
func (a *Alarms) look(ctx context.Context) {
	now := a.o.Now()
	causes := map[key]alarm{}
	waiting := map[string]bool{}
	down := map[queue]bool{} // what was raised stays: who waits is unknown
	for _, q := range a.o.Queues() {
		if q.Down {
			down[queue{q.PBX, q.Name}] = true
			continue
		}
		l := a.o.Limits(q.PBX, q.Name)
		if len(l.Logins) == 0 {
			continue
		}
		of := alarm{QueueAlarm: protocol.QueueAlarm{
			PBX: q.PBX, Name: q.Name, Title: q.Title, Waiting: len(q.Callers), Since: now.UTC(),
		}, logins: l.Logins}
		if n := len(q.Callers); l.Waiting > 0 && a.over(key{q.PBX, q.Name, protocol.AlarmWaiting, ""}, n, l.Waiting) {
			of.Kind, of.Limit = protocol.AlarmWaiting, l.Waiting
			causes[key{q.PBX, q.Name, of.Kind, ""}] = of
		}
		if first := q.Longest(); l.Longest > 0 && !first.IsZero() && now.Sub(first) > l.Longest {
			of.Kind, of.Limit, of.Since = protocol.AlarmLongest, int(l.Longest/time.Second), first.UTC()
			causes[key{q.PBX, q.Name, of.Kind, ""}] = of
		}
		if len(l.Categories) == 0 {
			continue
		}
		for _, c := range q.Callers {
			waiting[q.PBX+"\n"+c.Uniqueid] = true
			who := a.caller(ctx, q.PBX, c)
			if slices.Contains(l.Categories, who.category.Color) {
				of.Kind, of.Limit, of.Since = protocol.AlarmCategory, 0, c.Since.UTC()
				of.Caller, of.Category = who.display, who.category
				causes[key{q.PBX, q.Name, of.Kind, c.Uniqueid}] = of
			}
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for id := range a.known {
		if !waiting[id] && len(down) == 0 {
			delete(a.known, id)
		}
	}
	for k, of := range a.live {
		if _, ok := causes[k]; !ok && !down[queue{k.pbx, k.queue}] {
			delete(a.live, k)
			a.calm(of, "")
		}
	}
	for k, of := range causes {
		if a.live[k] != nil {
			continue
		}
		a.serial++
		of.ID = fmt.Sprintf("%d.%d", a.began, a.serial)
		a.live[k] = &of
		a.raised[k.kind]++
		a.o.Log.Info("queue alarm", "pbx", of.PBX, "queue", of.Name, "kind", of.Kind, "waiting", of.Waiting)
		a.send(of.logins, protocol.Warning, protocol.QueueAlarmed, of.QueueAlarm)
	}
}

// over reports whether more callers wait than the limit. An alarm ends when one less waits, so that it
// does not come and go with each caller.
func (a *Alarms) over(k key, n, limit int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return n > limit || n == limit && a.live[k] != nil
}

// caller returns what is known of a caller who waits. Each is looked up once.
func (a *Alarms) caller(ctx context.Context, pbx string, c queues.Caller) known {
	id := pbx + "\n" + c.Uniqueid
	a.mu.Lock()
	k, ok := a.known[id]
	a.mu.Unlock()
	if ok || c.Number == "" {
		return k
	}
	k.display, k.category = a.o.Caller(ctx, c.Number)
	a.mu.Lock()
	a.known[id] = k
	a.mu.Unlock()
	return k
}

// Opened sends the present alarms to an agent who has signed in.
func (a *Alarms) Opened(login string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, of := range a.live {
		if !of.acknowledged && slices.Contains(of.logins, login) {
			a.send([]string{login}, protocol.Warning, protocol.QueueAlarmed, of.QueueAlarm)
		}
	}
}

// Acknowledge ends an alarm at all desktops. One that is over already is no error.
func (a *Alarms) Acknowledge(agent staff.Agent, id string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, of := range a.live {
		switch {
		case of.ID != id:
		case !slices.Contains(of.logins, agent.Login):
			return fail.New(protocol.QueueNotYours, of.Name)
		case !of.acknowledged:
			of.acknowledged = true
			a.o.Log.Info("queue alarm acknowledged", "pbx", of.PBX, "queue", of.Name, "kind", of.Kind,
				"agent", agent.Login)
			a.calm(of, agent.Name)
		}
	}
	return nil
}

// Raised counts the alarms by kind since the start.
func (a *Alarms) Raised() map[protocol.QueueAlarmKind]uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := map[protocol.QueueAlarmKind]uint64{}
	for _, kind := range []protocol.QueueAlarmKind{
		protocol.AlarmWaiting, protocol.AlarmLongest, protocol.AlarmCategory,
	} {
		all[kind] = a.raised[kind]
	}
	return all
}

// calm ends an alarm at the desktops. a.mu is held.
func (a *Alarms) calm(of *alarm, by string) {
	if by == "" && of.acknowledged {
		return
	}
	a.send(of.logins, protocol.Notification, protocol.QueueCalmed, protocol.QueueCalm{ID: of.ID, By: by})
}

func (a *Alarms) send(logins []string, t protocol.Type, name string, data any) {
	m, err := protocol.New(t, name, data)
	if err != nil { // not with these types
		a.o.Log.Error("cannot encode a queue alarm", "error", err)
		return
	}
	a.o.Send(logins, m)
}
