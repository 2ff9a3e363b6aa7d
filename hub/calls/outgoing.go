package calls

import (
	"cmp"
	"slices"
	"strings"

	"traybell/hub/endpoint"
	"traybell/shared/protocol"
)

// dialsOut notes that a call goes out to dst, and its number.
func (c *live) dialsOut(e *event, src, dst *channel) {
	reported, target := dst.number, ""
	told := e.dest.unique == dst.id // by a DialBegin, not concluded
	if told {
		reported, target = cmp.Or(e.dest.number, reported), numberIn("/"+e.dialString)
	} else if began := c.began(); began != nil && dst != c.first {
		target = numberIn(began.dials)
	} else if half := began.half(); half != nil {
		target = numberIn(half.dials)
	}
	dialled := c.call.Number
	switch {
	case c.call.Direction == protocol.Internal: // what was dialled looks like an extension
		dialled = cmp.Or(target, c.first.exten)
	case c.first.originated: // it may be any requested CallerID
		dialled = cmp.Or(target, dialled)
	}
	c.outside = true
	c.call.Direction, c.call.Name = protocol.Outgoing, ""
	c.call.Number = strings.Clone(dialledNumber(dialled, reported, target))
	if c.call.DID == "" && told && src != nil && isNumber(e.main.exten) {
		c.call.DID = strings.Clone(e.main.exten)
	} else if c.call.DID == "" {
		c.call.DID = c.call.Number
	}
}

// forwarded reports whether an extension dialled another one, and what is called through a Local
// channel is where that one is forwarded to.
func (c *live) forwarded(endpoints *endpoint.Judge) bool {
	return c.call.Direction == protocol.Internal && endpoints.Extension(c.first.exten) &&
		(strings.HasPrefix(c.first.dials, "Local/") ||
			slices.ContainsFunc(c.channels, func(ch *channel) bool { return !ch.real }))
}

// callsOutside reports whether an outside party is called and has not answered.
func (c *live) callsOutside() bool {
	return slices.ContainsFunc(c.channels, func(ch *channel) bool { return ch.outside() && ch.dialled && !ch.answered })
}

// dialledNumber returns the number that a call goes out to. What the called channel reports
// replaces what the caller dialled, but a name of the dialplan does not: FreePBX 17 dials out from
// "s". The dial string has the number, too, but perhaps with a prefix for the trunk.
func dialledNumber(dialled, reported, dialString string) string {
	for _, number := range []string{reported, dialled, dialString} {
		if isNumber(number) {
			return number
		}
	}
	return cmp.Or(reported, dialled)
}

// numberIn returns the number that Dial is given, after the technology: "PJSIP/number@trunk",
// "SIP/trunk/number", "PJSIP/trunk/sip:number@host"; empty if there is none.
func numberIn(destination string) (number string) {
	_, address, _ := strings.Cut(destination, "/")
	if !strings.ContainsAny(address, "/@") {
		return "" // a trunk or a phone
	}
	for part := range strings.SplitSeq(address, "/") {
		part, _, _ = strings.Cut(strings.TrimPrefix(part, "sip:"), "@")
		if isNumber(part) {
			number = part
		}
	}
	return number
}

// isNumber distinguishes a phone number from "s", "*8" and names in a dialplan.
func isNumber(s string) bool {
	if len(s) > 1 && s[0] == '+' {
		s = s[1:]
	}
	for _, r := range []byte(s) {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}
