package calls

import (
	"slices"
	"strings"
)

// consult finds who consults before a transfer. Asterisk keeps the parties of its own attended
// transfer (Atxfer, the digits of features.conf) in one call, in bridges that are not connected. The
// phone gets a Hold, and dials through a Local channel; a snapshot does not show the Hold.
func (c *live) consult() Consult {
	was := c.call.Consult
	if was == (Consult{}) && !c.found &&
		!slices.ContainsFunc(c.channels, func(ch *channel) bool { return ch.holding }) {
		return was
	}
	var consults *channel
	var parties []*channel // in bridges
	for _, ch := range c.channels {
		if !ch.real || ch.closed || ch.leaving {
			continue
		}
		if ch.extension != "" && ch.answered &&
			(ch.extension == was.Extension || consults == nil && (ch.holding || c.found) && ch.besideLocal()) {
			consults = ch
		}
		if ch.bridge != nil && !ch.bridge.waiting {
			parties = append(parties, ch)
		}
	}
	switch {
	case consults == nil:
		return Consult{}
	case consults.bridge == nil && was != (Consult{}): // on the way to another bridge, or out
		return was
	case !apart(parties):
		if was != (Consult{}) { // no Unhold follows if the other side has hung up, or all talk
			consults.holding = false
		}
		return Consult{}
	}
	return Consult{Extension: consults.extension, Answered: len(parties) > 2}
}

// besideLocal reports whether the channel is in a bridge with the first half of a Local channel, the
// one that dials.
func (ch *channel) besideLocal() bool {
	return ch.bridge != nil && slices.ContainsFunc(ch.bridge.members, func(m *channel) bool {
		return !m.real && strings.HasSuffix(m.name, ";1")
	})
}

// apart reports whether some of the parties do not hear each other.
func apart(parties []*channel) bool {
	if len(parties) == 0 {
		return false
	}
	together := parties[0].bridge.parties()
	return slices.ContainsFunc(parties[1:], func(ch *channel) bool { return !slices.Contains(together, ch) })
}

// moved notes that a channel has changed its bridge, which matters to a consultation.
func (t *Tracker) moved(ch *channel) {
	if ch.holding || ch.call.call.Consult != (Consult{}) {
		t.dirty.add(ch.call)
	}
}
