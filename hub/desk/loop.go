package desk

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// loop is the desk's state. Only Run's goroutine has one, and only its methods use it.
type loop struct {
	desk      *Desk
	terminals Terminals
	ctx       context.Context //nolint:containedctx // Run's: what runs in the background ends with it
	rules     *Rules
	now       func() time.Time

	calls   map[string]*call
	ended   []*call   // those that are kept for a while after their end, by their ends
	crowded time.Time // when it was logged last that there are too many
	parties map[string]*party

	pbxs     map[string]protocol.PBX
	pbxOrder []string
	outages  map[string]*outage // by PBX, while it does not work

	presses map[string]*press       // by call, while the ticket is being made
	open    map[string]*openTickets // by customer
	news    map[string][]*news      // by agent
}

func newLoop(ctx context.Context, d *Desk, t Terminals) *loop {
	l := &loop{
		desk: d, terminals: t, ctx: ctx, rules: d.Rules(), now: d.now,
		calls: map[string]*call{}, parties: map[string]*party{}, pbxs: map[string]protocol.PBX{},
		outages: map[string]*outage{}, presses: map[string]*press{},
		open: map[string]*openTickets{}, news: map[string][]*news{},
	}
	l.pbxOrder = l.rules.PBXs
	for _, id := range l.pbxOrder {
		l.pbxs[id] = protocol.PBX{ID: id, State: protocol.PBXStopped}
	}
	return l
}

func (l *loop) run() error {
	l.resume()
	forget := time.NewTicker(time.Minute)
	defer forget.Stop()
	for {
		select {
		case f := <-l.desk.todo:
			f(l)
		case <-forget.C:
			l.forgetEnded()
			l.forgetParties()
			l.forgetOpenTickets()
			l.forgetNews()
		case <-l.ctx.Done():
			return l.ctx.Err()
		}
	}
}

// background runs f outside the loop; Run waits for it. ctx is Run's.
func (l *loop) background(f func(ctx context.Context, d *Desk)) {
	d, ctx := l.desk, l.ctx
	d.work.Go(func() { f(ctx, d) })
}

// later queues f from the background. Only a stopping hub refuses it.
func (d *Desk) later(ctx context.Context, f func(*loop)) { _ = d.do(ctx, f) }

// notify sends one message to several agents.
func (l *loop) notify(logins []string, t protocol.Type, name string, data any) {
	if len(logins) == 0 {
		return
	}
	m, err := protocol.New(t, name, data)
	if err != nil {
		l.desk.log.Error("cannot encode message", "name", name, "error", err)
		return
	}
	l.terminals.Send(logins, m)
}

func (l *loop) everyone() []string { return l.rules.Staff.Logins() }

// snapshot is all that an agent may see now. withEnded adds the calls that ended in the last
// minutes: the cards of a desktop that is signed in already may show them.
func (l *loop) snapshot(a staff.Agent, withEnded bool) protocol.OpenedSession {
	s := protocol.OpenedSession{
		Agent: agentOf(a), Settings: l.rules.Settings, Hub: l.desk.opts.Version,
		Calls: []protocol.Call{}, PBXs: []protocol.PBX{},
	}
	for _, id := range l.pbxOrder {
		s.PBXs = append(s.PBXs, l.pbxs[id])
	}
	for _, c := range l.inOrder() {
		if c.State == protocol.Ended && (!withEnded || c.Into != "") {
			continue
		}
		if _, ok := c.seenBy[a.Login]; ok {
			s.Calls = append(s.Calls, c.seen())
		}
	}
	return s
}

// inOrder returns all calls, oldest first.
func (l *loop) inOrder() []*call {
	return slices.SortedFunc(maps.Values(l.calls), func(a, b *call) int {
		return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID))
	})
}
