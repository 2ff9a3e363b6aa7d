package calls

import (
	"time"

	"traybell/shared/protocol"
)

// Call is one call on one PBX: all channels with one Linkedid, from the first channel to the last
// hang-up. It is an immutable value.
type Call struct {
	ID        string // "<pbx>:<Linkedid>" of the first channel; stable, even across transfers
	PBX       string // the pbx's id in hub.yml
	Direction protocol.Direction
	State     protocol.State
	// the other party's number as the PBX presents it: the outside number, or the caller's for
	// internal calls; empty or "anonymous" when withheld
	Number string
	Name   string // its CallerID name; empty when the PBX says <unknown>
	// the called number: FROM_DID where the PBX sends it, otherwise the first Exten of the first
	// channel
	DID      string
	Legs     []Leg     // one per extension, in the order in which they joined
	Channels []Channel // the live channels of the legs and of the outside party, for commands to the PBX
	Started  time.Time
	Answered time.Time // zero until an extension answers (incoming, internal) or the outside party does (outgoing)
	Ended    time.Time // zero until the call ends
	Cause    int       // Q.931 cause of the first channel's hang-up
	Missed   bool      // ended without an answer
	Rang     time.Duration
	Into     string // the ID of the call that an attended transfer merged this one into, or empty
}

// MainExtension returns the extension that placed the call, else the first that answered, else the
// first that joined; empty if there is none.
func (c *Call) MainExtension() string {
	for _, leg := range c.Legs {
		if leg.Calling {
			return leg.Extension
		}
	}
	if extension := c.AnsweredBy(); extension != "" || len(c.Legs) == 0 {
		return extension
	}
	return c.Legs[0].Extension
}

// AnsweredBy returns the extension that answered first; empty if none did.
func (c *Call) AnsweredBy() string {
	var first Leg
	for _, leg := range c.Legs {
		if !leg.Calling && !leg.Answered.IsZero() && (first.Answered.IsZero() || leg.Answered.Before(first.Answered)) {
			first = leg
		}
	}
	return first.Extension
}

// Leg is one extension's part in a call; several phones of an extension are one leg.
type Leg struct {
	Extension string
	State     protocol.State
	Calling   bool // this extension placed the call
	// why the leg ended while the call goes on: DialStatus (CANCEL, BUSY, NOANSWER), "forwarded",
	// "picked up", "transferred"; otherwise empty
	Reason   string
	Rang     time.Time // when it began to ring; zero for the caller
	Answered time.Time
	Ended    time.Time
}

// Channel is a live channel: the extension's part or the outside party's, not what Asterisk makes
// for itself, such as Local. Agents never see it.
type Channel struct {
	Name      string // "PJSIP/101-00000001", as AMI's actions take it
	Uniqueid  string
	Extension string // whose leg it belongs to; empty for the outside party
}

// Change is a call's new state. Epoch grows with each connection to the PBX, and Seq with each
// change. With the PBX they identify a change, so that one received twice or late can be dropped.
type Change struct {
	PBX   string
	Epoch uint64
	Seq   uint64
	Call  Call
	Quiet bool // only Channels differ: nothing that an agent sees
}
