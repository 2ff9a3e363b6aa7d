package model

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// call is what is remembered of a call beside what the hub says of it: what this agent has seen of
// it.
type call struct {
	now      protocol.Call
	rang     bool // a card for it was up while it rang
	answered bool // this agent talked
	by       string
	press    Press
	card     Card // the last one; Kind is empty while there is none
}

// mine is the state of this agent's part in a call: of several extensions the one that matters
// most. Empty without a leg.
func (s *Screen) mine(c protocol.Call) (state protocol.State, calling bool) {
	rank := map[protocol.State]int{protocol.Ended: 1, protocol.Ringing: 2, protocol.Held: 3, protocol.Answered: 4}
	for _, leg := range c.Legs {
		if s.own(leg) && rank[leg.State] > rank[state] {
			state, calling = leg.State, leg.Calling
		}
	}
	return state, calling
}

// own tells whether a leg is this agent's: it is at one of the extensions, and no other agent of
// that extension is known to have taken the call.
func (s *Screen) own(leg protocol.Leg) bool {
	return slices.Contains(s.agent.Extensions, leg.Extension) && (leg.Login == "" || leg.Login == s.agent.Login)
}

// talker is who else talks on the call, by name where there is one.
func (s *Screen) talker(c protocol.Call) string {
	for _, leg := range c.Legs {
		if !s.own(leg) && !leg.Calling && (leg.State == protocol.Answered || leg.State == protocol.Held) {
			return cmp.Or(leg.Agent, leg.Extension)
		}
	}
	return ""
}

// Elsewhere is who answered a call that came in, by name where there is one, where that was not
// this agent; empty otherwise. An earlier call has the one leg that answered it.
func (s *Screen) Elsewhere(c protocol.Call) string {
	if c.Direction != protocol.Incoming || c.Answered.IsZero() {
		return ""
	}
	if known := s.calls[c.ID]; known != nil {
		if known.answered {
			return ""
		}
		return known.by
	}
	for _, leg := range c.Legs {
		if !leg.Calling && !s.own(leg) && leg.Login != s.agent.Login {
			return cmp.Or(leg.Agent, leg.Extension)
		}
	}
	return ""
}

func (s *Screen) call(c protocol.Call, now time.Time) {
	if c.ID == "" {
		return
	}
	known := s.calls[c.ID]
	if known == nil {
		s.makeRoom()
		known = &call{}
		s.calls[c.ID] = known
	}
	known.now = c
	s.look(known, now)
}

// makeRoom forgets a call, the one with the oldest card, where there are too many: a hub that
// forgets to end calls must not fill the memory, nor the time that each look at all of them takes.
// A press that was not answered yet is kept.
func (s *Screen) makeRoom() {
	if len(s.calls) < maxCalls {
		return
	}
	oldest := ""
	for id, c := range s.calls {
		if c.press.State == Pressed {
			continue
		}
		if first := s.calls[oldest]; first == nil || cmp.Or(c.card.Since.Compare(first.card.Since),
			strings.Compare(id, oldest)) < 0 {
			oldest = id
		}
	}
	delete(s.calls, oldest)
}

// look works out the card of a call.
func (s *Screen) look(c *call, now time.Time) {
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
	case c.now.Direction == protocol.Internal && (s.HideInternal || calling):
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
	case was.Kind == "": // over before it was seen: nothing to tell
	case c.answered: // this agent talked, and does no more
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
		card.Since = was.Since // the same turn: it goes on where it is
	}
	if c.press.State == Pressed { // its answer must be read
		card.Done = false
	}
	if c.press.State == Made && (was.Press.State == Pressed || was.Press.State == Queued) && card.Kind != "" {
		card.Since = now // the ticket's number must be read, though the delays may have run out
	}
	c.card = card
}
