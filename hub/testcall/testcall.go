// Package testcall places test calls for an agent. One begins as events of a PBX that does not
// exist, and goes the whole way of a real call: tracker, routing, look-up, the agent's desktop. It
// leaves no record and counts nowhere; its card says that it is a test. With the right originate a
// PBX can ring the agent's real phone instead.
//
// A Tester may be used from any goroutine.
package testcall

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/calls"
	"traybell/hub/endpoint"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/hub/trace"
	"traybell/hub/tracking"
	"traybell/hub/why"
	"traybell/shared/protocol"
)

// Options are what a Tester needs.
type Options struct {
	Change func(ctx context.Context, c calls.Change) error                 // takes a call's new state
	Follow func(callID string) (steps <-chan trace.Step, stop func())      // reads its trace
	Why    func(context.Context, trace.Trace, why.Who) (why.Answer, error) // explains it
	Rules  func() Rules                                                    // of the moment
	Ring   func(ctx context.Context, pbx string, call Originate) error     // has a PBX call a phone; *fail.Error
	PBXs   func() []string                                                 // those that may Ring
	Phone  func(staff.Agent) (extension, pbx string, err error)            // that an agent may have ring; *fail.Error
	Now    func() time.Time                                                // time.Now
	Log    *slog.Logger
	Wait   time.Duration // for the steps; 0: 6 s
	Hold   time.Duration // how long it rings after them; 0: 8 s
}

// Rules are the parts of hub.yml that a test call needs.
type Rules struct {
	Staff *staff.Staff
	Lines *tracking.Lines
}

// Question is a test call.
type Question struct {
	Agent  string // login or extension
	Number string // of the caller; empty: Number
	DID    string // called number; empty: the first tracked one that the agent is shown
	PBX    string // that rings the real phone; empty: none does
}

// Originate is a call to a phone that a PBX is to place.
type Originate struct {
	Uniqueid  string // of its first channel
	Extension string
	Number    string // that the phone shows
}

// PBX is the id of the PBX that does not exist; no id of hub.yml can be this.
const PBX = "~test"

// Number is the caller's if none is given.
const Number = "+74951234567"

const (
	usualWait = 6 * time.Second
	realWait  = 20 * time.Second // a phone may ring late
	usualHold = 8 * time.Second
	mostTests = 20 // at once
	trunk     = "traybell-test"
	longest   = 64 // bytes of a number
)

// Tester places test calls.
type Tester struct {
	o Options

	mu      sync.Mutex
	serial  int
	running map[string]bool   // logins
	placed  map[string]placed // real ones, by call ID
}

// placed is a real test call.
type placed struct{ login, extension, number, did string }

// New returns a tester.
func New(o Options) *Tester {
	o.Wait, o.Hold = cmp.Or(o.Wait, usualWait), cmp.Or(o.Hold, usualHold)
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Tester{o: o, running: map[string]bool{}, placed: map[string]placed{}}
}

// PBXs returns the ids of the PBXs that can ring a real phone.
func (t *Tester) PBXs() []string { return t.o.PBXs() }

// Place places a test call and waits until its steps are known; each gets every step at once, from
// this goroutine. The call goes on ringing for a few seconds. Errors are *fail.Error.
func (t *Tester) Place(ctx context.Context, q Question, each func(Step)) (Report, error) {
	agent, extension, err := t.agent(q.Agent)
	if err != nil {
		return Report{}, err
	}
	return t.place(ctx, agent, extension, q, each)
}

func (t *Tester) place(ctx context.Context, agent staff.Agent, extension string, q Question, each func(Step),
) (Report, error) {
	q.Number, q.DID = cmp.Or(q.Number, Number), cmp.Or(q.DID, t.did(agent))
	if len(q.Number) > longest || len(q.DID) > longest {
		return Report{}, &fail.Error{Code: fail.Invalid, Text: "The number is too long."}
	}
	if q.PBX != "" && strings.Trim(q.Number, "+0123456789*#") != "" {
		return Report{}, &fail.Error{Code: fail.Invalid, Text: "A phone can only show a number of digits."}
	}
	if q.PBX != "" && !slices.Contains(t.o.PBXs(), q.PBX) {
		return Report{}, &fail.Error{Code: fail.Forbidden, Text: fmt.Sprintf("The PBX %.80q cannot ring a phone: "+
			"hub.yml does not have it, it is not connected, or its manager user lacks write = originate.", q.PBX)}
	}
	serial, err := t.begin(agent.Login)
	if err != nil {
		return Report{}, err
	}
	defer t.end(agent.Login)
	w := watch{
		report: Report{Agent: agent.Login, Extension: extension, Number: q.Number, DID: q.DID, PBX: cmp.Or(q.PBX, PBX)},
		each:   each,
	}
	linked := fmt.Sprintf("traybell-test-%d.%d", t.o.Now().Unix(), serial)
	w.report.Call = w.report.PBX + ":" + linked
	steps, stop := t.o.Follow(w.report.Call)
	defer stop()
	wait := t.o.Wait
	w.began = t.o.Now()
	if q.PBX == "" {
		simulated := t.simulate(ctx, agent, extension, linked, q)
		defer func() { time.AfterFunc(t.o.Hold, simulated.hangUp) }()
	} else {
		wait = max(wait, realWait)
		if err := t.ring(ctx, agent, extension, linked, q); err != nil {
			return w.report, err
		}
	}
	late := time.NewTimer(wait)
	defer late.Stop()
	for !w.complete() {
		select {
		case s := <-steps:
			w.add(s)
		case <-late.C:
			w.late = true
		case <-ctx.Done():
			return w.report, fail.New(protocol.HubBusy, "").Because(ctx.Err())
		}
	}
	slices.SortStableFunc(w.report.Steps, func(a, b Step) int { return a.At.Compare(b.At) })
	seen := trace.Trace{CallID: w.report.Call, PBX: w.report.PBX, At: w.began, DID: q.DID, Steps: w.steps}
	who := why.Who{Login: agent.Login, Extensions: agent.Extensions}
	if w.report.Answer, err = t.o.Why(context.WithoutCancel(ctx), seen, who); err != nil {
		return w.report, fail.New(protocol.HubFailed, "").Because(err)
	}
	w.report.Shown = w.report.Answer.Cause == why.Shown
	t.o.Log.Info("test call", "call", w.report.Call, "agent", agent.Login, "result", w.report.Answer.Cause)
	return w.report, nil
}

// agent returns the agent of a question, and the extension that is to ring.
func (t *Tester) agent(name string) (staff.Agent, string, error) {
	for _, a := range t.o.Rules().Staff.Agents() {
		switch {
		case slices.Contains(a.Extensions, name):
			return a, name, nil
		case a.Login == name && len(a.Extensions) > 0:
			return a, a.Extensions[0], nil
		}
	}
	return staff.Agent{}, "", &fail.Error{
		Code: fail.NotFound, Text: fmt.Sprintf("hub.yml has no agent with the login or the extension %.80q.", name),
	}
}

// did returns a tracked number whose calls the agent is shown. If there is none, the test shows so.
func (t *Tester) did(a staff.Agent) string {
	for _, l := range t.o.Rules().Lines.Entries() {
		if l.Number[0] != '_' && l.Number != "*" && l.Admits(a) {
			return l.Number
		}
	}
	return "s"
}

func (t *Tester) begin(login string) (serial int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running[login] || len(t.running) >= mostTests {
		return 0, &fail.Error{Code: fail.Busy, Text: "A test call is in progress: try again in a moment.", Retry: true}
	}
	t.running[login] = true
	t.serial++
	return t.serial, nil
}

func (t *Tester) end(login string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.running, login)
}

// simulated is the PBX that does not exist, with one call.
type simulated struct {
	mu       sync.Mutex
	follower *calls.Follower
	now      func() time.Time
	channels []func(name string, more ...string) wire.Message
}

// simulate has a call ring at an extension: it sends the events that Asterisk 22 would send.
func (t *Tester) simulate(ctx context.Context, a staff.Agent, extension, linked string, q Question) *simulated {
	own := func(e string) bool { return len(t.o.Rules().Staff.At(e)) > 0 }
	rules := endpoint.NewRules([]string{trunk}, []string{extension}, own)
	s := &simulated{now: t.o.Now}
	life := context.WithoutCancel(ctx)
	s.follower = &calls.Follower{
		Tracker: calls.NewTracker(PBX, func() *endpoint.Rules { return rules }),
		OnChange: func(c calls.Change) {
			c.Call.TestFor = a.Login
			_ = t.o.Change(life, c) // fails only when the hub stops
		},
	}
	s.follower.Connected(uint64(max(t.o.Now().UnixMilli(), 1)), time.Time{})
	channel := func(n int, endpoint, number, connected, context, exten string) func(string, ...string) wire.Message {
		fields := []string{
			"Channel", fmt.Sprintf("PJSIP/%s-%08x", endpoint, n), "CallerIDNum", number, "CallerIDName", "<unknown>",
			"ConnectedLineNum", connected, "ConnectedLineName", "<unknown>", "Context", context, "Exten", exten,
			"Priority", "1", "Uniqueid", linked + "-" + strconv.Itoa(n), "Linkedid", linked,
		}
		if n == 0 {
			fields[len(fields)-3] = linked
		}
		return func(name string, more ...string) wire.Message {
			m := []wire.Field{{Key: "Event", Value: name}, {Key: "Privilege", Value: "call,all"}}
			all := append(slices.Clone(fields), more...)
			for i := 0; i+1 < len(all); i += 2 {
				m = append(m, wire.Field{Key: all[i], Value: all[i+1]})
			}
			return wire.NewMessage(m...)
		}
	}
	in := channel(0, trunk, q.Number, "<unknown>", "from-trunk", q.DID)
	phone := channel(1, extension, extension, q.Number, "from-internal", "s")
	s.channels = append(s.channels, phone, in)
	s.send(in("Newchannel", "ChannelState", "4", "ChannelStateDesc", "Ring"))
	s.send(phone("Newchannel", "ChannelState", "0", "ChannelStateDesc", "Down"))
	s.send(in("DialBegin", "ChannelState", "4", "ChannelStateDesc", "Ring",
		"DestChannel", fmt.Sprintf("PJSIP/%s-%08x", extension, 1), "DestChannelState", "0",
		"DestChannelStateDesc", "Down", "DestCallerIDNum", extension, "DestContext", "from-internal", "DestExten", "s",
		"DestPriority", "1", "DestUniqueid", linked+"-1", "DestLinkedid", linked, "DialString", extension))
	s.send(phone("Newstate", "ChannelState", "5", "ChannelStateDesc", "Ringing"))
	return s
}

func (s *simulated) send(m wire.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.follower.Event(m, s.now())
}

// hangUp ends the call.
func (s *simulated) hangUp() {
	for _, channel := range s.channels {
		s.send(channel("Hangup", "ChannelState", "5", "Cause", "16", "Cause-txt", "Normal Clearing"))
	}
}

// ring has a PBX ring the agent's phone.
func (t *Tester) ring(ctx context.Context, a staff.Agent, extension, linked string, q Question) error {
	id := q.PBX + ":" + linked
	t.mu.Lock()
	t.placed[id] = placed{a.Login, extension, q.Number, q.DID}
	t.mu.Unlock()
	time.AfterFunc(time.Hour, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.placed, id)
	})
	return t.o.Ring(ctx, q.PBX, Originate{Uniqueid: linked, Extension: extension, Number: q.Number})
}

// Adopt returns a change of a real PBX as one of a test call, if it is one that Place had the PBX
// place: it comes in for the agent, although the PBX begins it with the agent's phone.
func (t *Tester) Adopt(c calls.Change) calls.Change {
	t.mu.Lock()
	p, ok := t.placed[c.Call.ID]
	t.mu.Unlock()
	if !ok {
		return c
	}
	c.Call.TestFor, c.Call.Direction, c.Call.Number, c.Call.DID = p.login, protocol.Incoming, p.number, p.did
	c.Call.Legs = slices.Clone(c.Call.Legs)
	for i := range c.Call.Legs {
		c.Call.Legs[i].Calling = false
	}
	return c
}

// Test places a test call for the agent who asks. The agent's own phone rings if the agent may dial.
func (t *Tester) Test(ctx context.Context, a staff.Agent, in protocol.TestCall) (protocol.TestedCall, error) {
	q := Question{Agent: a.Login, Number: in.Number}
	if !in.Phone {
		r, err := t.Place(ctx, q, func(Step) {})
		return r.Tested(in.Language), err
	}
	extension, pbx, err := t.o.Phone(a)
	if err != nil {
		return protocol.TestedCall{}, err
	}
	q.PBX = pbx
	r, err := t.place(ctx, a, extension, q, func(Step) {})
	return r.Tested(in.Language), err
}
