package amitest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"traybell/hub/ami"
)

// Call is one made-up call. Each method is something that happens to it, and tells the clients at once everything that Asterisk
// 22 would tell; time is up to the caller, or to PBX.Place. A step that makes no sense any more, such as answering a call
// that has ended, does nothing.
type Call struct {
	p *PBX

	mu     sync.Mutex // guards what follows; taken before p.mu
	from   *leg       // who calls
	rung   []*leg     // who is being rung
	with   *leg       // who answered
	bridge string
	queue  string
	joined time.Time
	rang   time.Time // when the present round of ringing began
	talked time.Time // when the present partner answered
	ended  bool
}

// leg is a channel of a call.
type leg struct {
	snapshot
	dialled string // the extension or number that was dialled; for the caller "" or its own extension
}

// Incoming is a call from outside.
type Incoming struct {
	Number string // of the caller; empty: withheld
	Name   string // what the network, or the PBX, calls the caller
	DID    string // the number called
	Trunk  string // the channel's peer, default "trunk"
	IVR    bool   // the call went through a menu first: at DialBegin the trunk's extension is "s" in context "ivr"
}

// Incoming lets a call come in. Nothing rings yet.
func (p *PBX) Incoming(in Incoming) *Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	from := p.channel(cmp.Or(in.Trunk, "trunk"), "")
	from.State = stateRing
	from.CallerNum, from.Context, from.Exten = in.Number, "from-trunk", in.DID
	c := &Call{p: p, from: from}
	p.emit(c.about("Newchannel", from))
	if in.Name != "" {
		from.CallerName = in.Name
		p.emit(with(c.about("NewCallerid", from), "CID-CallingPres", "0 (Presentation Allowed, Not Screened)"))
	}
	if in.IVR {
		from.Context, from.Exten, from.Priority = "ivr", "s", "2"
	}
	return c
}

// Outgoing is a call made by a telephone of the PBX, to another extension or, through the trunk, to the outside. It rings.
func (p *PBX) Outgoing(extension, number string, outside bool) *Call {
	p.mu.Lock()
	from := p.channel(extension, extension)
	from.State = stateRing
	from.CallerNum, from.CallerName = extension, agentName(extension)
	from.Context, from.Exten = "from-internal", number
	c := &Call{p: p, from: from}
	p.emit(c.about("Newchannel", from))
	p.mu.Unlock()
	if !outside {
		c.Ring(number)
		return c
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	to := p.channel("trunk", number)
	to.Linkedid = from.Linkedid
	to.Context, to.Exten = "from-trunk", "s"
	p.emit(c.about("Newchannel", to))
	to.Exten = number
	to.CallerNum, to.ConnectedNum, to.ConnectedName = number, from.CallerNum, from.CallerName
	p.emit(with(c.about("NewCallerid", to), "CID-CallingPres", "0 (Presentation Allowed, Not Screened)"), c.about("NewConnectedLine", to))
	c.rung = []*leg{to}
	c.begin(to, number+"@trunk")
	c.connected(to)
	c.ringing(to)
	return c
}

// channel makes a new channel that is not told of yet; p.mu is held.
func (p *PBX) channel(peer, dialled string) *leg {
	id := fmt.Sprintf("%d.%d", p.boot, p.serial)
	name := fmt.Sprintf("PJSIP/%s-%08x", peer, p.names)
	p.serial++
	p.names++
	return &leg{snapshot: snapshot{Name: name, Uniqueid: id, Linkedid: id, Priority: "1"}, dialled: dialled}
}

func agentName(extension string) string { return "Agent " + extension }

// Linkedid is what groups the call's channels, and Uniqueid of its first one.
func (c *Call) Linkedid() string { return c.from.Uniqueid }

// Ended says whether the call is over.
func (c *Call) Ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// step runs f with the locks held, unless the call has ended.
func (c *Call) step(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	if !c.ended {
		f()
	}
}

// Ring rings extensions at once, in addition to what rings already. An extension named twice has two telephones.
func (c *Call) Ring(extensions ...string) {
	c.step(func() {
		for _, to := range c.try(extensions) {
			c.ringing(to)
		}
	})
}

// try dials telephones, which do not ring yet.
func (c *Call) try(extensions []string) []*leg {
	var fresh []*leg
	for _, extension := range extensions {
		to := c.p.channel(extension, extension)
		to.Linkedid = c.from.Linkedid
		to.CallerNum, to.CallerName = extension, agentName(extension)
		to.Context, to.Exten = "from-internal", "s"
		c.p.emit(c.about("Newchannel", to))
		fresh = append(fresh, to)
		early := to.snapshot
		to.Exten = c.from.Exten
		to.ConnectedNum, to.ConnectedName = c.from.CallerNum, c.from.CallerName
		if c.queue == "" {
			c.p.emit(c.about("NewConnectedLine", to))
			continue
		}
		c.p.emit(c.member("AgentCalled", to))
		to.snapshot = early // a queue tells the member's telephone later, and DialBegin does not know it yet
		c.begin(to, "PJSIP/"+extension)
	}
	if c.queue == "" {
		for _, to := range fresh {
			c.begin(to, to.dialled)
		}
		if len(fresh) == 1 && len(c.rung) == 0 {
			c.connected(fresh[0])
		}
	}
	c.rung = append(c.rung, fresh...)
	c.rang = time.Now()
	return fresh
}

func (c *Call) begin(to *leg, dial string) {
	c.p.emit(with(c.dial("DialBegin", to), "DialString", dial))
}

// ringing tells that a telephone rings. Asterisk sends the two events in either order, so here every other telephone has the
// other.
func (c *Call) ringing(to *leg) {
	to.Exten = c.from.Exten
	to.ConnectedNum, to.ConnectedName = c.from.CallerNum, c.from.CallerName
	early := with(c.dial("DialState", to), "DialStatus", "RINGING") // still says Down
	to.State = stateRinging
	if c.p.serial%2 == 0 {
		c.p.emit(early, c.about("Newstate", to))
	} else {
		c.p.emit(c.about("Newstate", to), with(c.dial("DialState", to), "DialStatus", "RINGING"))
	}
	if c.queue != "" {
		c.p.emit(c.about("NewConnectedLine", to))
	}
}

// Join answers the caller and puts it into a queue. Ring then rings members.
func (c *Call) Join(queue string) {
	c.step(func() {
		if c.queue != "" {
			return
		}
		c.queue, c.joined = queue, time.Now()
		if c.from.State != stateUp {
			c.from.State = stateUp
			c.p.emit(c.about("Newstate", c.from))
		}
		c.p.waiting[queue]++
		c.p.emit(with(c.about("QueueCallerJoin", c.from), "Queue", queue, "Position", strconv.Itoa(c.p.waiting[queue]), "Count", strconv.Itoa(c.p.waiting[queue])))
	})
}

// Answer lets an extension that rings answer; the others stop ringing.
func (c *Call) Answer(extension string) {
	c.step(func() {
		winner := c.ringingAt(extension)
		if winner == nil {
			return
		}
		losers := slices.DeleteFunc(c.rung, func(l *leg) bool { return l == winner })
		c.rung, c.with, c.talked = nil, winner, time.Now()
		winner.State = stateUp
		c.p.emit(c.about("Newstate", winner))
		if c.queue == "" {
			winner.Exten = ""
			if len(losers) > 0 {
				c.connected(winner)
			}
			for _, l := range losers {
				c.stopped(l, "CANCEL")
			}
			c.stopped(winner, "ANSWER")
			if c.from.State != stateUp {
				c.from.State = stateUp
				c.p.emit(c.about("Newstate", c.from))
			}
			c.join()
			for _, l := range losers {
				c.gone(l, 26)
			}
			return
		}
		c.stopped(winner, "ANSWER")
		for _, l := range losers {
			c.stopped(l, "CANCEL")
		}
		c.connected(winner)
		for _, l := range losers { // a queue says it twice
			c.stopped(l, "CANCEL")
		}
		c.leaveQueue()
		c.p.emit(with(c.member("AgentConnect", winner), "HoldTime", seconds(c.joined), "RingTime", seconds(c.rang)))
		for _, l := range losers {
			c.gone(l, 26)
		}
		c.join()
	})
}

// connected tells the caller's side who answered.
func (c *Call) connected(winner *leg) {
	c.from.ConnectedNum, c.from.ConnectedName = winner.CallerNum, winner.CallerName
	c.p.emit(c.about("NewConnectedLine", c.from))
}

// join makes a bridge of both sides.
func (c *Call) join() {
	c.bridge = c.p.bridgeID()
	c.p.emit(c.bridged("BridgeCreate", nil, 0))
	c.p.emit(c.bridged("BridgeEnter", c.with, 1), c.bridged("BridgeEnter", c.from, 2))
}

func (p *PBX) bridgeID() string {
	p.bridges++
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", p.boot, p.bridges)
}

// Busy dials extensions that are busy; one that rings already refuses the call. If nothing rings any more the call ends, unless
// the caller is in a queue.
func (c *Call) Busy(extensions ...string) {
	c.step(func() {
		var quiet []string
		for _, extension := range extensions {
			if c.ringingAt(extension) == nil {
				quiet = append(quiet, extension)
			}
		}
		c.try(quiet)
		for _, extension := range extensions {
			c.refuse(c.ringingAt(extension))
		}
	})
}

func (c *Call) refuse(busy *leg) {
	if busy == nil || c.ended {
		return
	}
	c.rung = slices.DeleteFunc(c.rung, func(l *leg) bool { return l == busy })
	c.p.emit(with(c.about("HangupRequest", busy), "Cause", "17"))
	c.stopped(busy, "BUSY")
	if len(c.rung) > 0 || c.queue != "" || c.with != nil {
		c.gone(busy, 17)
		return
	}
	c.p.emit(with(c.about("SoftHangupRequest", c.from), "Cause", "16"))
	c.over(17)
	c.gone(busy, 17)
}

// NoAnswer ends the ringing because nobody answered in time. A caller in a queue goes on waiting, and Ring may ring again; so
// it may for any other call, or End ends it.
func (c *Call) NoAnswer() {
	c.step(func() {
		rung := c.rung
		c.rung = nil
		if c.queue != "" {
			for _, l := range rung {
				c.p.emit(with(c.member("AgentRingNoAnswer", l), "RingTime", strconv.Itoa(int(time.Since(c.rang).Milliseconds()))))
			}
		}
		for _, l := range rung {
			c.stopped(l, "NOANSWER")
		}
		if c.queue != "" { // a queue says it twice, and the second time something else
			for _, l := range rung {
				c.stopped(l, "CANCEL")
			}
		}
		for _, l := range rung {
			c.gone(l, 0)
		}
	})
}

// End lets the PBX hang up a caller who was not, or no longer, talking: nobody answered and the dialplan is at its end.
func (c *Call) End() {
	c.step(func() {
		if c.with == nil && len(c.rung) == 0 {
			c.leaveQueue()
			c.p.emit(with(c.about("SoftHangupRequest", c.from), "Cause", "16"))
			c.over(0)
		}
	})
}

// GiveUp lets the caller hang up before anybody has answered.
func (c *Call) GiveUp() {
	c.step(func() {
		if c.with != nil {
			return
		}
		cause := 127 // what PJSIP says
		if c.queue != "" {
			cause = 0
		}
		c.p.emit(with(c.about("HangupRequest", c.from), "Cause", strconv.Itoa(cause)))
		rung := c.rung
		c.rung = nil
		for _, l := range rung {
			c.stopped(l, "CANCEL")
		}
		if c.queue != "" {
			for _, l := range rung {
				c.stopped(l, "CANCEL")
			}
			place := strconv.Itoa(c.p.waiting[c.queue])
			c.p.emit(with(c.about("QueueCallerAbandon", c.from), "Queue", c.queue, "Position", place, "OriginalPosition", place, "HoldTime", seconds(c.joined)))
		}
		for _, l := range rung {
			c.gone(l, cause)
		}
		c.leaveQueue()
		c.p.emit(with(c.about("SoftHangupRequest", c.from), "Cause", "16"))
		c.over(cause)
	})
}

// Hold puts the caller on hold: the telephone that answered does it.
func (c *Call) Hold() {
	c.step(func() {
		if c.with != nil {
			c.p.emit(with(c.about("Hold", c.with), "MusicClass", "default"))
		}
	})
}

// BlindTransfer lets the telephone that answered send the caller to another extension, which rings.
func (c *Call) BlindTransfer(extension string) {
	moved := false
	c.step(func() {
		if c.with == nil {
			return
		}
		moved = true
		agent := c.with
		c.p.emit(c.about("Unhold", agent)) // a transfer says so, though nothing was held
		e := NewEvent("BlindTransfer", "call", "Result", "Success")
		e.Fields = append(e.Fields, agent.fields("Transferer")...) //nolint:misspell // Asterisk writes it so
		e.Fields = append(e.Fields, c.from.fields("Transferee")...)
		e.Fields = append(e.Fields, bridgeFields("", c.bridge, 2)...)
		c.p.emit(with(e, "IsExternal", "Yes", "Context", "from-internal", "Extension", extension))
		c.completed("transfer")
		c.from.Context, c.from.Exten, c.from.Priority = "from-internal", extension, "1"
		c.part(c.from, agent)
		c.gone(agent, 16)
	})
	if moved {
		c.Ring(extension)
	}
}

// AttendedTransfer lets the telephone that answered call another extension, which answers, and hand the caller over. The
// consultation is a call of its own, with its own Linkedid.
func (c *Call) AttendedTransfer(extension string) {
	c.mu.Lock()
	agent := c.with
	usable := agent != nil && !c.ended && agent.dialled != ""
	c.mu.Unlock()
	if !usable {
		return
	}
	c.Hold()
	consultation := c.p.Outgoing(agent.dialled, extension, false)
	consultation.Answer(extension)
	c.step(func() {
		second, target := consultation.from, consultation.with
		if c.with != agent || target == nil {
			return
		}
		c.p.emit(c.about("Unhold", agent), c.about("Unhold", second))
		c.p.emit(c.bridged("BridgeLeave", c.from, 1))
		c.p.emit(consultation.bridged("BridgeLeave", second, 1))
		e := consultation.bridged("BridgeEnter", c.from, 2)
		c.p.emit(with(e, "SwapUniqueid", second.Uniqueid))

		e = NewEvent("AttendedTransfer", "call", "Result", "Success")
		e.Fields = append(e.Fields, agent.fields("OrigTransferer")...)
		e.Fields = append(e.Fields, bridgeFields("Orig", c.bridge, 1)...)
		e.Fields = append(e.Fields, second.fields("SecondTransferer")...)
		e.Fields = append(e.Fields, bridgeFields("Second", consultation.bridge, 2)...)
		e.Fields = append(e.Fields, c.from.fields("Transferee")...)
		e.Fields = append(e.Fields, target.fields("TransferTarget")...)
		c.p.emit(with(e, "IsExternal", "No", "DestType", "Bridge", "DestBridgeUniqueid", consultation.bridge))

		target.Linkedid = c.from.Linkedid // without an event of its own
		target.ConnectedNum, target.ConnectedName = c.from.CallerNum, c.from.CallerName
		c.p.emit(c.about("NewConnectedLine", target))
		c.completed("transfer")
		c.from.ConnectedNum, c.from.ConnectedName = target.CallerNum, target.CallerName
		c.p.emit(c.about("NewConnectedLine", c.from))
		c.p.emit(c.bridged("BridgeLeave", agent, 0), c.bridged("BridgeDestroy", nil, 0))
		c.gone(agent, 16)
		second.Exten = "h"
		c.gone(second, 16)
		c.with, c.bridge, c.talked = target, consultation.bridge, time.Now()
	})
	consultation.mu.Lock()
	consultation.ended = true
	consultation.mu.Unlock()
}

// Hangup lets the caller hang up: a conversation, or, before that, GiveUp.
func (c *Call) Hangup() { c.hangup(false) }

// HangupByAgent lets the other side hang up a conversation.
func (c *Call) HangupByAgent() { c.hangup(true) }

func (c *Call) hangup(byAgent bool) {
	talking := false
	c.step(func() {
		if c.with == nil {
			return
		}
		talking = true
		first, second, who := c.from, c.with, "caller"
		if byAgent {
			first, second, who = c.with, c.from, "agent"
		}
		c.p.emit(with(c.about("HangupRequest", first), "Cause", "16"))
		c.completed(who)
		c.part(first, second)
		c.p.emit(with(c.about("SoftHangupRequest", c.from), "Cause", "16"))
		if byAgent {
			c.gone(first, 16)
			c.over(16)
		} else {
			c.over(16)
			c.gone(second, 16)
		}
	})
	if !talking && !byAgent {
		c.GiveUp()
	}
}

// part takes the bridge apart.
func (c *Call) part(first, second *leg) {
	c.p.emit(c.bridged("BridgeLeave", first, 1), c.bridged("BridgeLeave", second, 0), c.bridged("BridgeDestroy", nil, 0))
	c.with, c.bridge = nil, ""
}

// completed ends a queue's part in a call that was answered.
func (c *Call) completed(who string) {
	if c.queue != "" {
		c.p.emit(with(c.member("AgentComplete", c.with), "HoldTime", seconds(c.joined), "TalkTime", seconds(c.talked), "Reason", who))
		c.queue = ""
	}
}

// leaveQueue takes the caller out of the queue's count.
func (c *Call) leaveQueue() {
	if c.queue == "" {
		return
	}
	place := max(c.p.waiting[c.queue], 1)
	c.p.waiting[c.queue] = place - 1
	c.p.emit(with(c.about("QueueCallerLeave", c.from), "Queue", c.queue, "Position", "1", "Count", strconv.Itoa(place-1)))
}

// stopped ends the dialling of one leg.
func (c *Call) stopped(l *leg, status string) {
	c.p.emit(with(c.dial("DialEnd", l), "DialStatus", status))
}

// over ends the caller's channel, and with it the call. In the context of telephones the dialplan then has an extension h.
func (c *Call) over(cause int) {
	if c.from.Context == "from-internal" && c.from.State == stateUp {
		c.from.Exten = "h"
	}
	c.gone(c.from, cause)
	c.ended = true
}

func (c *Call) gone(l *leg, cause int) {
	c.p.emit(with(c.about("Hangup", l), "Cause", strconv.Itoa(cause), "Cause-txt", causeText(cause)))
}

func causeText(cause int) string {
	switch cause {
	case 16:
		return "Normal Clearing"
	case 17:
		return "User busy"
	case 26:
		return "Answered elsewhere"
	case 127:
		return "Interworking, unspecified"
	}
	return "Unknown"
}

func (c *Call) ringingAt(extension string) *leg {
	for _, l := range c.rung {
		if l.dialled == extension {
			return l
		}
	}
	return nil
}

// about is an event about one channel.
func (c *Call) about(name string, l *leg) Event {
	class := "call"
	if len(name) > 5 && name[:5] == "Queue" {
		class = "agent"
	}
	return Event{Name: name, Class: class, Fields: l.fields("")}
}

// dial is an event about the caller's channel and one it dials.
func (c *Call) dial(name string, to *leg) Event {
	return Event{Name: name, Class: "call", Fields: append(c.from.fields(""), to.fields("Dest")...)}
}

// member is an event about a caller in a queue and one of its members.
func (c *Call) member(name string, to *leg) Event {
	e := c.dial(name, to)
	e.Class = "agent"
	return with(e, "Queue", c.queue, "Interface", "PJSIP/"+to.dialled, "MemberName", agentName(to.dialled))
}

// bridged is an event about the call's bridge and, unless l is nil, a channel of it.
func (c *Call) bridged(name string, l *leg, channels int) Event {
	e := Event{Name: name, Class: "call", Fields: bridgeFields("", c.bridge, channels)}
	if l != nil {
		e.Fields = append(e.Fields, l.fields("")...)
	}
	return e
}

func bridgeFields(prefix, id string, channels int) []ami.Field {
	return NewEvent("", "",
		prefix+"BridgeUniqueid", id,
		prefix+"BridgeType", "basic",
		prefix+"BridgeTechnology", "simple_bridge",
		prefix+"BridgeCreator", "<unknown>",
		prefix+"BridgeName", "<unknown>",
		prefix+"BridgeNumChannels", strconv.Itoa(channels),
		prefix+"BridgeVideoSourceMode", "none",
	).Fields
}

// with returns the event with more fields.
func with(e Event, pairs ...string) Event {
	e.Fields = append(slices.Clip(e.Fields), NewEvent("", "", pairs...).Fields...)
	return e
}

// seconds is a time since then, in whole seconds.
func seconds(then time.Time) string { return strconv.Itoa(int(time.Since(then).Seconds())) }
