package cdr

import (
	"cmp"
	"context"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// EarlierCalls finds records. A party is an outside party's number as in phone.Number.Key.
type EarlierCalls interface {
	// RecordsOf returns the ended calls that an agent was shown, newest first. It takes about a
	// second at most and says how far it got.
	RecordsOf(ctx context.Context, s Search) (Found, error)
	// PreviousRecord returns the last ended call with a party that began at or before a time; the
	// call with the id not is skipped.
	PreviousRecord(ctx context.Context, party string, before time.Time, not string) (r Record, ok bool, err error)
	// AnsweredAfter returns the first call with a party that began after a time and was answered.
	// It may be in progress.
	AnsweredAfter(ctx context.Context, party string, after time.Time) (r Record, ok bool, err error)
}

// Search selects calls.
type Search struct {
	Login  string
	Before time.Time
	Limit  int // at least 1
	// Text as a party; empty if it is not a whole number. If there are calls with this party, only
	// those are returned.
	Party  string
	Text   string // part of the number, name, customer or ticket; empty: all calls
	Missed bool   // only unanswered calls
}

// Found is a page of calls. Calls that began at the same time are on one page, so it may be longer
// than the limit.
type Found struct {
	Records []Record
	More    bool      // there are or may be older calls
	Next    time.Time // Before of the next page, if More
}

// Record is the record of one call. It is created when the call is first seen, and final when
// nothing will be added. Times are to the microsecond.
type Record struct {
	CallID    string // Call.ID, "<pbx>:<uniqueid>"
	PBX       string // its id
	State     State
	Direction protocol.Direction
	Number    string // the other party's, as agents see it; of an internal call the caller's; empty when withheld
	E164      string // of Number; empty if it is not a valid public number
	Name      string // CallerID name
	DID       string // number called; incoming calls only
	Exten     string // number called, as the PBX has it; any direction
	CID       string // caller's number as the PBX received it; of an outgoing call the extension; empty when withheld
	// extension that answered first; empty if none did
	AnsweredBy string
	Line       string // name of the tracked number
	// AnsweredBy; of a missed call the extension that rang first; of a call made here the one that
	// made it
	Extension string
	// login of the agent at the extension, empty if it has none; several are separated by a comma
	// if they share the extension and it is unknown who took the call
	Agent        string
	Started      time.Time
	Answered     time.Time // zero if unanswered
	Ended        time.Time // zero while the call is in progress
	Seen         time.Time // when the call was last known to be in progress
	Rang         time.Duration
	Cause        int  // Q.931; 0 if unknown
	Missed       bool // ended and never answered
	EndUnseen    bool // ended while the hub was not connected; Ended is Seen
	Customer     string
	CustomerName string
	Company      string // the customer's
	Ticket       string // number for the caller
	TicketURL    string
	Told         string // logins of the agents who were shown the call, sorted, each followed by a line feed
}

// Party returns the outside party of a call; empty for internal calls and withheld numbers.
func (r Record) Party() string {
	if r.Direction == protocol.Internal {
		return ""
	}
	return r.NumberKey()
}

// NumberKey returns the key of the number in the store, as phone.Number.Key. The CallerID rules
// were applied to the number already.
func (r Record) NumberKey() string { return cmp.Or(r.E164, r.Number) }

// Talked returns the time from the answer to the end.
func (r Record) Talked() time.Duration {
	if r.Answered.IsZero() || r.Ended.Before(r.Answered) {
		return 0
	}
	return r.Ended.Sub(r.Answered)
}

// State is the state of a record.
type State string

// The states, in order. A record never goes back.
const (
	Open  State = "open"  // the call is in progress, or the hub stopped while it was
	Ended State = "ended" // a ticket may follow
	Final State = "final" // has its ticket, or the grace period is over
)

// Store keeps records.
type Store interface {
	// KeepRecords inserts or replaces records and deletes dropped ones, all or nothing. A record
	// that is final already only takes a late ticket.
	KeepRecords(ctx context.Context, records []Record, dropped []string) error
	// UnfinishedRecords returns all records that are not final: at a start, those of the previous
	// run.
	UnfinishedRecords(ctx context.Context) ([]Record, error)
	// WriteOut appends new final records to the monthly file, each exactly once. It first completes
	// what an interrupted call left.
	WriteOut(ctx context.Context) error
	// ForgetRecords deletes the calls that began before a time, and the files of whole months.
	ForgetRecords(ctx context.Context, before time.Time) (deleted int, err error)
	EarlierCalls
}

// Rules are the settings of the recorder.
type Rules struct {
	Grace  time.Duration // how long after the end of a call its ticket is waited for
	Retain time.Duration // how long records are kept; 0: forever
}

// TalkedBy names the agents who answered or placed the call, or the extension without an agent.
// name converts a login into a name.
func (r Record) TalkedBy(name func(login string) string) string {
	if r.Agent == "" {
		return r.Extension
	}
	logins := strings.Split(r.Agent, ",")
	for i, login := range logins {
		logins[i] = name(login)
	}
	return strings.Join(logins, ", ")
}
