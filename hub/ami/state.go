package ami

import "time"

// State is how things stand between the client and its PBX.
type State string

// The states.
const (
	Stopped    State = "stopped"    // not running
	Connecting State = "connecting" // trying, or waiting to try again
	Working    State = "working"    // logged in, events flow
	// somebody must act: a wrong login, a PBX that is too old, no PBX at all. Not tried again until
	// Client.Again
	Refused State = "refused"
)

// Status is a state and what there is to say about it.
type Status struct {
	State  State
	Reason string // a sentence for people: why it is not working. Empty when it is
	// the same for programs (errors.As with LoginError, UnsupportedError; errors.Is with
	// ErrOverflow, ErrStalled, …)
	Err     error
	Version string // of the manager protocol, when working, e.g. "11.0.0" for Asterisk 22
	Epoch   uint64 // of the session, when working
	Since   time.Time
}

// Stats counts what has happened since the client was made.
type Stats struct {
	Connects  uint64 // successful logins
	Losses    uint64 // sessions that ended other than by Stop
	Overflows uint64 // sessions dropped because the queue was full
	Kept      uint64 // messages parsed
	Skipped   uint64 // events stepped over unparsed
	Waiting   int    // events in the queue right now
	Queue     int    // how many may wait
}
