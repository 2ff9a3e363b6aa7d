package ami

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrLost says that the connection ended while, or before, something was asked of it.
	ErrLost = errors.New("the connection to the PBX was lost")

	// ErrOverflow says that events came faster than they were taken until the queue was full.
	ErrOverflow = errors.New("events came faster than they were worked off")

	// ErrStalled says that the peer was silent for longer than it may be, a Ping included.
	ErrStalled = errors.New("the PBX no longer answers")
)

// LoginError says that Asterisk refused to log in. Trying again soon only fills its log.
type LoginError struct {
	Username string
	Answer   string // Asterisk's own words
}

func (e *LoginError) Error() string {
	return fmt.Sprintf("the PBX refuses to log in the manager user %q: it says %q. Check username and password "+
		"against the PBX's manager.conf, "+
		"and that its deny and permit lines let this machine in", e.Username, e.Answer)
}

// UnsupportedError says that the PBX is too old: before Asterisk 12 events have other names and no
// Linkedid.
type UnsupportedError struct {
	Version string // of the manager protocol
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("this Asterisk is too old: its manager speaks version %s, which is Asterisk 11 or older; "+
		"Asterisk 12 or newer is needed",
		e.Version)
}

// ResponseError is what Asterisk answered instead of doing what it was asked.
type ResponseError struct {
	Action string
	Answer string // Asterisk's own words
}

func (e *ResponseError) Error() string {
	return fmt.Sprintf("the PBX answers %s with an error: %s", e.Action, e.Answer)
}

// Denied says whether the manager user lacks the right to the action.
func (e *ResponseError) Denied() bool { return e.Answer == "Permission denied" }

func overflow(size int) error {
	return fmt.Errorf("%w: %d were waiting; the connection is dropped and stock is taken anew", ErrOverflow, size)
}

func stalled(silent time.Duration) error {
	return fmt.Errorf("%w: not a byte for %s, though it was asked for a sign of life", ErrStalled, silent)
}
