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
}

func newCalls() calls { return calls{byID: map[string]*call{}} }

// call is the hub's state of a call and its history with this agent.
type call struct {
	now      protocol.Call
	rang     bool // a card was up while it rang
	answered bool // this agent talked
	by       string
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
	return state, calling
}

// own reports whether a leg is this agent's: it is at one of the agent's extensions, and no other
// agent of that extension has taken the call.
func (s *calls) own(leg protocol.Leg) bool {
	return slices.Contains(s.agent.Extensions, leg.Extension) && (leg.Login == "" || leg.Login == s.agent.Login)
}

// talker returns who else talks on the call: a name or an extension.
func (s *calls) talker(c protocol.Call) string {
	for _, leg := range c.Legs {
		if !s.own(leg) && !leg.Calling && (leg.State == protocol.Answered || leg.State == protocol.Held) {
			return cmp.Or(leg.Agent, leg.Extension)
		}
	}
	return ""
}

func (s *calls) elsewhere(c protocol.Call) string {
	if c.Direction != protocol.Incoming || c.Answered.IsZero() {
		return ""
	}
	if known := s.byID[c.ID]; known != nil {
		if known.answered {
			return ""
		}
		return known.by
	}
	for _, leg := range c.Legs { // an earlier call has the one leg that answered
		if !leg.Calling && !s.own(leg) && leg.Login != s.agent.Login {
			return cmp.Or(leg.Agent, leg.Extension)
		}
	}
	return ""
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
			c.now.State, c.now.Ended, c.now.Legs = protocol.Ended, at, nil
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

// look computes the card of a call.
func (s *calls) look(c *call, now time.Time) {
	was := c.card
	mine, calling := s.mine(c.now)
	if by := s.talker(c.now); by != "" {
		c.by = by
	}
	if c.now.Ticket != nil {
		c.press.State, c.press.Ticket, c.press.Reason = Made, *c.now.Ticket, ""
	}
	card := Card{ID: c.now.ID, Call: c.now, Mine: mine, Press: c.press, Since: now}
	answered := c.now.State == protocol.Answered || c.now.State == protocol.Held
	switch {
	case c.now.Direction == protocol.Internal && (s.hideInternal || calling):
	case mine == protocol.Answered, mine == protocol.Held:
		c.answered, c.by = true, ""
		if !calling || answered {
			card.Kind = Answer
		}
	case mine == protocol.Ringing && !calling:
		c.rang, c.answered = true, false
		card.Kind, card.Sticky = Incoming, true
	case mine == "" && c.now.State == protocol.Ringing && c.now.Direction == protocol.Incoming:
		c.rang = true
		card.Kind = Incoming
	case was.Kind == "": // over before it was seen
	case c.answered: // this agent talked before
		card.Kind, card.Done = Answer, true
		if c.now.State != protocol.Ended {
			card.Elsewhere = c.by
		} else {
			card.Stay = AfterCall
			if c.press.State == Made {
				card.Stay = AfterTicket
			}
		}
	case c.rang:
		card.Kind, card.Done = Incoming, true
		if !c.now.Missed {
			card.Elsewhere = c.by
		}
	}
	if card.Kind != "" && was.Kind != "" && (card.Done || card.Kind == was.Kind && !was.Done) {
		card.Since = was.Since // the same turn
	}
	if c.press.State == Pressed { // the agent must see the answer
		card.Done = false
	}
	if c.press.State == Made && (was.Press.State == Pressed || was.Press.State == Queued) && card.Kind != "" {
		card.Since = now // the agent must see the ticket's number, even after the delays
	}
	c.card = card
}
