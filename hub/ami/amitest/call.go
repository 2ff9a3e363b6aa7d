package amitest

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Call is one simulated call. Each method is a step, and sends at once all events that Asterisk 22
// would send; the timing is up to the user of Call, or to PBX.Place. A step that is impossible,
// such as answering an ended call, does nothing.
type Call struct {
	p *PBX

	mu     sync.Mutex // guards what follows; taken before p.mu
	from   *leg       // who calls
	rung   legs       // who is being rung
	with   *leg       // who answered
	bridge bridge
	queue  string
	joined time.Time
	rang   time.Time // when the current round of ringing began
	talked time.Time // when the current partner answered
	ended  bool
}

// leg is a channel of a call.
type leg struct {
	snapshot
	inherited []string // names of the variables that the legs it dials get
	dialled   string   // the extension or number that was dialled; for the caller "" or its own extension
}

type legs []*leg

// bridge is a bridge's unique id.
type bridge string

// Incoming is a call from outside.
type Incoming struct {
	Number string // of the caller; empty: withheld
	Name   string // the caller's name, from the network or the PBX
	DID    string // the called number
	Trunk  string // the channel's peer, default "trunk"
	IVR    bool   // a menu came first: at DialBegin the trunk's extension is "s" in context "ivr"
}

// Incoming starts an incoming call. Nothing rings yet.
func (p *PBX) Incoming(in Incoming) *Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	from := p.channel(cmp.Or(in.Trunk, "trunk"), "")
	from.State = stateRing
	from.CallerNum, from.Context, from.Exten = in.Number, "from-trunk", in.DID
	c := &Call{p: p, from: from}
	p.steered.calls[from.Uniqueid] = c
	p.emit(from.about("Newchannel"))
	if in.Name != "" {
		from.CallerName = in.Name
		p.emit(with(from.about("NewCallerid"), "CID-CallingPres", "0 (Presentation Allowed, Not Screened)"))
	}
	if in.IVR {
		from.Context, from.Exten, from.Priority = "ivr", "s", "2"
	}
	return c
}

// Outgoing starts a call from a phone of the PBX, to another extension or through the trunk. It
// rings.
func (p *PBX) Outgoing(extension, number string, outside bool) *Call {
	p.mu.Lock()
	from := p.channel(extension, extension)
	from.State = stateRing
	from.CallerNum, from.CallerName = extension, agentName(extension)
	from.Context, from.Exten = "from-internal", number
	c := &Call{p: p, from: from}
	p.emit(from.about("Newchannel"))
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
	p.emit(to.about("Newchannel"))
	to.Exten = number
	to.CallerNum, to.ConnectedNum, to.ConnectedName = number, from.CallerNum, from.CallerName
	p.emit(with(to.about("NewCallerid"), "CID-CallingPres", "0 (Presentation Allowed, Not Screened)"),
		to.about("NewConnectedLine"))
	c.rung = []*leg{to}
	c.begin(to, number+"@trunk")
	c.connected(to)
	c.ringing(to)
	return c
}

// channel makes a new channel, without its events; p.mu is held.
func (p *PBX) channel(peer, dialled string) *leg {
	id := fmt.Sprintf("%d.%d", p.boot, p.serial)
	name := fmt.Sprintf("PJSIP/%s-%08x", peer, p.names)
	p.serial++
	p.names++
	return &leg{snapshot: snapshot{Name: name, Uniqueid: id, Linkedid: id, Priority: "1"}, dialled: dialled}
}

func agentName(extension string) string { return "Agent " + extension }

// Linkedid groups the call's channels; it is the Uniqueid of the first one.
func (c *Call) Linkedid() string { return c.from.Uniqueid }

// Ended reports whether the call is over.
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

// Ring rings extensions at once, in addition to those that ring already. An extension named twice
// has two phones.
func (c *Call) Ring(extensions ...string) {
	c.step(func() {
		for _, to := range c.try(extensions) {
			c.ringing(to)
		}
	})
}

// try dials phones, which do not ring yet.
func (c *Call) try(extensions []string) []*leg {
	var fresh []*leg
	for _, extension := range extensions {
		to := c.p.channel(extension, extension)
		to.Linkedid = c.from.Linkedid
		to.inherit(c.from)
		to.CallerNum, to.CallerName = extension, agentName(extension)
		to.Context, to.Exten = "from-internal", "s"
		c.p.emit(to.about("Newchannel"))
		fresh = append(fresh, to)
		early := to.snapshot
		to.Exten = c.from.Exten
		to.ConnectedNum, to.ConnectedName = c.from.CallerNum, c.from.CallerName
		if c.queue == "" {
			c.p.emit(to.about("NewConnectedLine"))
			continue
		}
		c.p.emit(c.member("AgentCalled", to))
		to.snapshot = early // a queue sends the member's connected line later, DialBegin does not have it yet
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

// ringing sends that a phone rings. Asterisk sends the two events in either order, so here the
// order alternates between phones.
func (c *Call) ringing(to *leg) {
	to.Exten = c.from.Exten
	to.ConnectedNum, to.ConnectedName = c.from.CallerNum, c.from.CallerName
	early := with(c.dial("DialState", to), "DialStatus", "RINGING") // still Down
	to.State = stateRinging
	if c.p.serial%2 == 0 {
		c.p.emit(early, to.about("Newstate"))
	} else {
		c.p.emit(to.about("Newstate"), with(c.dial("DialState", to), "DialStatus", "RINGING"))
	}
	if c.queue != "" {
		c.p.emit(to.about("NewConnectedLine"))
	}
}

// Join answers the caller and puts the call into a queue. Ring then rings members.
func (c *Call) Join(queue string) {
	c.step(func() {
		if c.queue != "" {
			return
		}
		c.queue, c.joined = queue, time.Now()
		if c.from.State != stateUp {
			c.from.State = stateUp
			c.p.emit(c.from.about("Newstate"))
		}
		c.p.Queues.enter(queue, c)
	})
}

// Answer answers at a ringing extension; the others stop ringing.
func (c *Call) Answer(extension string) {
	c.step(func() {
		winner := c.rung.at(extension)
		if winner == nil {
			return
		}
		losers := slices.DeleteFunc(c.rung, func(l *leg) bool { return l == winner })
		c.rung, c.with, c.talked = nil, winner, time.Now()
		winner.State = stateUp
		c.p.emit(winner.about("Newstate"))
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
				c.p.emit(c.from.about("Newstate"))
			}
			c.join()
			for _, l := range losers {
				c.p.emit(l.hangup(26))
			}
			return
		}
		c.stopped(winner, "ANSWER")
		for _, l := range losers {
			c.stopped(l, "CANCEL")
		}
		c.connected(winner)
		for _, l := range losers { // a queue sends it twice
			c.stopped(l, "CANCEL")
		}
		c.leaveQueue()
		c.p.emit(with(c.member("AgentConnect", winner), "HoldTime", seconds(c.joined), "RingTime", seconds(c.rang)))
		for _, l := range losers {
			c.p.emit(l.hangup(26))
		}
		c.join()
	})
}

// connected sends the caller's side who answered.
func (c *Call) connected(winner *leg) {
	c.from.ConnectedNum, c.from.ConnectedName = winner.CallerNum, winner.CallerName
	c.p.emit(c.from.about("NewConnectedLine"))
}

// join bridges both sides.
func (c *Call) join() {
	c.bridge = c.p.newBridge()
	c.p.emit(c.bridge.about("BridgeCreate", nil, 0))
	c.p.emit(c.bridge.about("BridgeEnter", c.with, 1), c.bridge.about("BridgeEnter", c.from, 2))
}

func (p *PBX) newBridge() bridge {
	p.bridges++
	return bridge(fmt.Sprintf("%08x-0000-4000-8000-%012x", p.boot, p.bridges))
}

// at returns the first leg to an extension; nil if there is none.
func (l legs) at(extension string) *leg {
	for _, one := range l {
		if one.dialled == extension {
			return one
		}
	}
	return nil
}
