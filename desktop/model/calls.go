package model

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"traybell/shared/protocol"
)

const (
	keepEnded = 5 * time.Minute // the card of an ended call that was not removed
	maxCalls  = 500             // many times what one agent has at once
)

// calls holds the calls of the hub, and what this agent has seen of them.
type calls struct {
	agent        protocol.Agent
	hideInternal bool
	byID         map[string]*call
	notes        *Notes
	revealed     Revealed
}

func newCalls() calls { return calls{byID: map[string]*call{}} }

// call is the hub's state of a call and its history with this agent.
type call struct {
	now      protocol.Call
	rang     bool // a card was up while it rang
	answered bool // this agent talked
	by       string
	returned time.Time // when this agent had taken it before it rang here again
	outside  bool      // a phone outside talks, or has talked
	earlier  bool      // from the history: see Adopt
	press    Press
	card     Card // the last one; without a Kind before the first
}

// mine is the state of this agent's part in a call; empty without a leg. With several extensions
// the most important one wins.
func (s *calls) mine(c protocol.Call) (state protocol.State, calling bool) {
	rank := map[protocol.State]int{protocol.Ended: 1, protocol.Ringing: 2, protocol.Held: 3, protocol.Answered: 4}
	for _, leg := range c.Legs {
		if s.own(leg) && rank[leg.State] > rank[state] {
			state, calling = leg.State, leg.Calling
		}
	}
	if state != "" && c.State == protocol.Ended { // the leg's end follows
		state = protocol.Ended
	}
	return state, calling
}

// own reports whether a leg is this agent's: it is at one of the agent's extensions, and no other
// agent of that extension has taken the call.
func (s *calls) own(leg protocol.Leg) bool {
	return slices.Contains(s.agent.Extensions, leg.Extension) && (leg.Login == "" || leg.Login == s.agent.Login)
}

// talker returns who else talks on the call, or else who talked last: a name or an extension.
func (s *calls) talker(c protocol.Call) string {
	var last protocol.Leg
	for _, leg := range c.Legs {
		switch {
		case s.own(leg) || leg.Calling:
		case leg.State == protocol.Answered || leg.State == protocol.Held:
			return cmp.Or(leg.Agent, leg.Extension)
		case leg.Answered.After(last.Answered):
			last = leg
		}
	}
	return cmp.Or(last.Agent, last.Extension)
}

// taken reports whether another agent has the call now.
func (s *calls) taken(c protocol.Call) bool {
	return c.State != protocol.Ended && slices.ContainsFunc(c.Legs, func(leg protocol.Leg) bool {
		return !s.own(leg) && !leg.Calling && (leg.State == protocol.Answered || leg.State == protocol.Held)
	})
}

// talked returns when this agent took the call, also if this program has not seen it; zero: not at
// all.
func (s *calls) talked(c protocol.Call) (at time.Time) {
	for _, leg := range c.Legs {
		if s.own(leg) && leg.Answered.After(at) {
			at = leg.Answered
		}
	}
	return at
}

// elsewhere is who answered an incoming call in place of this agent; empty if a phone outside did.
func (s *calls) elsewhere(c protocol.Call) (who string, elsewhere bool) {
	if c.Direction != protocol.Incoming || c.Answered.IsZero() {
		return "", false
	}
	if known := s.byID[c.ID]; known != nil && !known.earlier {
		return known.by, !known.answered && (known.by != "" || known.outside)
	}
	for _, leg := range c.Legs { // an earlier call has the one leg that answered
		if !leg.Calling {
			mine := s.own(leg) || leg.Login == s.agent.Login
			return cmp.Or(leg.Agent, leg.Extension), !mine
		}
	}
	return "", true
}

// seen is a call with the other party as this agent sees it: of an internal call placed by this
// agent, the colleague called.
func (s *calls) seen(c protocol.Call) protocol.Call {
	if c.Direction != protocol.Internal {
		return s.revealed.of(c)
	}
	i := slices.IndexFunc(c.Legs, func(leg protocol.Leg) bool { return leg.Calling })
	if i < 0 {
		return c
	}
	if !s.own(c.Legs[i]) && c.Legs[i].Login != s.agent.Login {
		c.Name = cmp.Or(c.Legs[i].Agent, c.Name)
		return c
	}
	called := protocol.Leg{Extension: c.DID} // unless another one answered
	for _, leg := range c.Legs {
		if !leg.Calling && called.Answered.IsZero() && (!leg.Answered.IsZero() || called.Extension == "" ||
			leg.Extension == called.Extension) {
			called = leg
		}
	}
	if called.Extension == "" { // from an earlier hub
		return c
	}
	c.Number = called.Extension
	c.Display, c.E164, c.DID, c.Name = c.Number, "", "", called.Agent
	c.Caller = protocol.Caller{
		Status: protocol.OwnPhone, Category: protocol.Category{Number: c.Number, Color: protocol.Neutral},
	}
	return c
}

// outside reports whether the parties of an incoming call talk, but no extension takes part.
func outside(c protocol.Call) bool {
	return c.Direction == protocol.Incoming && c.State == protocol.Answered &&
		!slices.ContainsFunc(c.Legs, func(leg protocol.Leg) bool {
			return leg.State != protocol.Ended || !leg.Answered.IsZero()
		})
}

func (s *calls) inCall() (talking, ringing bool) {
	for _, c := range s.byID {
		switch mine, _ := s.mine(c.now); mine {
		case protocol.Answered, protocol.Held:
			talking = true
		case protocol.Ringing:
			ringing = true
		}
	}
	return talking, ringing
}

func (s *calls) hasCard(id string) bool {
	c := s.byID[id]
	return c != nil && c.card.Kind != ""
}

// change applies a call's new state.
func (s *calls) change(c protocol.Call, now time.Time) {
	if c.ID == "" {
		return
	}
	known := s.byID[c.ID]
	if known == nil {
		s.makeRoom()
		known = &call{}
		s.byID[c.ID] = known
	}
	known.now = c
	s.look(known, now)
}

// replace applies the calls of a snapshot.
func (s *calls) replace(now []protocol.Call, at time.Time) {
	old := s.byID
	s.byID = map[string]*call{}
	for _, c := range now {
		if known := old[c.ID]; known != nil {
			s.byID[c.ID] = known
		}
		s.change(c, at)
	}
	for id, c := range old {
		// A call with an unanswered press stays: the press is sent again, and the agent must see
		// its ticket.
		if _, ok := s.byID[id]; !ok && c.press.State == Pressed {
			c.now.State, c.now.Ended, c.now.EndUnseen, c.now.Legs = protocol.Ended, at, true, nil
			s.byID[id] = c
			s.look(c, at)
		}
	}
}

// categorize sets the category of every call of a number.
func (s *calls) categorize(c protocol.Category, now time.Time) {
	for _, known := range s.byID {
		if c.Number != "" && (c.Number == known.now.E164 || c.Number == known.now.Number ||
			c.Number == known.now.Caller.Category.Number) {
			known.now.Caller.Category = c
			s.look(known, now)
		}
	}
}

// forget removes the card of an ended call.
func (s *calls) forget(id string) {
	c := s.byID[id]
	if c == nil || !c.card.Done {
		return
	}
	if c.now.State == protocol.Ended {
		delete(s.byID, id)
		return
	}
	c.card, c.rang, c.answered = Card{}, false, false
}

func (s *calls) tidy(now time.Time) {
	for id, c := range s.byID {
		if c.now.State == protocol.Ended && c.press.State != Pressed && !c.now.Ended.IsZero() &&
			now.Sub(c.now.Ended) > keepEnded && now.Sub(c.card.Since) > keepEnded {
			delete(s.byID, id)
		}
	}
}

// makeRoom removes the call with the oldest card if there are too many, as a hub may fail to end
// calls. Calls with an unanswered press stay.
func (s *calls) makeRoom() {
	if len(s.byID) < maxCalls {
		return
	}
	oldest := ""
	for id, c := range s.byID {
		if c.press.State == Pressed {
			continue
		}
		if first := s.byID[oldest]; first == nil || cmp.Or(c.card.Since.Compare(first.card.Since),
			strings.Compare(id, oldest)) < 0 {
			oldest = id
		}
	}
	delete(s.byID, oldest)
}

// stay is the Stay of a call that is over for this agent. A call that another agent has now needs
// none; whether its end or that of this agent's leg came first does not matter.
func (s *calls) stay(c *call) time.Duration {
	mine := c.answered && !s.taken(c.now)
	pressed := c.press.Action != ""
	switch {
	case c.press.State == Made && (mine || pressed):
		return AfterTicket
	case mine, c.press.State == Failed && pressed:
		return AfterCall
	}
	return 0
}

// look computes the card of a call.
func (s *calls) look(c *call, now time.Time) {
	was := c.card
	mine, calling := s.mine(c.now)
	if by := s.talker(c.now); by != "" {
		c.by, c.outside = by, false
	} else if c.by == "" && outside(c.now) {
		c.outside = true
	}
	talked := s.talked(c.now)
	c.answered = c.answered || talked.After(c.returned)
	if c.now.Ticket != nil {
		c.press.State, c.press.Ticket, c.press.Reason = Made, *c.now.Ticket, ""
	}
	card := Card{ID: c.now.ID, Call: c.now, Mine: mine, Press: c.press, Since: now}
	answered := c.now.State == protocol.Answered || c.now.State == protocol.Held
	switch {
	case c.now.Direction == protocol.Internal && (s.hideInternal || calling):
	case c.now.Popup == protocol.PopupSilent && c.press.State == NotPressed:
	case mine == protocol.Answered, mine == protocol.Held:
		c.answered, c.by = true, ""
		if !calling || answered {
			card.Kind = Answer
		}
	case mine == protocol.Ringing && !calling:
		c.rang, c.answered, c.returned = true, false, talked
		card.Kind, card.Sticky = Incoming, c.now.Popup != protocol.PopupNotification
	case mine == "" && c.now.State == protocol.Ringing && c.now.Direction == protocol.Incoming:
		c.rang = true
		card.Kind = Incoming
	case was.Kind == "": // over before it was seen
	case c.answered && offered(c.now, protocol.ControlPickup): // parked, or it rings at a colleague's phone
		card.Kind = Answer
	case c.answered: // this agent talked before
		card.Kind, card.Done = Answer, true
		if c.now.State != protocol.Ended {
			card.Elsewhere = c.by
		}
	case c.rang:
		card.Kind, card.Done = Incoming, true
		if !c.now.Missed {
			card.Elsewhere, card.Outside = c.by, c.outside
		}
	}
	if card.Kind != "" && was.Kind != "" && (card.Done || card.Kind == was.Kind && !was.Done) {
		card.Since = was.Since // the same turn
	}
	if card.Done {
		card.Stay = s.stay(c)
	}
	if c.press.State == Pressed { // the agent must see the answer
		card.Done = false
	}
	if c.press.State == Made && (was.Press.State == Pressed || was.Press.State == Queued) && card.Kind != "" {
		card.Since = now // the agent must see the ticket's number, even after the delays
	}
	c.card = card
}
