package calls

import (
	"slices"
	"time"

	"traybell/hub/calldata"
	"traybell/hub/endpoint"
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
	Consult  Consult   // before a transfer; the zero value: no consultation
	Channels []Channel // the live channels of the legs and of the outside party, for commands to the PBX
	Started  time.Time
	Answered time.Time // when two parties were connected; zero before
	Ended    time.Time // zero until the call ends
	// the answer was not seen when it happened: Answered is when it was first known; while Answered
	// is zero, the call may have been answered
	AnswerUnseen bool
	// the end was not seen when it happened: Ended is until when the call is known to have lasted,
	// and without an answer it is not known whether there was one, unless Missed says so
	EndUnseen bool
	Cause     int  // Q.931 cause of the hang-up of the first channel, or of the phone that took an originate
	Missed    bool // came in, or was for a colleague, and ended without an answer
	Rang      time.Duration
	// what the dialplan says about the call
	Data calldata.Values
	Into string // the ID of the call that an attended transfer merged this one into, or empty
	// the login of the agent for whom this is a test call; empty: a real call
	TestFor string
}

// MainExtension returns the extension that placed the call, else the first that answered. If none
// did, it is the first that joined, but empty if the call was answered elsewhere, such as by a
// mobile.
func (c *Call) MainExtension() string {
	// An originate may ring several phones.
	if extension, _ := c.firstLeg(true); extension != "" {
		return extension
	}
	if extension := c.AnsweredBy(); extension != "" || !c.Answered.IsZero() || len(c.Legs) == 0 {
		return extension
	}
	return c.Legs[0].Extension
}

// AnsweredBy returns the extension that answered first; empty if none did.
func (c *Call) AnsweredBy() string {
	if extension, answered := c.firstLeg(false); answered {
		return extension
	}
	return ""
}

// firstLeg returns the extension that answered first among those that placed the call, or among the
// others; without an answer, the first that joined.
func (c *Call) firstLeg(calling bool) (extension string, answered bool) {
	var first Leg
	for _, leg := range c.Legs {
		if leg.Calling == calling && (first.Extension == "" || !leg.Answered.IsZero() &&
			(first.Answered.IsZero() || leg.Answered.Before(first.Answered))) {
			first = leg
		}
	}
	return first.Extension, !first.Answered.IsZero()
}

// Left returns a call whose end will not be reported: its PBX was heard of last at a time.
func (c Call) Left(heard time.Time) Call {
	c.State, c.Ended, c.EndUnseen = protocol.Ended, heard, true
	for _, known := range []time.Time{c.Started, c.Answered} {
		if known.After(c.Ended) {
			c.Ended = known
		}
	}
	c.Legs = slices.Clone(c.Legs)
	for i := range c.Legs {
		c.Legs[i].State = protocol.Ended
	}
	return c
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

// Consult is a consultation that is part of a call, by the PBX's own attended transfer: an extension
// talks with the one who is to get the call, while the other side waits.
type Consult struct {
	Extension string // that consults
	Answered  bool   // by the one who is to get the call
}

// Channel is a live channel: the extension's part or the outside party's, not what Asterisk makes
// for itself, such as Local. Agents never see it.
type Channel struct {
	Name      string // "PJSIP/101-00000001", as AMI's actions take it
	Uniqueid  string
	Extension string // whose leg it belongs to; empty for the outside party
	Verdict   endpoint.Verdict
	Mobile    string // the number of the agent's mobile, where the channel is that of a trunk; else empty
}

// Change is a call's new state. Epoch grows with each connection to the PBX, and Seq with each
// change. With the PBX they identify a change, so that one received twice or late can be dropped.
type Change struct {
	PBX   string
	Epoch uint64
	Seq   uint64
	Call  Call
	Quiet bool // only Channels differ: nothing that an agent sees
	// when the event was read from the PBX, by the monotonic clock; zero for what a snapshot shows
	Read time.Time
}
