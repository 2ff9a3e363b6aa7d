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

// loop is the desk's state. Only Run's goroutine reaches it and the parts that point back to it.
type loop struct {
	desk      *Desk
	terminals Terminals
	ctx       context.Context //nolint:containedctx // Run's: what runs in the background ends with it
	rules     *Rules
	now       func() time.Time

	calls   map[string]*call
	ended   endedCalls
	parties parties
	pbxs    pbxs
	presses presses
	open    openTickets
	news    news
	traces  callTracer
}

func newLoop(ctx context.Context, d *Desk, t Terminals) *loop {
	l := &loop{
		desk: d, terminals: t, ctx: ctx, rules: d.Rules(), now: d.now, calls: map[string]*call{},
	}
	l.ended = endedCalls{loop: l}
	l.parties = parties{l, map[string]*party{}}
	l.pbxs = pbxs{loop: l, states: map[string]protocol.PBX{}, outages: map[string]*outage{}}
	l.pbxs.set(l.rules.PBXs)
	l.open = openTickets{l, map[string]*customerTickets{}}
	l.presses = presses{l, map[string]*press{}}
	l.news = news{l, map[string][]*result{}}
	l.traces = callTracer{d.traces, l}
	return l
}

func (l *loop) run() error {
	l.presses.resume()
	forget := time.NewTicker(time.Minute)
	defer forget.Stop()
	for {
		select {
		case f := <-l.desk.todo:
			f(l)
		case <-forget.C:
			l.ended.forget()
			l.parties.forget()
			l.open.forget()
			l.news.forget()
			l.presses.takeOverClaims()
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

// snapshot returns all that an agent may see now. withEnded adds the ended calls: the cards of a
// desktop that is already signed in may show them.
func (l *loop) snapshot(a staff.Agent, withEnded bool) protocol.OpenedSession {
	s := protocol.OpenedSession{
		Agent: agentOf(a), Settings: l.rules.Settings, Hub: l.desk.opts.Version,
		Calls: []protocol.Call{}, PBXs: l.pbxs.list(),
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
