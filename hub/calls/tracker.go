package calls

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/ami"
	"traybell/shared/protocol"
)

// Tracker follows the calls of one PBX. It is plain state: not safe for concurrent use, and it knows no time but what it is told.
type Tracker struct {
	pbx         string
	isExtension func(endpoint string) bool
	epoch, seq  uint64

	channels map[string]*channel // by Uniqueid
	calls    map[string]*live    // by Linkedid; several may lead to one call
	bridges  map[string]*bridge
	gone     graveyard

	dirty []*live
	event event // scratch space of Apply
}

// NewTracker makes the tracker of a PBX; pbx is its id in hub.yml. isExtension tells which endpoints ("101" of PJSIP/101-00000001) are the
// company's own phones: everything else is outside. nil means ShortDigits.
func NewTracker(pbx string, isExtension func(endpoint string) bool) *Tracker {
	if isExtension == nil {
		isExtension = ShortDigits
	}
	return &Tracker{
		pbx: pbx, isExtension: isExtension,
		channels: map[string]*channel{}, calls: map[string]*live{}, bridges: map[string]*bridge{},
		gone: graveyard{ids: map[string]struct{}{}},
	}
}

// Connected begins a new epoch: to be called at each connection to the PBX, before anything that came over it. epoch must grow, ami.Session
// sees to that; one that does not is taken for the next.
func (t *Tracker) Connected(epoch uint64) { t.epoch = max(epoch, t.epoch+1) }

// Live returns the calls going on that have been shown, oldest first. The copies are the caller's.
func (t *Tracker) Live() []Call {
	var out []Call
	for linked, c := range t.calls {
		if linked == c.linked && c.visible {
			call := c.last
			call.Legs = slices.Clone(call.Legs)
			out = append(out, call)
		}
	}
	slices.SortFunc(out, func(a, b Call) int {
		if d := a.Started.Compare(b.Started); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// Apply takes one event, at the time it came, and returns what it changed to the eye: usually nothing. Events that do not concern calls, and any nonsense,
// change nothing.
func (t *Tracker) Apply(m ami.Message, at time.Time) []Change {
	t.take(m, at)
	return t.flush(at)
}

func (t *Tracker) take(m ami.Message, at time.Time) {
	name := m.Event()
	e := &t.event
	switch name {
	case evNewchannel, evNewstate, evDialBegin, evDialEnd, evBridgeEnter, evBridgeLeave, evHangup, evHold, evUnhold:
		e.read(m)
	}
	switch name {
	case evNewchannel:
		t.see(&e.main, at)
	case evNewstate:
		t.newstate(e, at)
	case evDialBegin:
		t.dialBegin(e, at)
	case evDialEnd:
		t.dialEnd(e, at)
	case evBridgeEnter:
		t.bridgeEnter(e, at)
	case evBridgeLeave:
		if ch := t.known(&e.main, at); ch != nil && ch.bridge != nil && ch.bridge.id == e.bridge {
			t.leaveBridge(ch)
		}
	case evBridgeMerge:
		t.bridgeMerge(m, at)
	case evHangup:
		if ch := t.known(&e.main, at); ch != nil {
			cause, _ := strconv.Atoi(e.cause)
			t.hangup(ch, cause)
		}
		t.gone.bury(e.main.unique)
	case evHold, evUnhold:
		// Transfers send an Unhold though nobody was held.
		if ch := t.known(&e.main, at); ch != nil && ch.holding != (name == evHold) {
			ch.holding = name == evHold
			t.touch(ch.call)
		}
	case evBlind:
		if m.Get("Result") == transferWorked {
			t.note(m.Get("TransfererUniqueid"), reasonTransferred)
		}
	case evAttended:
		t.attended(m, at)
	case evPickup:
		t.pickup(m, at)
	case evParked, evParkedSwap:
		t.park(m.Get("ParkeeUniqueid"), true)
	case evUnparked, evParkTimeout, evParkGivenUp:
		t.park(m.Get("ParkeeUniqueid"), false)
	}
}

// Reasons for which a leg ends, beside the DialStatus of Asterisk.
const (
	reasonForwarded   = "forwarded"
	reasonPickedUp    = "picked up"
	reasonTransferred = "transferred"
)

// touch marks a call to be looked at when the event is done.
func (t *Tracker) touch(c *live) {
	if !slices.Contains(t.dirty, c) {
		t.dirty = append(t.dirty, c)
	}
}

// flush turns what was touched into changes. A call that was merged into another is told first.
func (t *Tracker) flush(at time.Time) []Change {
	if len(t.dirty) == 0 {
		return nil
	}
	var out []Change
	for pass := range 2 {
		for _, c := range t.dirty {
			if (c.call.Into != "") != (pass == 0) {
				continue
			}
			if c.settle(at) {
				t.seq++
				out = append(out, Change{PBX: t.pbx, Epoch: t.epoch, Seq: t.seq, Call: c.show()})
			}
			if c.ended {
				t.forget(c)
			}
		}
	}
	clear(t.dirty)
	t.dirty = t.dirty[:0]
	return out
}

func (t *Tracker) forget(c *live) {
	for _, linked := range c.aliases {
		if t.calls[linked] == c {
			delete(t.calls, linked)
		}
	}
}

// known returns the channel that a snapshot shows, and notes what is new about it; nil for one that was never heard of or has gone.
func (t *Tracker) known(s *snapshot, at time.Time) *channel {
	ch := t.channels[s.unique]
	if ch == nil {
		return nil
	}
	if s.linked != "" && s.linked != ch.linked {
		t.relink(ch, s.linked, at)
	}
	if s.phase > ch.phase {
		ch.phase = s.phase
		t.touch(ch.call)
	}
	if s.did != "" && ch == ch.call.first && s.did != ch.call.call.DID {
		ch.call.call.DID = strings.Clone(s.did)
		t.touch(ch.call)
	}
	return ch
}

// see is known, and makes the channel where it was never heard of: any event may be the first to tell. A channel that has hung up is not made again:
// events of different channels may overtake each other.
func (t *Tracker) see(s *snapshot, at time.Time) *channel {
	if ch := t.known(s, at); ch != nil {
		return ch
	}
	if s.unique == "" || s.name == "" || t.gone.has(s.unique) {
		return nil
	}
	linked := s.linked
	if linked == "" {
		linked = s.unique
	}
	ch := &channel{
		id: strings.Clone(s.unique), linked: strings.Clone(linked), name: strings.Clone(s.name), phase: s.phase,
		number: strings.Clone(s.number), callerName: strings.Clone(s.callerName), connected: strings.Clone(s.connected),
		exten: strings.Clone(s.exten), did: strings.Clone(s.did),
	}
	var endpoint string
	if endpoint, ch.real = endpointOf(ch.name); ch.real && t.isExtension(endpoint) {
		ch.extension = endpoint
	}
	c := t.calls[ch.linked]
	if c == nil {
		c = &live{linked: ch.linked, aliases: []string{ch.linked}}
		c.call = Call{ID: t.pbx + ":" + ch.linked, PBX: t.pbx, Direction: protocol.Incoming, Started: at}
		t.calls[ch.linked] = c
	}
	ch.call = c
	t.channels[ch.id] = ch
	c.channels = append(c.channels, ch)
	if ch.real && (c.first == nil || ch.id == c.linked) {
		c.setFirst(ch, t.isExtension)
	}
	t.touch(c)
	return ch
}

// newstate sees a chan_sip caller begin to call, and a phone ring whose DialBegin was missed.
func (t *Tracker) newstate(e *event, at time.Time) {
	ch := t.see(&e.main, at)
	if ch == nil || ch.dialled || ch.closed || ch.phase != phaseRinging || ch.call.ended {
		return
	}
	ch.dialled, ch.inferred = true, true
	t.dials(nil, ch, at)
}

func (t *Tracker) dialBegin(e *event, at time.Time) {
	src := t.see(&e.main, at)
	dst := t.see(&e.dest, at)
	if dst == nil {
		return
	}
	if src != nil {
		t.join(src.call, dst.call, at)
	}
	c := dst.call
	if src != nil && src.real && src != c.first && (src.id == c.linked || c.first == nil || c.first == dst || c.first.dialled && !c.first.originated) &&
		c.call.Answered.IsZero() {
		c.setFirst(src, t.isExtension)
	}
	if dst.dialled && !dst.inferred || dst.closed {
		return
	}
	dst.dialled, dst.inferred = true, false
	if src != nil {
		dst.from = src.id
		if src == c.first && c.call.Answered.IsZero() {
			t.caller(c, &e.main)
		}
	} else if e.main.unique == "" {
		dst.originated = c.first == nil || c.first == dst
	}
	if src != nil && dst.real && c.first == dst {
		if dst.originated = t.originates(c, src); !dst.originated && e.main.number != "" {
			dst.connected = strings.Clone(e.main.number) // a Local channel shows the caller that we have not seen
		}
	}
	if dst.originated {
		c.rang = time.Time{}
		dst.number, dst.callerName = strings.Clone(e.dest.number), "" // the CallerID that was asked for
	}
	t.dials(src, dst, at)
}

// originates tells whether what src dials is an originate's first leg: a Local channel was asked for, and its other half dials.
func (t *Tracker) originates(c *live, src *channel) bool {
	for range len(c.channels) { // as many as there can be in a chain
		name, ok := otherHalf(src.name)
		if !ok {
			return false
		}
		i := slices.IndexFunc(c.channels, func(ch *channel) bool { return ch.name == name })
		if i < 0 {
			return false
		}
		half := c.channels[i]
		if !half.dialled {
			return false
		}
		if half.from == "" {
			return half.originated
		}
		if src = t.channels[half.from]; src == nil {
			return false
		}
	}
	return false
}

// caller takes the number and name that the first channel shows as it dials: the dialplan may have changed them since it came.
func (t *Tracker) caller(c *live, s *snapshot) {
	if c.first.originated {
		if c.call.DID == "" {
			c.call.DID = strings.Clone(s.exten)
		}
		return
	}
	if c.call.Direction == protocol.Outgoing {
		return
	}
	if s.number != c.call.Number {
		c.call.Number = strings.Clone(s.number)
	}
	if s.callerName != c.call.Name {
		c.call.Name = strings.Clone(s.callerName)
	}
}

// dials notes that dst is being called, and what that says about the call; src is nil where unknown.
func (t *Tracker) dials(src, dst *channel, at time.Time) {
	c := dst.call
	t.touch(c)
	if !dst.real {
		return
	}
	if dst == c.first {
		c.setFirst(dst, t.isExtension)
	}
	if dst.originated {
		return
	}
	if c.rang.IsZero() && c.call.Answered.IsZero() {
		c.rang = at
	}
	own := c.first != nil && c.first != dst && c.first.extension != ""
	switch {
	case dst.extension != "":
		if own && !c.outside && c.call.Answered.IsZero() && c.call.Direction == protocol.Outgoing {
			c.call.Direction = protocol.Internal // the number that was dialled turned out to be a colleague's
			c.call.Number, c.call.Name = c.first.number, c.first.callerName
			if c.first.originated {
				c.call.Number, c.call.Name = c.first.extension, ""
			}
		}
		c.called = true
	case own && !c.called && c.call.Answered.IsZero():
		c.outside = true
		c.call.Direction, c.call.Name = protocol.Outgoing, ""
		told := t.event.dest.unique == dst.id // by a DialBegin; otherwise it is concluded
		if number := t.event.dest.number; told && number != "" {
			c.call.Number = strings.Clone(number)
		} else if dst.number != "" {
			c.call.Number = dst.number
		}
		if c.call.DID == "" && told && src != nil {
			c.call.DID = strings.Clone(t.event.main.exten)
		} else if c.call.DID == "" {
			c.call.DID = c.call.Number
		}
	}
}

func (t *Tracker) dialEnd(e *event, at time.Time) {
	src := t.known(&e.main, at)
	if e.status != dialAnswer {
		dst := t.known(&e.dest, at)
		if dst == nil || dst.closed || dst.answered {
			return // a queue tells NOANSWER, then CANCEL: the first one is true
		}
		reason := strings.Clone(e.status)
		if e.forward != "" {
			reason = reasonForwarded
		}
		t.touch(dst.call)
		dst.call.close(dst, reason)
		return
	}
	dst := t.see(&e.dest, at)
	if dst == nil || dst.closed {
		return
	}
	if !dst.dialled && src == nil && e.main.unique == "" {
		dst.originated = dst.call.first == dst
	}
	if src != nil {
		t.join(src.call, dst.call, at) // a pickup: who answers was not called
	}
	if dst.real {
		t.answered(dst, at)
	}
}

// answered notes that a phone or a trunk took the call. In an originate the agent's own phone comes first, that is not yet an answer.
func (t *Tracker) answered(ch *channel, at time.Time) {
	if !ch.answered {
		ch.answered = true
		t.touch(ch.call)
	}
	if !ch.originated && ch.call.call.Answered.IsZero() {
		t.touch(ch.call)
		ch.call.answer(at)
	}
}

func (t *Tracker) bridgeEnter(e *event, at time.Time) {
	ch := t.see(&e.main, at)
	if ch == nil || e.bridge == "" {
		return
	}
	b := t.bridge(e.bridge)
	b.waiting = e.kind == "parking" || e.tech == "holding_bridge"
	b.joins = !b.waiting && (e.kind == "basic" || e.kind == "")
	if swapped := t.channels[e.swap]; swapped != nil && swapped.bridge == b {
		t.leaveBridge(swapped)
	}
	t.enterBridge(ch, b)
	t.meet(b, at)
	if !b.waiting && ch.dialled && ch.real && !ch.closed {
		t.answered(ch, at)
	}
}

// meet draws the conclusions from who is in a bridge together.
func (t *Tracker) meet(b *bridge, at time.Time) {
	if b.waiting || len(b.members) == 0 {
		return
	}
	if b.joins {
		for _, m := range b.members[1:] {
			t.join(b.members[0].call, m.call, at)
		}
	}
	for _, m := range b.members {
		if m.parked {
			m.parked = false
			t.touch(m.call)
		}
	}
	if b.people() < 2 {
		return
	}
	for _, m := range b.members {
		if m.real && !m.closed {
			if !m.answered {
				m.answered = true
				t.touch(m.call)
			}
			if m.call.call.Answered.IsZero() {
				t.touch(m.call)
				m.call.answer(at)
			}
		}
	}
}

func (t *Tracker) bridge(id string) *bridge {
	b := t.bridges[id]
	if b == nil {
		b = &bridge{id: strings.Clone(id)}
		t.bridges[b.id] = b
	}
	return b
}

func (t *Tracker) enterBridge(ch *channel, b *bridge) {
	if ch.bridge == b {
		return
	}
	t.leaveBridge(ch)
	ch.bridge = b
	b.members = append(b.members, ch)
}

func (t *Tracker) leaveBridge(ch *channel) {
	if ch.bridge == nil {
		return
	}
	ch.bridge.remove(ch)
	if len(ch.bridge.members) == 0 {
		delete(t.bridges, ch.bridge.id)
	}
	ch.bridge = nil
}

func (t *Tracker) bridgeMerge(m ami.Message, at time.Time) {
	from, to := t.bridges[m.Get("FromBridgeUniqueid")], t.bridges[m.Get("ToBridgeUniqueid")]
	if from == nil || to == nil || from == to {
		return
	}
	for _, ch := range slices.Clone(from.members) {
		t.enterBridge(ch, to)
	}
	delete(t.bridges, from.id)
	t.meet(to, at)
}

func (t *Tracker) hangup(ch *channel, cause int) {
	c := ch.call
	t.touch(c)
	t.leaveBridge(ch)
	c.close(ch, ch.reason)
	delete(t.channels, ch.id)
	t.gone.bury(ch.id)
	c.channels = slices.DeleteFunc(c.channels, func(other *channel) bool { return other == ch })
	if ch == c.first {
		c.cause = cause
	}
	c.ended = len(c.channels) == 0
}

// note remembers why a channel will go.
func (t *Tracker) note(id, reason string) {
	if ch := t.channels[id]; ch != nil {
		ch.reason = reason
	}
}

// attended is a transfer with consultation. From the phone, the consultation is a call of its own; with the DTMF code or AMI's Atxfer it
// is in the same call already. When the target still rings (DestType App, DestApp Dial), the caller takes the consultation's place in Dial.
func (t *Tracker) attended(m ami.Message, at time.Time) {
	if m.Get("Result") != transferWorked {
		return
	}
	first, second := m.Get("OrigTransfererUniqueid"), m.Get("SecondTransfererUniqueid")
	t.note(first, reasonTransferred)
	t.note(second, reasonTransferred)
	var found *live
	for _, id := range []string{first, second, m.Get("TransfereeUniqueid"), m.Get("TransferTargetUniqueid")} {
		if ch := t.channels[id]; ch != nil {
			if found != nil {
				t.join(found, ch.call, at)
			}
			found = ch.call
		}
	}
}

// pickup ends the leg that rang: it gets no DialEnd.
func (t *Tracker) pickup(m ami.Message, at time.Time) {
	picker, target := t.channels[m.Get("Uniqueid")], t.channels[m.Get("TargetUniqueid")]
	if target != nil {
		t.touch(target.call)
		target.call.close(target, reasonPickedUp)
	}
	if picker != nil && target != nil {
		t.join(target.call, picker.call, at)
		t.answered(picker, at)
	}
}

func (t *Tracker) park(id string, parked bool) {
	if ch := t.channels[id]; ch != nil && ch.parked != parked {
		ch.parked = parked
		t.touch(ch.call)
	}
}

// graveyard remembers the channels that hung up last, so that a late event does not bring one back.
type graveyard struct {
	ids  map[string]struct{}
	ring []string
	next int
}

const graves = 4096

func (g *graveyard) has(id string) bool {
	_, ok := g.ids[id]
	return ok
}

func (g *graveyard) bury(id string) {
	if id == "" || g.has(id) {
		return
	}
	id = strings.Clone(id)
	g.ids[id] = struct{}{}
	if len(g.ring) < graves {
		g.ring = append(g.ring, id)
		return
	}
	delete(g.ids, g.ring[g.next])
	g.ring[g.next] = id
	g.next = (g.next + 1) % graves
}
