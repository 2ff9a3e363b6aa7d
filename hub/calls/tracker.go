package calls

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/ami/wire"
	"traybell/shared/protocol"
)

// Tracker follows the calls of one PBX. It is plain state without a clock, and not safe for
// concurrent use.
type Tracker struct {
	pbx         string
	isExtension func(endpoint string) bool
	epoch, seq  uint64

	channels map[string]*channel // by Uniqueid
	calls    map[string]*live    // by Linkedid; a call may have several
	bridges  map[string]*bridge
	gone     graveyard

	dirty []*live
	event event // reused by Apply
}

// NewTracker makes the tracker of a PBX; pbx is its id in hub.yml. isExtension reports whether an
// endpoint ("101" of PJSIP/101-00000001) is one of the company's phones, not outside. nil means
// ShortDigits.
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

// Connected begins a new epoch, on each connection to the PBX before its snapshot. An epoch that
// does not grow counts as the next one.
func (t *Tracker) Connected(epoch uint64) { t.epoch = max(epoch, t.epoch+1) }

// Apply applies an event received at that time, and returns the changes, usually none. Events that
// are not about calls, or malformed, change nothing.
func (t *Tracker) Apply(m wire.Message, at time.Time) []Change {
	t.take(m, at)
	return t.flush(at)
}

func (t *Tracker) take(m wire.Message, at time.Time) {
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
		if ch := t.known(&e.main); ch != nil && ch.bridge != nil && ch.bridge.id == e.bridge {
			t.leaveBridge(ch)
		}
	case evBridgeMerge:
		t.bridgeMerge(m, at)
	case evHangup:
		if ch := t.known(&e.main); ch != nil {
			cause, _ := strconv.Atoi(e.cause)
			t.hangup(ch, cause)
		}
		t.gone.bury(e.main.unique)
	case evHold, evUnhold:
		// Transfers send an Unhold though nothing was held.
		if ch := t.known(&e.main); ch != nil && ch.holding != (name == evHold) {
			ch.holding = name == evHold
			t.touch(ch.call)
		}
	case evBlind:
		if m.Get("Result") == transferWorked {
			t.note(m.Get("TransfererUniqueid"), reasonTransferred)
		}
	case evAttended:
		t.attended(m)
	case evPickup:
		t.pickup(m, at)
	case evParked, evParkedSwap:
		t.park(m.Get("ParkeeUniqueid"), true)
	case evUnparked, evParkTimeout, evParkGivenUp:
		t.park(m.Get("ParkeeUniqueid"), false)
	}
}

// Reasons for the end of a leg, in addition to DialStatus.
const (
	reasonForwarded   = "forwarded"
	reasonPickedUp    = "picked up"
	reasonTransferred = "transferred"
)

// touch marks a call for flush.
func (t *Tracker) touch(c *live) {
	if !slices.Contains(t.dirty, c) {
		t.dirty = append(t.dirty, c)
	}
}

// flush turns the touched calls into changes. A call that was merged into another comes first.
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
			if changed, quiet := c.settle(at); changed || quiet {
				t.seq++
				out = append(out, Change{PBX: t.pbx, Epoch: t.epoch, Seq: t.seq, Call: c.show(quiet), Quiet: quiet})
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

// known returns the channel of a snapshot and notes what is new about it; nil for one that is
// unknown or has hung up.
func (t *Tracker) known(s *snapshot) *channel {
	ch := t.channels[s.unique]
	if ch == nil {
		return nil
	}
	if s.linked != "" && s.linked != ch.linked {
		t.relink(ch, s.linked)
	}
	if s.name != "" && s.name != ch.name { // Asterisk renames channels in a masquerade
		ch.name = strings.Clone(s.name)
		t.touch(ch.call)
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

// see is known, and creates an unknown channel: any event may be the first about it. A channel that
// has hung up is not recreated, because events of different channels may overtake each other.
func (t *Tracker) see(s *snapshot, at time.Time) *channel {
	if ch := t.known(s); ch != nil {
		return ch
	}
	if s.unique == "" || s.name == "" || t.gone.has(s.unique) {
		return nil
	}
	own := s.clone()
	ch := &channel{
		id: own.unique, linked: cmp.Or(own.linked, own.unique), name: own.name, phase: own.phase, number: own.number,
		callerName: own.callerName, connected: own.connected, exten: own.exten, did: own.did,
	}
	var endpoint string
	if endpoint, ch.real = endpointOf(ch.name); ch.real && t.isExtension(endpoint) {
		ch.extension = endpoint
	}
	c := t.calls[ch.linked]
	if c == nil {
		c = &live{linked: ch.linked, aliases: []string{ch.linked}, channels: make([]*channel, 0, 4)}
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
