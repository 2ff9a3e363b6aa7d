package calls

import "strings"

// channel is one Asterisk channel, kept from the first event that mentions it to its Hangup.
type channel struct {
	id        string // Uniqueid
	linked    string // Linkedid as last seen: a hint that may change
	name      string // "PJSIP/101-00000001"
	extension string // whose phone it is; empty for the outside and for internal channels
	real      bool   // a phone or a trunk; false for Local and the like
	phase     phase
	call      *live
	bridge    *bridge

	number, callerName, connected, exten, did string // as first seen

	dialled    bool   // somebody calls it
	inferred   bool   // dialled, as we conclude from its ringing: no DialBegin was seen
	from       string // Uniqueid of who does; empty for an originate
	originated bool   // it is the first leg of an originate (click to call)
	answered   bool   // it took the call
	closed     bool   // its part is over although it has not hung up yet: the first DialEnd wins
	holding    bool   // it put the other side on hold
	parked     bool   // it waits in a parking lot
	reason     string // why its leg ends, when known before the Hangup
}

// outside reports whether the channel is a party outside of the company that takes part in its call.
func (ch *channel) outside() bool { return ch.real && ch.extension == "" && !ch.closed }

func (c *Channel) is(ch *channel) bool { return c.Uniqueid == ch.id && c.Name == ch.name }

// phase is how far a channel has come. It never goes back: events replayed after a Status may be
// older than its rows.
type phase uint8

const (
	phaseDown    phase = iota
	phaseRing          // it calls us
	phaseRinging       // we call it
	phaseUp
)

// parsePhase reads ChannelState (a number) or ChannelStateDesc (a word).
func parsePhase(state string) phase {
	switch state {
	case "4", "Ring":
		return phaseRing
	case "5", "Ringing":
		return phaseRinging
	case "6", "Up":
		return phaseUp
	}
	return phaseDown
}

// internalTechnologies are channels that Asterisk makes for itself.
var internalTechnologies = map[string]bool{
	"Local": true, "Surrogate": true, "AsyncGoto": true, "Message": true, "Snoop": true, "UnicastRTP": true,
	"Announcer": true, "Recorder": true,
	"Bridge": true, "CBAnn": true, "CBRec": true, "Parked": true, "MulticastRTP": true, "AudioSocket": true,
	"WebSocket": true, "Multicast": true,
}

// endpointOf takes the endpoint out of a channel's name: what stands between the technology and the
// number at the end, which is eight hexadecimal digits for SIP (names may contain "-"), a shorter
// number for IAX2 and DAHDI. real is false for Local and other channels that Asterisk makes for
// itself.
func endpointOf(name string) (endpoint string, real bool) {
	technology, rest, ok := strings.Cut(name, "/")
	if !ok || rest == "" || internalTechnologies[technology] {
		return "", false
	}
	if i := strings.LastIndexByte(rest, '-'); i > 0 && i < len(rest)-1 && isHex(rest[i+1:]) {
		rest = rest[:i]
	}
	return rest, true
}

func isHex(s string) bool {
	if len(s) > 8 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// otherHalf is the name of the other side of a Local channel: "…;1" and "…;2" are a pair.
func otherHalf(name string) (string, bool) {
	if !strings.HasPrefix(name, "Local/") {
		return "", false
	}
	if one, ok := strings.CutSuffix(name, ";1"); ok {
		return one + ";2", true
	}
	if two, ok := strings.CutSuffix(name, ";2"); ok {
		return two + ";1", true
	}
	return "", false
}

// ShortDigits is the rule for extensions when none is configured: two to six digits.
func ShortDigits(endpoint string) bool {
	if len(endpoint) < 2 || len(endpoint) > 6 {
		return false
	}
	for _, c := range []byte(endpoint) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
