package calls

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/endpoint"
	"traybell/shared/protocol"
)

// Tracker follows the calls of one PBX. It is plain state without a clock, and not safe for
// concurrent use.
type Tracker struct {
	pbx        string
	endpoints  *endpoint.Judge
	users      func(device string) (user string)
	epoch, seq uint64

	channels byUniqueid // up to MaxChannels
	skipped  uint64     // events about channels beyond
	calls    byLinkedid
	bridges  bridges
	gone     graveyard

	// until when all calls are known: the time of the last snapshot, or when the PBX was last heard
	// of before a new connection
	heard  time.Time
	broken bool // there was no connection until now: the next snapshot is its first
	// what is concluded now was not seen when it happened, which was after since
	unseen bool
	since  time.Time

	Data    Data
	Mobiles Mobiles

	dirty dirty
	event event // reused by Apply
}

// MaxChannels is how many channels of a PBX are followed, and MaxParts how many of a call. Large
// Asterisk servers have some thousands.
const (
	MaxChannels = 20_000
	MaxParts    = 1_000
)

// NewTracker makes the tracker of a PBX; pbx is its id in hub.yml. rules returns what hub.yml says
// about its endpoints, for each new channel again; nil: nothing.
func NewTracker(pbx string, rules func() *endpoint.Rules) *Tracker {
	t := &Tracker{
		pbx: pbx, endpoints: endpoint.NewJudge(rules), users: func(device string) string { return device },
		channels: map[string]*channel{}, calls: map[string]*live{}, bridges: bridges{},
		gone: graveyard{ids: map[string]struct{}{}},
	}
	t.Data.of = t
	return t
}

// Users sets what names the user of an endpoint, the extension of its channels; the endpoint itself
// if it has no other. Channels that are known keep theirs.
func (t *Tracker) Users(of func(device string) (user string)) { t.users = of }

// Connected begins a new epoch, on each connection to the PBX before its snapshot. An epoch that
// does not grow counts as the next one. heard is when the PBX was last heard of before: what
// happened later was not seen. Zero: at the last snapshot.
func (t *Tracker) Connected(epoch uint64, heard time.Time) {
	t.epoch, t.broken = max(epoch, t.epoch+1), true
	if !heard.IsZero() {
		t.heard = heard
	}
}

// Late says that the next events happened at unknown times after since; zero: their times are known.
func (t *Tracker) Late(since time.Time) { t.since, t.unseen = since, !since.IsZero() }

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
		e.read(m, t.Data.fields())
		if name == evHangup { // the channel is gone afterwards
			t.Data.came(&e.main)
		}
	case evVarSet, evUser:
		t.Data.said(name, m)
		return
	default:
		e.main.variables, e.dest.variables = e.main.variables[:0], e.dest.variables[:0]
	}
	switch name {
	case evNewchannel:
		e.main.created = true
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
			t.bridges.leave(ch)
			t.moved(ch)
		}
	case evHangingUp:
		if ch := t.channels[m.Get("Uniqueid")]; ch != nil {
			ch.leaving = true
		}
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
			t.dirty.add(ch.call)
		}
	case evBlind:
		if m.Get("Result") == transferWorked {
			t.channels[m.Get("TransfererUniqueid")].leaves(reasonTransferred)
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
	t.Data.came(&e.main)
	t.Data.came(&e.dest)
}

// Reasons for the end of a leg, in addition to DialStatus.
const (
	reasonForwarded   = "forwarded"
	reasonPickedUp    = "picked up"
	reasonTransferred = "transferred"
)

// dirty are the calls that changed since the last flush.
type dirty []*live

func (d *dirty) add(c *live) {
	if !c.dirty {
		c.dirty = true
		*d = append(*d, c)
	}
}

// byLinkedid are calls by Linkedid; a call may have several.
type byLinkedid map[string]*live

func (b byLinkedid) drop(c *live) {
	for _, linked := range c.aliases {
		if b[linked] == c {
			delete(b, linked)
		}
	}
}

// flush turns the dirty calls into changes. A call that was merged into another comes first.
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
			if data, changed := c.data.Settle(t.Data.fields(), at, c.ended); changed {
				c.call.Data = data
			} else if c.data.Held() {
				t.Data.hold(c)
			}
			if changed, quiet := c.settle(at); changed || quiet {
				t.seq++
				out = append(out, Change{PBX: t.pbx, Epoch: t.epoch, Seq: t.seq, Call: c.show(quiet), Quiet: quiet})
			}
			if c.ended {
				t.calls.drop(c)
			}
		}
	}
	for _, c := range t.dirty {
		c.dirty = false
	}
	clear(t.dirty)
	t.dirty = t.dirty[:0]
	return out
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
		t.dirty.add(ch.call)
	}
	if s.phase > ch.phase {
		if s.phase == phaseRing { // chan_sip: the dialplan has not begun
			t.weigh(ch, endpoint.Facts{
				Created: true, Calls: true, Context: s.context, Number: s.number, Exten: s.exten,
			})
		}
		ch.phase = s.phase
		t.dirty.add(ch.call)
	}
	if s.did != "" && ch == ch.call.first && s.did != ch.call.call.DID {
		t.weigh(ch, endpoint.Facts{Calls: !ch.dialled, DID: s.did})
		ch.call.call.DID = strings.Clone(s.did)
		t.dirty.add(ch.call)
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
	known := t.calls[cmp.Or(s.linked, s.unique)]
	if len(t.channels) >= MaxChannels || known != nil && len(known.channels) >= MaxParts {
		t.skipped++
		return nil
	}
	own := s.clone()
	ch := &channel{
		id: own.unique, linked: cmp.Or(own.linked, own.unique), name: own.name, phase: own.phase, number: own.number,
		callerName: callerName(own.callerName, own.number), sentName: own.callerName, connected: own.connected,
		exten: own.exten, did: own.did,
	}
	if ch.endpoint, ch.real = endpoint.Of(ch.name); ch.real {
		ch.user = t.users(ch.endpoint.Endpoint)
		ch.decide(t.endpoints.Judge(ch.facts(endpoint.Facts{
			Created: own.created, Calls: own.calls(), Context: own.context, Number: own.number, Exten: own.exten,
			DID: own.did,
		})))
		if ch.number == ch.endpoint.Endpoint { // until the dialplan sets the CallerID
			ch.number = ch.user
		}
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
		c.setFirst(ch, t.endpoints)
	}
	t.dirty.add(c)
	return ch
}

func (t *Tracker) hangup(ch *channel, cause int) {
	c := ch.call
	t.dirty.add(c)
	t.bridges.leave(ch)
	c.close(ch, ch.reason)
	delete(t.channels, ch.id)
	t.gone.bury(ch.id)
	c.channels = slices.DeleteFunc(c.channels, func(other *channel) bool { return other == ch })
	if ch == c.first || ch.originated && ch.answered {
		c.cause = cause
	}
	if c.ended = len(c.channels) == 0; c.ended && t.unseen {
		c.endUnseen(t.since)
	}
}
