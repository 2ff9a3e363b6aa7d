//go:build e2e

package faults

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/agentstate"
	"traybell/shared/protocol"
	"traybell/test/accounts"
	"traybell/test/e2e/phones"
)

const (
	lastAgent = 320
	dayQueue  = "q350"
	dayDID    = "74951002350"
	dayYAML   = `states: {enabled: true, begin: press, wrap_up: 4s, pauses: [{code: lunch, name: Lunch}]}
tasks: {kinds: [{code: mail, name: Letters}]}
queues: [{name: q350, teams: [day], member: PJSIP/<extension>, state_interface: PJSIP/<extension>}]
`
)

// TestADay has agents work for a day that is as long as its calls: they begin, wait, talk, write up,
// make pauses, call, do tasks and leave, while the hub, Asterisk and the network fail. Their states and
// working times are compared with Asterisk's queue_log, and the calls with its CDR. The environment sets
// how much: TRAYBELL_DAY_CALLS, TRAYBELL_DAY_FAULTS.
func TestADay(t *testing.T) {
	calls, faults, first := setting(t, "TRAYBELL_DAY_CALLS", 40), setting(t, "TRAYBELL_DAY_FAULTS", 2), 0
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			d := newDay(t, plan{
				version: version, calls: calls, faults: faults, first: first, last: lastAgent, user: "full",
				yaml: dayYAML,
			})
			d.run.run(d.call, d.evening)
			d.judge()
		})
		first += faults
	}
}

// day is a day's work.
type day struct {
	*run
	agents []*agent
	shift  context.Context //nolint:containedctx // of the agents, until the evening
	end    context.CancelFunc
	work   sync.WaitGroup
	number int
	mu     sync.Mutex
}

// agent is a person with a phone and a desktop.
type agent struct {
	*desktop
	phone  *phones.Phone
	chance *rand.Rand
	// before and after the presses that begin and end the shift
	began, ended accounts.Span
	changes      int
	refused      int // changes that the state did not permit any more
}

func newDay(t *testing.T, p plan) *day {
	t.Helper()
	d := &day{run: newRun(t, p)}
	d.rate = setting(t, "TRAYBELL_FAULTS_RATE", 2)
	d.shift, d.end = context.WithCancel(t.Context())
	t.Cleanup(func() { d.end(); d.work.Wait() })
	d.signedIn(t.Context())
	d.must(d.hub.waitSeeing(t.Context()))
	for n := firstPhone; n <= lastAgent; n++ {
		name := strconv.Itoa(n)
		a := &agent{
			desktop: d.desktops[name], phone: d.office.phones[name], chance: rand.New(rand.NewPCG(d.seed, uint64(n))),
		}
		d.agents = append(d.agents, a)
		go a.answers(t.Context())
		d.work.Go(func() { a.works(d.shift, d.T) })
	}
	return d
}

// answers answers most calls, as a person at the phone does.
func (a *agent) answers(ctx context.Context) {
	chance := rand.New(rand.NewPCG(1, a.chance.Uint64()))
	for {
		c, err := a.phone.WaitRinging(ctx)
		if err != nil {
			return
		}
		hear, talk, answers, first := 200+chance.IntN(
			800,
		), 1000+chance.IntN(
			3500,
		), chance.IntN(
			8,
		) > 0, chance.IntN(
			2,
		) == 0
		go func() {
			ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
			defer cancel()
			pause(ctx, time.Duration(hear)*time.Millisecond)
			if !answers || c.Answer(ctx) != nil {
				_ = c.WaitEnded(ctx)
				return
			}
			if first {
				pause(ctx, time.Duration(talk)*time.Millisecond)
			} else {
				_ = c.WaitEnded(ctx)
			}
			hangUp(ctx, c)
		}()
	}
}

// set changes the agent's state, unless a call or another change has made that impossible. What was
// begun is finished also in the evening.
func (a *agent) set(ctx context.Context, name string, data any) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if a.act(ctx, name, data) == nil {
		a.changes++
	} else {
		a.refused++
	}
}

// works is the agent's day until ctx ends.
func (a *agent) works(ctx context.Context, t *testing.T) {
	a.began.From = time.Now()
	if err := a.act(ctx, protocol.AgentSet, protocol.SetAgent{Mode: protocol.ModeIncoming}); err != nil {
		t.Errorf("%s cannot begin: %v", a.extension, err)
	}
	a.began.To = time.Now()
	for ctx.Err() == nil {
		a.rest(ctx, 4, 12)
		switch n := a.chance.IntN(10); {
		case n < 5:
			a.set(ctx, protocol.AgentSet, protocol.SetAgent{State: protocol.AgentPause, Reason: "lunch"})
			a.rest(ctx, 4, 8)
			a.set(ctx, protocol.AgentSet, protocol.SetAgent{State: protocol.AgentWaiting})
		case n < 7:
			a.set(ctx, protocol.AgentSet, protocol.SetAgent{Mode: protocol.ModeOutgoing})
			a.dials(ctx)
			a.set(ctx, protocol.AgentSet, protocol.SetAgent{Mode: protocol.ModeIncoming})
		case n < 9:
			a.set(ctx, protocol.AgentSet, protocol.SetAgent{Mode: protocol.ModeOffline})
			a.set(ctx, protocol.TaskBegin, protocol.BeginTask{Kind: "mail"})
			a.rest(ctx, 3, 6)
			a.set(ctx, protocol.TaskEnd, protocol.EndTask{Note: "answered"})
			a.set(ctx, protocol.AgentSet, protocol.SetAgent{Mode: protocol.ModeIncoming})
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	for { // a call, and the work after it, come first
		a.ended.From = time.Now()
		err := a.act(ctx, protocol.AgentSet, protocol.SetAgent{State: protocol.AgentOff})
		a.ended.To = time.Now()
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Errorf("%s cannot end: %v", a.extension, err)
			return
		}
		pause(ctx, time.Second)
	}
}

func (a *agent) rest(ctx context.Context, from, to int) {
	pause(ctx, time.Duration(from*1000+a.chance.IntN((to-from)*1000))*time.Millisecond)
}

// dials calls somebody outside.
func (a *agent) dials(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 8*time.Second)
	defer cancel()
	a.rest(ctx, 1, 2)
	call, err := a.phone.Dial(ctx, fmt.Sprintf("8495%07d", a.chance.IntN(1e7)))
	if err != nil {
		return
	}
	if call.WaitAnswered(ctx) == nil {
		a.rest(ctx, 1, 3)
	}
	hangUp(ctx, call)
}

// hangUp hangs up, also after the time of ctx.
func hangUp(ctx context.Context, c *phones.Call) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = c.HangUp(ctx)
}

// call is a call from outside, most of them to the queue. The caller has some patience.
func (d *day) call(ctx context.Context) string {
	d.mu.Lock()
	d.number++
	n, patience, at := d.number, 8+d.chance.IntN(14), d.chance.IntN(len(d.agents)*6)
	d.mu.Unlock()
	did, kind := dayDID, "queue"
	if at < len(d.agents) {
		did, kind = "74951000"+d.agents[at].extension, "direct"
	}
	ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
	defer cancel()
	c, err := d.office.trunk.Call(ctx, did, fmt.Sprintf("7916%07d", n), "Ivan")
	if err != nil {
		return kind
	}
	waits, tired := context.WithTimeout(ctx, time.Duration(patience)*time.Second)
	defer tired()
	_ = c.WaitEnded(waits)
	hangUp(ctx, c)
	return kind
}

// evening ends the work of all.
func (d *day) evening(ctx context.Context) {
	d.must(d.hub.waitSeeing(ctx))
	d.end()
	d.work.Wait()
	for {
		out, err := d.pbx.CLI(ctx, "queue show "+dayQueue)
		d.must(err)
		if strings.Contains(out, "No Members") {
			return
		}
		if ctx.Err() != nil {
			d.Fatalf("members are left in the evening:\n%s", out)
		}
		pause(ctx, 200*time.Millisecond)
	}
}

// judge compares the working times with the presses and with queue_log.
func (d *day) judge() {
	entries, err := d.ledger.Queues()
	d.must(err)
	compared, talks, connected, changes, refused := 0, 0, 0, 0, 0
	for _, a := range d.agents {
		spans, err := d.hub.spans(d.T, a.extension)
		d.must(err)
		d.whole(a, spans)
		changes += a.changes
		refused += a.refused
		places := placesOf(entries, a.extension, d.kills)
		for _, s := range spans {
			want, ok := placeIn(s)
			first, last := s.Began.Truncate(time.Second).Add(3*time.Second), s.Ended.Add(-time.Second)
			for at := first; ok && at.Before(last); at = at.Add(time.Second) {
				if d.broken(at) {
					continue
				}
				compared++
				if got := places.at(at); got != want && (got != "paused" || !strings.HasPrefix(want, got)) {
					d.Errorf(
						"%s at %s: %q in queue_log, the state is %s %s",
						a.extension,
						clock(at),
						got,
						s.Mode,
						s.State,
					)
					break
				}
			}
		}
		for _, talk := range talksOf(entries, a.extension) {
			connected++
			at := talk.From.Add(2 * time.Second)
			if talk.To.Sub(talk.From) < 3*time.Second || d.broken(at) {
				continue
			}
			talks++
			if !slices.ContainsFunc(spans, func(s agentstate.Span) bool {
				return s.State == protocol.AgentTalking && !at.Before(s.Began) && at.Before(s.Ended)
			}) {
				d.Errorf("%s talks at %s by queue_log, not by the working times", a.extension, clock(at))
			}
		}
	}
	d.Logf("%d agents, %d changes of state, %d not permitted any more; %d calls connected by the queue; "+
		"%d seconds of places and %d talks compared with queue_log", len(d.agents), changes, refused, connected,
		compared, talks)
	if compared == 0 {
		d.Error("nothing was compared")
	}
}

// whole checks that the spans of the shift follow each other without gaps, and have the times of the
// presses.
func (d *day) whole(a *agent, spans []agentstate.Span) {
	d.Helper()
	if len(spans) == 0 {
		d.Errorf("%s has no working times", a.extension)
		return
	}
	first, last := spans[0], spans[len(spans)-1]
	for i, s := range spans {
		if s.Shift != first.Began || i > 0 && s.Began != spans[i-1].Ended || !s.Ended.After(s.Began) {
			d.Errorf("%s: the working times have a gap or overlap: %+v after %+v", a.extension, s, spans[max(0, i-1)])
		}
	}
	for _, is := range []struct {
		what    string
		at      time.Time
		pressed accounts.Span
	}{{"begins", first.Began, a.began}, {"ends", last.Ended, a.ended}} {
		if is.at.Before(is.pressed.From.Add(-time.Second)) || is.at.After(is.pressed.To.Add(time.Second)) {
			d.Errorf("%s %s at %s, the press was from %s to %s", a.extension, is.what, clock(is.at),
				clock(is.pressed.From), clock(is.pressed.To))
		}
	}
}

// broken reports whether the hub cannot have brought states and queue together at a time.
func (d *day) broken(at time.Time) bool {
	return slices.ContainsFunc(d.past, func(f Span) bool {
		return at.After(f.From.Add(-2*time.Second)) && at.Before(f.To.Add(BackTime))
	})
}

// placeIn is the place in the queue that a state means; ok is false if it depends on the state before
// a call.
func placeIn(s agentstate.Span) (place string, ok bool) {
	switch {
	case s.Mode == protocol.ModeOffline:
		return "", true
	case s.Mode == protocol.ModeOutgoing:
		return "paused outgoing", true
	case s.State == protocol.AgentWaiting:
		return "in", true
	case s.State == protocol.AgentWrapUp:
		return "paused wrap_up", true
	case s.State == protocol.AgentPause:
		return "paused " + s.Reason, true
	}
	return "", false
}

// place is a place in the queue from a time on; empty: none.
type place struct {
	from time.Time
	is   string
}

type places []place

func (p places) at(t time.Time) (is string) {
	for _, next := range p {
		if next.from.After(t) {
			break
		}
		is = next.is
	}
	return is
}

// placesOf reads the places of an agent from queue_log. A killed Asterisk forgets them.
func placesOf(entries []accounts.Entry, agent string, kills []accounts.Span) (list places) {
	for _, k := range kills {
		list = append(list, place{k.From, ""})
	}
	for _, e := range entries {
		if e.Queue != dayQueue || e.Agent != agent && e.Agent != "PJSIP/"+agent {
			continue
		}
		reason := strings.Join(e.Data, "")
		switch e.Event {
		case "ADDMEMBER":
			if list = append(list, place{e.At, "in"}); reason != "" {
				list[len(list)-1].is = "paused" // for a reason that is not said
			}
		case "REMOVEMEMBER":
			list = append(list, place{e.At, ""})
		case "PAUSE":
			list = append(list, place{e.At, strings.TrimSpace("paused " + reason)})
		case "UNPAUSE":
			list = append(list, place{e.At, "in"})
		}
	}
	slices.SortStableFunc(list, func(a, b place) int { return a.from.Compare(b.from) })
	return list
}

// talksOf are the calls that the queue has connected with an agent until the end.
func talksOf(entries []accounts.Entry, agent string) (list []accounts.Span) {
	connected := map[string]time.Time{}
	for _, e := range entries {
		if e.Queue != dayQueue || e.Agent != agent {
			continue
		}
		switch e.Event {
		case "CONNECT":
			connected[e.Uniqueid] = e.At
		case "COMPLETECALLER", "COMPLETEAGENT":
			list = append(list, accounts.Span{From: connected[e.Uniqueid], To: e.At})
		}
	}
	return list
}

// spans reads the working times of an agent from the database.
func (h *hub) spans(t *testing.T, extension string) (list []agentstate.Span, err error) {
	db, err := sql.Open("sqlite",
		"file:"+filepath.Join(h.dir, "traybell.db")+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT shift, began, ended, mode, state, reason FROM agent_time
		WHERE login = ? ORDER BY began, id`, "a"+extension)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s agentstate.Span
		var shift, began, ended string
		if err := rows.Scan(&shift, &began, &ended, &s.Mode, &s.State, &s.Reason); err != nil {
			return nil, err
		}
		s.Shift, s.Began, s.Ended = stored(shift), stored(began), stored(ended)
		list = append(list, s)
	}
	return list, rows.Err()
}
