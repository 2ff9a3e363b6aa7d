package ami

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrLost means that the connection ended before or during an action.
	ErrLost = errors.New("connection to the PBX lost")

	// ErrOverflow means that events came faster than the consumer took them, until the queue was
	// full.
	ErrOverflow = errors.New("event queue full")

	// ErrListTooLong means that the answer to List was larger than Config.MaxList.
	ErrListTooLong = errors.New("the PBX's list is too long")

	// ErrStalled means that the PBX was silent for too long, even after a Ping.
	ErrStalled = errors.New("the PBX does not answer")
)

// LoginError means that Asterisk refused the login. A retry only fills its log.
type LoginError struct {
	Username string
	Answer   string // Asterisk's own words
}

func (e *LoginError) Error() string {
	return fmt.Sprintf("the PBX refuses to log in the manager user %q: it says %q. Check username and password "+
		"against the PBX's manager.conf, and that its deny and permit lines allow this machine", e.Username, e.Answer)
}

// UnsupportedError means that the PBX is too old: before Asterisk 12, events have other names and
// no Linkedid.
type UnsupportedError struct {
	Version string // of the manager protocol
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("this Asterisk is too old: its manager speaks version %s, which is Asterisk 11 or older; "+
		"Asterisk 12 or newer is needed",
		e.Version)
}

// ResponseError is what Asterisk answered instead of doing an action.
type ResponseError struct {
	Action string
	Answer string // Asterisk's own words
}

func (e *ResponseError) Error() string {
	return fmt.Sprintf("the PBX refused %s: %s", e.Action, e.Answer)
}

// Denied reports whether the manager user lacks the right to the action.
func (e *ResponseError) Denied() bool { return e.Answer == "Permission denied" }

func overflow(events, bytes int) error {
	return fmt.Errorf("%w: %d events (%d MiB) were waiting, the connection is dropped", ErrOverflow, events, bytes>>20)
}

func tooLong(action string, rows, most int) error {
	return fmt.Errorf("%w: %s has more than %d MiB after %d rows, the most that the hub keeps; is this address that "+
		"of Asterisk, and what has so many entries there?", ErrListTooLong, action, most>>20, rows)
}

func stalled(silent time.Duration) error {
	return fmt.Errorf("%w: nothing received for %s, even after a Ping", ErrStalled, silent)
}
