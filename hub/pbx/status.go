package pbx

import (
	"time"

	"traybell/shared/protocol"
)

// Status is the state of a PBX and what is known about it.
//
// A PBX is stopped without a reason when it is not running, and with one when an administrator must
// act (a refused login, an Asterisk that is too old, no AMI at the address). It works once the
// trackers have their first snapshot.
type Status struct {
	protocol.PBX
	Err   error     // the cause of Reason, for errors.Is and errors.As; nil for a refused snapshot
	Since time.Time // of the state
	Capabilities
}

// ForAgents is the state with a short reason: agents cannot use the whole one.
func (s Status) ForAgents() protocol.PBX {
	p := s.PBX
	p.Dial = p.State == protocol.PBXWorking && s.May("Originate")
	p.Ring = p.Dial
	switch {
	case p.Reason == "" || p.State == protocol.PBXWorking:
		p.Reason = ""
	case p.State == protocol.PBXStopped:
		p.Reason = "The PBX refuses the hub: an administrator must act."
	default:
		p.Reason = "The PBX is not responding."
	}
	return p
}

// Stats counts what happened since New.
type Stats struct {
	Connects  uint64        // successful logins
	Losses    uint64        // sessions that did not end with Run
	Overflows uint64        // sessions dropped because the queue was full
	Resyncs   uint64        // snapshots requested
	Kept      uint64        // messages parsed
	Skipped   uint64        // events skipped unparsed
	Waiting   int           // events in the queue now
	Queue     int           // the queue's size
	Pause     time.Duration // before the next attempt; 0 while connected

	Standstills uint64 // times at which the hub stood still for seconds
}
