package accounts

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Call is a call as Asterisk reports it: all channels whose Linkedids were joined.
type Call struct {
	ID        string   // the Linkedid of its first channel
	Linkedids []string // sorted; several after an attended transfer
	From      string   // name of the first channel
	Number    string   // CallerID of the first channel
	Exten     string   // what it dialled
	Began     time.Time
	Answered  time.Time // two parties were connected; zero if none were
	Ended     time.Time // zero while the call goes on
	By        string    // the extension that answered first; empty: a phone outside, or none
	Joined    time.Time // when a transfer joined the last of several Linkedids
	Killed    bool      // Asterisk was killed during the call
	Rang      map[string]Span
	Queue     []Entry
	Legs      []Leg
	Channels  []Channel
}

// Span is a stretch of time.
type Span struct{ From, To time.Time }

// Channel is a channel of a call.
type Channel struct {
	Name, Uniqueid string
	Span
}

// Trunk is the technology and name of the trunk in Extension and Direction.
const Trunk = "PJSIP/pstn"

var phone = regexp.MustCompile(`^PJSIP/(\d+)-`)

// Extension is the phone of a channel; empty for the trunk and for Local channels.
func Extension(channel string) string {
	if m := phone.FindStringSubmatch(channel); m != nil {
		return m[1]
	}
	return ""
}

// Outgoing reports whether a phone of the company called a phone outside.
func (c *Call) Outgoing() bool {
	return c.Internal() && slices.ContainsFunc(c.Channels, func(ch Channel) bool {
		return strings.HasPrefix(ch.Name, Trunk+"-")
	})
}

// Internal reports whether the call began at a phone of the company.
func (c *Call) Internal() bool { return !strings.HasPrefix(c.From, Trunk+"-") }

// Queued reports whether the caller waited in a queue.
func (c *Call) Queued() bool { return len(c.Queue) > 0 }

// Calls derives calls from the CEL and adds what the CDR and queue_log say. In each of kills Asterisk
// was killed and not yet started again: it said nothing of the end of its calls.
func Calls(events []Event, legs []Leg, queue []Entry, kills []Span) []*Call {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	groups := join(events)
	f := follower{calls: map[string]*Call{}, channels: map[string]*channel{}, bridges: map[string]map[string]*channel{}}
	kills = slices.Clone(kills)
	slices.SortFunc(kills, func(a, b Span) int { return a.From.Compare(b.From) })
	var last time.Time
	kill := func() {
		if last.Before(kills[0].From) {
			last = kills[0].From
		}
		f.kill(last)
		kills = kills[1:]
	}
	for _, e := range events {
		for len(kills) > 0 && kills[0].To.Before(e.At) {
			kill()
		}
		last = e.At
		if e.Uniqueid != "" && e.Linkedid != "" {
			f.event(e, groups.root(e.Linkedid))
		}
	}
	for len(kills) > 0 {
		kill()
	}
	of := map[string]*Call{} // by Uniqueid
	for _, ch := range f.order {
		span := Channel{ch.name, ch.id, Span{ch.began, ch.ended}}
		ch.call.Channels = append(ch.call.Channels, span)
		of[ch.id] = ch.call
		if extension := Extension(ch.name); extension != "" && ch.call.From != ch.name {
			rang, again := ch.call.Rang[extension]
			if !again {
				rang.From = ch.began
			}
			rang.To = ch.ended
			ch.call.Rang[extension] = rang
		}
		if ch.ended.After(ch.call.Ended) {
			ch.call.Ended = ch.ended
		}
	}
	for _, ch := range f.order {
		if ch.ended.IsZero() {
			ch.call.Ended = time.Time{}
		}
	}
	for _, l := range legs {
		if c := of[l.Uniqueid]; c != nil {
			c.Legs = append(c.Legs, l)
		}
	}
	for _, e := range queue {
		if c := of[e.Uniqueid]; c != nil {
			c.Queue = append(c.Queue, e)
		}
	}
	slices.SortFunc(f.list, func(a, b *Call) int { return a.Began.Compare(b.Began) })
	return f.list
}

// sets are disjoint sets of Linkedids.
type sets map[string]string

// join joins the Linkedids that a channel had one after the other, and those of channels in one
// bridge: Asterisk does so, but reports it only with the next event of a channel.
func join(events []Event) sets {
	s, last, in := sets{}, map[string]string{}, map[string][]string{} // channels by bridge
	for _, e := range events {
		if e.Linkedid == "" {
			continue
		}
		if before, ok := last[e.Uniqueid]; ok {
			s.union(before, e.Linkedid)
		}
		last[e.Uniqueid] = e.Linkedid
		switch e.Kind {
		case "BRIDGE_ENTER":
			for _, other := range in[e.Bridge] {
				s.union(last[other], e.Linkedid)
			}
			in[e.Bridge] = append(in[e.Bridge], e.Uniqueid)
		case "BRIDGE_EXIT":
			in[e.Bridge] = slices.DeleteFunc(in[e.Bridge], func(id string) bool { return id == e.Uniqueid })
		}
	}
	return s
}

// union joins two sets; the older Linkedid is the root.
func (s sets) union(a, b string) {
	a, b = s.root(a), s.root(b)
	if older(b, a) {
		a, b = b, a
	}
	if a != b {
		s[b] = a
	}
}

func (s sets) root(id string) string {
	for {
		up, ok := s[id]
		if !ok {
			return id
		}
		id = up
	}
}

// older compares Linkedids: seconds and a number that Asterisk counts from its start.
func older(a, b string) bool {
	as, an, _ := strings.Cut(a, ".")
	bs, bn, _ := strings.Cut(b, ".")
	return cmp.Or(cmp.Compare(len(as), len(bs)), strings.Compare(as, bs), cmp.Compare(len(an), len(bn)),
		strings.Compare(an, bn)) < 0
}

// follower follows channels through bridges.
type follower struct {
	calls    map[string]*Call
	list     []*Call
	channels map[string]*channel // live ones, by Uniqueid
	order    []*channel
	bridges  map[string]map[string]*channel
}

type channel struct {
	name, id     string
	began, ended time.Time
	linkedid     string
	call         *Call
	bridge       string
}

func (f *follower) kill(at time.Time) {
	for _, ch := range f.channels {
		ch.ended, ch.call.Killed = at, true
	}
	clear(f.channels)
	clear(f.bridges)
}

func (f *follower) event(e Event, id string) {
	ch := f.channels[e.Uniqueid]
	switch {
	case e.Kind == "CHAN_START":
		c := f.calls[id]
		if c == nil {
			c = &Call{ID: id, From: e.Channel, Number: e.Number, Exten: e.Exten, Began: e.At, Rang: map[string]Span{}}
			f.calls[id] = c
			f.list = append(f.list, c)
		}
		ch = &channel{name: e.Channel, id: e.Uniqueid, began: e.At, call: c}
		f.channels[e.Uniqueid] = ch
		f.order = append(f.order, ch)
	case ch == nil:
		return
	case e.Kind == "CHAN_END":
		ch.ended = e.At
		f.leave(ch)
		delete(f.channels, ch.id)
	case e.Kind == "BRIDGE_ENTER":
		f.leave(ch)
		ch.bridge = e.Bridge
		if f.bridges[e.Bridge] == nil {
			f.bridges[e.Bridge] = map[string]*channel{}
		}
		f.bridges[e.Bridge][ch.id] = ch
		f.connected(ch, e.At)
	case e.Kind == "BRIDGE_EXIT":
		if ch.bridge == e.Bridge {
			f.leave(ch)
		}
	}
	if ch.linkedid != "" && ch.linkedid != e.Linkedid {
		c := ch.call
		if c.Joined.IsZero() || e.At.Before(c.Joined) {
			c.Joined = e.At
		}
	}
	ch.linkedid = e.Linkedid
	if !slices.Contains(ch.call.Linkedids, e.Linkedid) {
		ch.call.Linkedids = append(ch.call.Linkedids, e.Linkedid)
		slices.Sort(ch.call.Linkedids)
	}
}

func (f *follower) leave(ch *channel) {
	delete(f.bridges[ch.bridge], ch.id)
	ch.bridge = ""
}

// connected notes the answer if a channel's bridge connects two parties, over Local channels too.
func (f *follower) connected(from *channel, at time.Time) {
	c := from.call
	if !c.Answered.IsZero() {
		return
	}
	seen := map[*channel]bool{}
	var parties []*channel
	for next := []*channel{from}; len(next) > 0; {
		ch := next[0]
		next = next[1:]
		if seen[ch] {
			continue
		}
		seen[ch] = true
		if !strings.HasPrefix(ch.name, "Local/") {
			parties = append(parties, ch)
		} else if other := f.otherHalf(ch); other != nil {
			next = append(next, other)
		}
		for _, other := range f.bridges[ch.bridge] {
			next = append(next, other)
		}
	}
	if len(parties) < 2 {
		return
	}
	c.Answered = at
	for _, p := range parties {
		if p.name != c.From {
			c.By = cmp.Or(Extension(p.name), c.By)
		}
	}
}

// otherHalf returns the live other half of a Local channel.
func (f *follower) otherHalf(ch *channel) *channel {
	name := ch.name[:len(ch.name)-1]
	for _, other := range f.channels {
		if other != ch && strings.HasPrefix(other.name, name) {
			return other
		}
	}
	return nil
}

// Witness is what one of Asterisk's files says of a call.
type Witness struct {
	Says     bool // the file can say
	Answered bool
	By       string
	Talked   time.Duration // from the answer to the end of the call; -1: it does not say
}

// CDR returns what the CDR says: not of calls through a queue, whose legs are answered while the
// caller waits, and not of calls that a killed Asterisk left.
func (c *Call) CDR() Witness {
	if c.Queued() || c.Killed || len(c.Legs) == 0 {
		return Witness{}
	}
	w := Witness{Says: true, Talked: -1}
	var first, end time.Time
	for _, l := range c.Legs {
		if l.End.After(end) {
			end = l.End
		}
		if l.Disposition == "ANSWERED" && l.Dst != "" && !l.Answer.IsZero() &&
			(first.IsZero() || l.Answer.Before(first)) {
			first, w.Answered, w.By = l.Answer, true, Extension(l.Dst)
		}
	}
	if w.Answered {
		w.Talked = end.Sub(first)
	}
	return w
}

// QueueLog returns what queue_log says.
func (c *Call) QueueLog() Witness {
	if !c.Queued() {
		return Witness{}
	}
	w := Witness{Says: !c.Killed, Talked: -1}
	for i, e := range c.Queue {
		switch e.Event {
		case "CONNECT":
			if !w.Answered {
				w.Says, w.Answered, w.By = true, true, e.Agent
			}
		case "COMPLETECALLER", "COMPLETEAGENT":
			if i == len(c.Queue)-1 && w.Answered && len(e.Data) > 1 {
				if d, err := time.ParseDuration(e.Data[1] + "s"); err == nil {
					w.Talked = d
				}
			}
		}
	}
	return w
}

// Story returns what the CDR, or else queue_log, says of who answered, and the talk time by the CDR,
// or else by the CEL: queue_log has whole seconds.
func (c *Call) Story() Witness {
	w := Witness{Says: true, Answered: !c.Answered.IsZero(), By: c.By, Talked: c.Talked()}
	for _, said := range []Witness{c.QueueLog(), c.CDR()} {
		if said.Says {
			w.Answered, w.By = said.Answered, said.By
		}
	}
	if cdr := c.CDR(); cdr.Talked > 0 {
		w.Talked = cdr.Talked
	}
	return w
}

// Doubts compares the CEL with the CDR and queue_log and returns how they differ.
func (c *Call) Doubts() []string {
	var doubts []string
	compare := func(file string, w Witness, slack time.Duration) {
		if !w.Says {
			return
		}
		if w.Answered == c.Answered.IsZero() || w.By != c.By {
			doubts = append(doubts, fmt.Sprintf("%s: answered %t by %q; CEL: answered %t by %q", file, w.Answered, w.By,
				!c.Answered.IsZero(), c.By))
			return
		}
		if talked := c.Talked(); w.Answered && w.Talked >= 0 && (w.Talked-talked).Abs() > slack {
			doubts = append(doubts, fmt.Sprintf("%s: talked %v; CEL: %v", file, w.Talked, talked))
		}
	}
	compare("CDR", c.CDR(), time.Second)
	compare("queue_log", c.QueueLog(), 2*time.Second)
	return doubts
}

// Talked is the time from the answer to the end.
func (c *Call) Talked() time.Duration {
	if c.Answered.IsZero() {
		return 0
	}
	return c.Ended.Sub(c.Answered)
}
