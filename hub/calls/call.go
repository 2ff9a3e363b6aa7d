package calls

import (
	"time"

	"traybell/shared/protocol"
)

// Call is one call on one PBX: everything with one Linkedid, from the first channel to the last
// hang-up. It is a value: a Change holds a copy that nobody alters.
type Call struct {
	ID        string // "<pbx>:<Linkedid>" of the first channel; stable, also through transfers
	PBX       string // the pbx's id in hub.yml
	Direction protocol.Direction
	State     protocol.State
	// the other party's number as the PBX presents it: the outside one, or for internal calls the
	// caller's; empty or "anonymous" when withheld
	Number string
	Name   string // its CallerID name; empty when the PBX says <unknown>
	// the number called: FROM_DID where the PBX tells it, otherwise the first Exten of the first
	// channel
	DID      string
	Legs     []Leg     // one per extension, in the order in which they joined
	Channels []Channel // the live channels of the legs and of the outside party, for commands to the PBX
	Started  time.Time
	Answered time.Time // zero until an extension answers (incoming, internal) or the outside party does (outgoing)
	Ended    time.Time // zero while the call lives
	Cause    int       // Q.931 cause of the first channel's hang-up
	Missed   bool      // ended, and nobody ever answered
	Rang     time.Duration
	Into     string // the ID of the call that this one was merged into by an attended transfer; empty otherwise
}

// Leg is one extension's part in the call; several phones of one extension are one leg.
type Leg struct {
	Extension string
	State     protocol.State
	Calling   bool // this extension placed the call
	// why the leg ended while others go on: DialStatus (CANCEL, BUSY, NOANSWER), "forwarded",
	// "picked up", "transferred"; else ""
	Reason   string
	Rang     time.Time // when it began to ring; zero for the calling one
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

// Change is a call's new state. Epoch counts the connections to the PBX and Seq the changes;
// together with the PBX they are never used twice, so that one received again, or an older one
// received late, can be told and dropped.
type Change struct {
	PBX   string
	Epoch uint64
	Seq   uint64
	Call  Call
	Quiet bool // only Channels differ: nothing that an agent sees
}
