package calls

import (
	"slices"
	"strings"

	"traybell/hub/endpoint"
)

// originates reports whether src dials a phone with which an originate begins: a Local channel was
// originated, and its other half dials.
func (c *live) originates(src *channel) bool {
	for range len(c.channels) { // the longest possible chain
		half := src.half()
		if half == nil || !half.dialled {
			return false
		}
		if half.from == "" {
			return half.originated
		}
		i := slices.IndexFunc(c.channels, func(ch *channel) bool { return ch.id == half.from })
		if i < 0 {
			return false
		}
		src = c.channels[i]
	}
	return false
}

// beganByOriginate reports whether an originate calls ch first, directly or through the Local
// channel that began the call. Such a Local channel may be optimized away: then all others are
// called, and a phone is older than an outside party.
func (c *live) beganByOriginate(ch *channel) bool {
	if began := c.began(); began != nil {
		return began == ch || began.originated &&
			(c.first == ch || began.phase < phaseUp || began.half().dialsTo(ch.endpoint) != "")
	}
	outside := false
	for _, other := range c.channels {
		if other.real && !other.dialled {
			return false
		}
		outside = outside || other.outside()
	}
	return outside && c.first == ch && ch.extension != ""
}

// dialsTo returns what ch dials to reach an endpoint, according to Status, without the technology;
// empty if it does not.
func (ch *channel) dialsTo(to endpoint.Name) string {
	if ch == nil {
		return ""
	}
	for destination := range strings.SplitSeq(ch.dials, "&") {
		address, ok := strings.CutPrefix(destination, to.Technology+"/")
		if ok && (address == to.Endpoint || strings.HasPrefix(address, to.Endpoint+"/") ||
			strings.HasSuffix(address, "@"+to.Endpoint)) {
			return address
		}
	}
	return ""
}

// began returns the channel that began the call; nil if it is gone.
func (c *live) began() *channel {
	for _, ch := range c.channels {
		if ch.id == c.linked {
			return ch
		}
	}
	return nil
}
