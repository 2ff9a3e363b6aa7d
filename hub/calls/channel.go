package calls

import (
	"strings"

	"traybell/hub/calldata"
	"traybell/hub/endpoint"
)

// channel is an Asterisk channel, from the first event about it to its Hangup.
type channel struct {
	id        string // Uniqueid
	linked    string // last Linkedid; it may change
	name      string // "PJSIP/101-00000001"
	extension string // of the phone; empty for outside and internal channels
	real      bool   // a phone or a trunk, not an internal channel such as Local
	endpoint  endpoint.Name
	user      string // at its device, in FreePBX's Device & User mode; else the name of the endpoint
	verdict   endpoint.Verdict
	phase     phase
	call      *live
	leg       *leg // see legOf
	bridge    *bridge
	mobile    string // the number of the agent's mobile that is called through the trunk; see Mobiles

	number, callerName, connected, exten, did string // as first seen
	sentName                                  string // callerName as it was sent

	dialled    bool             // it is being called
	inferred   bool             // dialled is concluded from its ringing, without a DialBegin
	from       string           // Uniqueid of the calling channel; empty for an originate
	originated bool             // it is the first leg of an originate (click to call)
	answered   bool             // it was connected with another party, or took the call that it placed (originated)
	leaving    bool             // its party has hung up, though the dialplan may still bridge it
	closed     bool             // its part is over before its Hangup: the first DialEnd wins
	holding    bool             // it put the other side on hold
	parked     bool             // it is in a parking lot
	data       calldata.Channel // variables as last sent
	dials      string           // what its Dial calls, from Status
	reason     string           // why its leg will end, if known before the Hangup
}

// outside reports whether the channel is a party outside of the company that takes part in its
// call.
func (ch *channel) outside() bool { return ch.real && ch.extension == "" && !ch.closed }

func (c *Channel) is(ch *channel) bool {
	return c.Uniqueid == ch.id && c.Name == ch.name && c.Verdict == ch.verdict
}

// phase is a channel's progress. It never goes back: events replayed after a snapshot may be older
// than its rows.
type phase uint8

const (
	phaseDown    phase = iota
	phaseRing          // it calls
	phaseRinging       // it is called
	phaseUp
)

// parsePhase parses ChannelState (a number) or ChannelStateDesc (a word).
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

// otherHalf returns the name of the other half of a Local channel: "…;1" and "…;2" are a pair.
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

// half returns the other half of a Local channel; nil if there is none.
func (ch *channel) half() *channel {
	if ch == nil {
		return nil
	}
	if name, ok := otherHalf(ch.name); ok {
		for _, other := range ch.call.channels {
			if other.name == name {
				return other
			}
		}
	}
	return nil
}
