package calls

import (
	"slices"
	"strings"

	"traybell/shared/protocol"
)

// relink follows a changed Linkedid: Asterisk gives all channels in a bridge the oldest one,
// without an event.
func (t *Tracker) relink(ch *channel, linked string) {
	ch.linked = strings.Clone(linked)
	if other := t.calls[linked]; other != nil {
		t.join(ch.call, other)
		return
	}
	ch.call.aliases = append(ch.call.aliases, ch.linked)
	t.calls[ch.linked] = ch.call
}

// join merges two calls. The one with the outside party goes on, because agents know it and it has
// the customer's number; otherwise the older one. The other ends Into it, and its channels move
// over.
func (t *Tracker) join(a, b *live) {
	if a == b {
		return
	}
	stays, goes := a, b
	if before(b, a) {
		stays, goes = b, a
	}
	for _, l := range goes.legs {
		if l.State != protocol.Ended {
			l.reason = reasonTransferred
		}
	}
	for _, ch := range goes.channels {
		if ch == goes.first && !goes.call.Answered.IsZero() {
			ch.answered = true
		}
		ch.originated = false
		ch.call = stays
	}
	stays.data.Join(&goes.data)
	stays.channels = append(stays.channels, goes.channels...)
	goes.channels = nil
	goes.ended = true
	goes.call.Into = stays.call.ID
	for _, linked := range goes.aliases {
		t.calls[linked] = stays
	}
	stays.aliases = append(stays.aliases, goes.aliases...)
	goes.aliases = nil
	if stays.first == nil {
		if i := slices.IndexFunc(stays.channels, func(ch *channel) bool { return ch.real }); i >= 0 {
			stays.setFirst(stays.channels[i], t.endpoints)
		}
	}
	t.dirty.add(stays)
	t.dirty.add(goes)
}

// before reports whether a goes on when a and b become one call.
func before(a, b *live) bool {
	outsideA, outsideB := a.withOutside(), b.withOutside()
	if outsideA != outsideB {
		return outsideA
	}
	if !a.call.Started.Equal(b.call.Started) {
		return a.call.Started.Before(b.call.Started)
	}
	return older(a.linked, b.linked)
}

func (c *live) withOutside() bool {
	return c.outside || c.first != nil && c.first.extension == ""
}

// older compares two Uniqueids, "<seconds>.<counter>", possibly after a system name. The counter
// has no leading zeros.
func older(a, b string) bool {
	secondsA, counterA, _ := strings.Cut(a, ".")
	secondsB, counterB, _ := strings.Cut(b, ".")
	if secondsA != secondsB {
		return secondsA < secondsB
	}
	if len(counterA) != len(counterB) {
		return len(counterA) < len(counterB)
	}
	return counterA < counterB
}
