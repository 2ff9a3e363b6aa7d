package calls

import (
	"slices"

	"traybell/hub/endpoint"
)

// calls reports whether the channel calls, and is not called. A channel of chan_sip is down at
// first; a called one has no own Exten.
func (s *snapshot) calls() bool {
	return s.created && (s.phase == phaseRing || s.exten != "" && s.exten != "s")
}

// decide sets on which side the channel's endpoint is.
func (ch *channel) decide(v endpoint.Verdict) {
	ch.verdict, ch.extension = v, ""
	if v.Inside {
		ch.extension = ch.user
	}
}

// facts completes facts about the channel's endpoint. A device presents the number of its user.
func (ch *channel) facts(f endpoint.Facts) endpoint.Facts {
	f.Name = ch.endpoint
	if ch.user != ch.endpoint.Endpoint {
		f.User = ch.user
	}
	if f.Number == ch.user {
		f.Number = ch.endpoint.Endpoint
	}
	return f
}

// weigh judges a channel's endpoint by more facts, and corrects what was concluded from weaker
// evidence.
func (t *Tracker) weigh(ch *channel, f endpoint.Facts) {
	if !ch.real || ch.mobile != "" {
		return
	}
	v := t.endpoints.Judge(ch.facts(f))
	if !ch.verdict.WeakerThan(v) {
		return
	}
	c, was := ch.call, ch.extension
	ch.decide(v)
	t.dirty.add(c)
	if ch.extension == was {
		return
	}
	if !slices.ContainsFunc(c.channels, func(other *channel) bool { return other.extension == was }) {
		if l := c.leg(was); l != nil {
			l.of = nil
		}
		c.legs = slices.DeleteFunc(c.legs, func(l *leg) bool { return l.Extension == was })
	}
	if ch.dialled && ch.extension == "" { // it was taken for a called extension
		c.called = slices.ContainsFunc(c.legs, func(l *leg) bool { return !l.Calling })
	}
	if ch == c.first || ch.dialled && c.first != nil && c.first.extension != "" && !c.outside && !c.called {
		c.setFirst(c.first, t.endpoints)
	}
}
