// Package queues follows Asterisk's queues over AMI: their members and the callers who wait.
//
// The goroutine of a PBX feeds its Board, which is a pbx.Tracker; any goroutine reads it. Where the
// manager user may not read events of queues (read=agent), the board asks to be read again after
// each change of a queue's device state, which comes with read=call.
package queues

import (
	"slices"
	"strings"
	"time"

	"traybell/hub/endpoint"
)

// Queue is a queue as it is now. Its slices belong to the reader.
type Queue struct {
	Name    string
	Members []Member // by interface
	Callers []Caller // in the order in which they came
}

// Longest returns when the caller came who has waited longest; zero without callers.
func (q Queue) Longest() (since time.Time) {
	for _, c := range q.Callers {
		if since.IsZero() || c.Since.Before(since) {
			since = c.Since
		}
	}
	return since
}

// Member is a phone that takes calls of a queue.
type Member struct {
	Interface      string // what the queue dials: the name of the member
	StateInterface string
	Name           string
	Dynamic        bool // may be removed; others are in the configuration of the PBX
	Paused         bool
	Reason         string    // of the pause
	PausedAt       time.Time // zero: unknown
	Added          time.Time // another time means another member, as after a restart of the PBX; zero: unknown
	Status         Status
	InCall         bool // of this queue
	Penalty        int
}

// Phones returns what may be the extension of the member: Local/101@from-queue/n with the state of
// hint:101@ext-local is 101. Devices are as the PBX names them.
func (m Member) Phones() (phones []string) {
	for _, text := range []string{m.Interface, m.StateInterface} {
		kind, name, ok := strings.Cut(text, "/")
		if !ok {
			kind, name, ok = strings.Cut(text, ":")
		}
		if end := strings.IndexAny(name, "@/;"); end >= 0 {
			name = name[:end]
		}
		if ok && name != "" && kind != "Custom" && kind != "Agent" && !slices.Contains(phones, name) {
			phones = append(phones, name)
		}
	}
	return phones
}

// MobileInterface returns interface and state interface of a mobile as a member:
// Local/79161234567@traybell-mobile/n and Custom:mob79161234567. number has digits only.
func MobileInterface(number string) (member, state string) {
	return "Local/" + number + "@" + endpoint.MobileContext + "/n", "Custom:" + MobileDevice(number)
}

// MobileDevice is the custom device that says whether a mobile is in use.
func MobileDevice(number string) string { return "mob" + number }

// Mobile returns the number of the mobile that the member is; empty if it is none.
func (m Member) Mobile() string {
	local, ok := strings.CutPrefix(m.Interface, "Local/")
	number, of, _ := strings.Cut(local, "@")
	if of, _, _ = strings.Cut(of, "/"); !ok || of != endpoint.MobileContext {
		return ""
	}
	return number
}

// Caller waits in a queue.
type Caller struct {
	Uniqueid string
	Number   string // empty: withheld
	Name     string
	Since    time.Time
}

// Status is the state of a member's phone, as Asterisk numbers it.
type Status int

// The states.
const (
	StatusUnknown Status = iota
	StatusFree
	StatusInUse
	StatusBusy
	StatusInvalid
	StatusUnavailable
	StatusRinging
	StatusRingingInUse
	StatusOnHold
)

// State is what a member does, for people.
type State string

// The states.
const (
	Free        State = "free"
	Ringing     State = "ringing"
	Talking     State = "talking"
	Paused      State = "paused"
	Unavailable State = "unavailable" // the phone is not there
)

// State returns what the member does. A pause counts more than a call: no further one comes.
func (m Member) State() State {
	switch {
	case m.Paused:
		return Paused
	case m.Status == StatusRinging:
		return Ringing
	case m.InCall, m.Status == StatusInUse, m.Status == StatusBusy, m.Status == StatusRingingInUse,
		m.Status == StatusOnHold:
		return Talking
	case m.Status == StatusInvalid, m.Status == StatusUnavailable:
		return Unavailable
	}
	return Free
}
