package calls

import (
	"strings"

	"traybell/hub/endpoint"
)

// Mobiles are agents' mobiles that queues call through a trunk. Such a channel is a phone of the agent.
type Mobiles struct {
	// Extension names the extension of the agent whose mobile has a number; empty: it is none. nil: there
	// are no such mobiles.
	Extension func(number string) string
}

// maxBehind bounds the Local channels between a queue and a mobile. FreePBX has two.
const maxBehind = 8

// byUniqueid are channels by Uniqueid.
type byUniqueid map[string]*channel

// memberBehind returns the number of the mobile for which a channel dials: it is Local/…@traybell-mobile
// itself, or was dialled by that; empty: for none.
func (channels byUniqueid) memberBehind(src *channel) string {
	for range maxBehind {
		if src == nil {
			break
		}
		if number := memberNumber(src.name); number != "" {
			return number
		}
		half := src.half()
		if half == nil {
			break
		}
		src = channels[half.from]
	}
	return ""
}

// memberFor is memberBehind for a channel of a snapshot, which shows less: what its caller dials names
// the trunk, and perhaps the number.
func (c *live) memberFor(ch *channel) (number string) {
	dialled := ""
	for _, other := range c.channels {
		if address := other.dialsTo(ch.endpoint); address != "" && !other.real {
			dialled = numberIn("/" + address)
		}
	}
	if dialled == "" || ch == c.first {
		return ""
	}
	for _, other := range c.channels {
		switch member := memberNumber(other.name); {
		case member == dialled:
			return member
		case member != "" && number != "" && member != number:
			return "" // which of them is not known
		case member != "":
			number = member
		}
	}
	return number
}

// memberNumber returns the number in Local/79161234567@traybell-mobile-00000001;2; empty: it is no such
// channel.
func memberNumber(name string) string {
	number, context, _ := strings.Cut(strings.TrimPrefix(name, "Local/"), "@")
	if number == name || !strings.HasPrefix(context, endpoint.MobileContext+"-") {
		return ""
	}
	return number
}

// reaches takes a channel of a trunk for the phone of the agent whose mobile is called.
func (m Mobiles) reaches(ch *channel, number string) {
	if !ch.real || number == "" || ch.mobile != "" || ch == ch.call.first || m.Extension == nil {
		return
	}
	if extension := m.Extension(number); extension != "" {
		ch.mobile, ch.user = strings.Clone(number), extension
		ch.decide(endpoint.Mobile(ch.mobile))
	}
}
