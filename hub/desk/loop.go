package desk

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/desk/internal/news"
	"traybell/hub/desk/internal/opentickets"
	"traybell/hub/desk/internal/pbxstates"
	"traybell/hub/desk/internal/seats"
	"traybell/hub/desk/internal/sharing"
	"traybell/hub/desk/internal/turns"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/shared/protocol"
)

// loop is the desk's state. Only Run's goroutine reaches it and the parts that point back to it.
type loop struct {
	desk      *Desk
	terminals Terminals
	ctx       context.Context //nolint:containedctx // Run's: what runs in the background ends with it
	rules     *Rules
	now       func() time.Time
	clock     func() time.Time // measures turns

	calls    map[string]*call
	live     map[*call]struct{} // those of calls that have not ended
	starting []func()           // in the background, after the turn
	ended    endedCalls
	backlog  turns.Backlog
	sharing  sharing.Extensions
	seats    seats.Seats
	parties  parties
	pbxs     *pbxstates.States
	presses  presses
	open     opentickets.Cache[*call]
	news     *news.News
	traces   callTracer
}

func newLoop(ctx context.Context, d *Desk, t Terminals) *loop {
	l := &loop{
		desk: d, terminals: t, ctx: ctx, rules: d.Rules(), now: d.now, clock: time.Now, calls: map[string]*call{},
		live: map[*call]struct{}{}, sharing: sharing.Extensions{Staff: d.Staff, Phones: t.Phones},
	}
	l.ended, l.backlog = endedCalls{loop: l, results: map[cdr.Outcome]uint64{}}, turns.NewBacklog()
	l.seats = seats.Seats{Facts: d.opts.Facts, Sharing: l.sharing}
	l.parties = parties{loop: l}
	l.pbxs = pbxstates.New(l.rules.PBXs, func(t protocol.Type, name string, p protocol.PBX) {
		l.notify(l.rules.Staff.Logins(), t, name, p)
	}, func(f func()) { d.later(ctx, func(*loop) { f() }) })
	l.open.Now = d.now
	l.presses = presses{
		l, map[string]*ticketing.Press{}, map[string][]string{}, map[string]string{}, map[string][]*call{},
	}
	l.news = &news.News{
		Terminals: t, Store: d.opts.Tickets, Now: d.now, Log: d.log,
		Background: func(f func(context.Context)) { l.background(func(ctx context.Context, _ *Desk) { f(ctx) }) },
	}
	l.traces = callTracer{d.traces, l}
	return l
}

func (l *loop) run() error {
	l.presses.resume()
	l.launch()
	forget := time.NewTicker(time.Minute)
	defer forget.Stop()
	for {
		select {
		case f := <-l.desk.queue.Next():
			l.turn(func() { f(l) })
		case <-l.backlog.Due():
			l.turn(l.backlog.Turn)
		case <-forget.C:
			l.turn(l.forget)
		case <-l.ctx.Done():
			return l.ctx.Err()
		}
	}
}

// turn runs f and notes how long it took. What f starts in the background begins after it, so that
// it does not compete with the messages of f.
func (l *loop) turn(f func()) {
	began := l.clock()
	f()
	l.launch()
	l.desk.longest.Note(time.Now(), l.clock().Sub(began))
}

// launch starts what waits to run in the background.
func (l *loop) launch() {
	for _, start := range l.starting {
		l.desk.work.Go(start)
	}
	clear(l.starting)
	l.starting = l.starting[:0]
}

func (l *loop) forget() {
	l.ended.forget()
	l.presses.forget()
	l.open.Forget()
	l.news.Forget()
	l.presses.takeOverClaims()
}

// each has do called for calls, in order, in short turns. It skips those that are forgotten
// meanwhile.
func (l *loop) each(calls []*call, do func(*call)) {
	l.backlog.Add(len(calls), func(i int) {
		if c := calls[i]; l.calls[c.ID] == c {
			do(c)
		}
	})
}

// background runs f outside the loop, after the turn; Run waits for it. ctx is Run's.
func (l *loop) background(f func(ctx context.Context, d *Desk)) {
	d, ctx := l.desk, l.ctx
	l.starting = append(l.starting, func() { f(ctx, d) })
}

// notify sends one message to several agents.
func (l *loop) notify(logins []string, t protocol.Type, name string, data any) {
	l.send(logins, t, name, data, time.Time{})
}

// send is notify. read is when the event behind it was read from the PBX; zero: it is not timed.
func (l *loop) send(logins []string, t protocol.Type, name string, data any, read time.Time) {
	if len(logins) == 0 {
		return
	}
	m, err := protocol.New(t, name, data)
	if err != nil {
		l.desk.log.Error("cannot encode message", "name", name, "error", err)
		return
	}
	if c, ok := data.(protocol.Call); ok {
		m.Update = protocol.Update{Call: c.ID, State: c.State}
	}
	m.Read = read
	l.backlog.Sent()
	l.terminals.Send(logins, m)
}

// mostEndedShown is how many ended calls a snapshot has. A desktop has cards for fewer.
const mostEndedShown = 100

// snapshot returns all that an agent may see now. withEnded adds the newest ended calls: the cards
// of a desktop that is already signed in may show them.
func (l *loop) snapshot(a staff.Agent, withEnded bool) protocol.OpenedSession {
	s := protocol.OpenedSession{
		Agent: agentOf(a), Settings: l.rules.Settings, Hub: l.desk.opts.Version,
		Calls: []protocol.Call{}, PBXs: l.pbxs.List(), MaxNote: protocol.MaxNote,
	}
	shown := l.shownTo(a.Login)
	if withEnded {
		shown = append(shown, l.ended.newest(mostEndedShown, a.Login)...)
	}
	for _, c := range inOrder(slices.Values(shown)) {
		seen := c.seen()
		seen.Missed = seen.Missed && !l.sharing.Placed(c.Legs, c.takenBy, a.Login)
		seen.Can = l.seats.Can(c.at(), a.Login).List()
		s.Calls = append(s.Calls, seen)
	}
	return s
}

// settle notes that a call is live, or has ended. It is called after every change of that.
func (l *loop) settle(c *call) {
	if c.State == protocol.Ended {
		delete(l.live, c)
	} else {
		l.live[c] = struct{}{}
	}
	l.parties.follow(c)
}

// shownTo returns the live calls that an agent sees or saw, in no order.
func (l *loop) shownTo(login string) (list []*call) {
	for c := range l.live {
		if _, sees := c.seenBy[login]; sees {
			list = append(list, c)
		}
	}
	return list
}

// drop forgets a call.
func (l *loop) drop(c *call) {
	delete(l.calls, c.ID)
	l.parties.part(c)
}

// inOrder returns calls, oldest first.
func inOrder(calls iter.Seq[*call]) []*call {
	return slices.SortedFunc(calls, func(a, b *call) int {
		return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID))
	})
}
