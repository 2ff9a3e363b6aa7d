package cdr

import (
	"cmp"
	"context"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// EarlierCalls finds records. A party is an outside party's number as phone.Number.Key has it.
type EarlierCalls interface {
	// RecordsOf returns ended calls that an agent was shown, newest first. It takes about a second
	// at most, and says how far it got.
	RecordsOf(ctx context.Context, s Search) (Found, error)
	// PreviousRecord returns the last ended call with a party that began no later than that moment
	// and is not the call with that id.
	PreviousRecord(ctx context.Context, party string, before time.Time, not string) (r Record, ok bool, err error)
	// AnsweredAfter returns the first call with a party that began after that moment and was
	// answered, whether it goes on or not.
	AnsweredAfter(ctx context.Context, party string, after time.Time) (r Record, ok bool, err error)
}

// RecordSearch says which calls are looked for.
type Search struct {
	Login  string
	Before time.Time
	Limit  int    // at least 1
	Party  string // Text as the whole number of a party: where calls with it are found, only those; empty: it is none
	Text   string // held by the number, name, customer or ticket, however written; empty: all
	Missed bool   // only those that nobody answered
}

// FoundRecords are a page of calls. Those that began in the same instant are never parted, so that
// there may be more than were asked for.
type Found struct {
	Records []Record
	More    bool      // there are, or may be, older ones
	Next    time.Time // with More: what to give as Before for them
}

// Party is what a record's outside party is found by; empty for internal calls and withheld
// numbers.
func (r Record) Party() string {
	if r.Direction == protocol.Internal {
		return ""
	}
	return r.NumberKey()
}

// NumberKey is what the store keeps facts about the number under, as phone.Number.Key; the number
// itself was mended by the CallerID rules already.
func (r Record) NumberKey() string { return cmp.Or(r.E164, r.Number) }

// Record is one call's row of the CDR. It is begun when the call is first known and final when
// nothing is to be added. Times are to the microsecond.
type Record struct {
	CallID    string // Call.ID
	PBX       string
	State     State
	Direction protocol.Direction
	// the other party's, as agents read it (where it has no E164, as it is looked up); empty when
	// withheld
	Number string
	E164   string // empty where it could not be read as a number of the world
	Name   string // the CallerID name
	DID    string // the number called; empty for calls that did not come in
	Line   string // the tracked number's name
	// that answered first; of a missed call the first that rang; of a call made here the one that
	// made it
	Extension string
	// login of the agent at the extension; several separated by a comma, where they share it and
	// nobody knows who it was; empty where it is nobody's
	Agent        string
	Started      time.Time
	Answered     time.Time // zero where nobody answered
	Ended        time.Time // zero while the call lives
	Seen         time.Time // when the call was last known to live
	Rang         time.Duration
	Cause        int  // Q.931; 0 where it is not known
	Missed       bool // ended, and nobody ever answered
	EndUnseen    bool // the hub was away when it ended; Ended is when it was last known to live
	Customer     string
	CustomerName string
	Company      string // the customer's
	Ticket       string // the number that is told to the caller
	TicketURL    string
	Told         string // logins of those who were shown the call, sorted, each followed by a line feed
}

// Talked is how long they talked, from the answer to the end.
func (r Record) Talked() time.Duration {
	if r.Answered.IsZero() || r.Ended.Before(r.Answered) {
		return 0
	}
	return r.Ended.Sub(r.Answered)
}

// RecordState is where a record stands.
type State string

// The states. A record goes from one to the next and never back.
const (
	Open  State = "open"  // the call goes on, or the hub went away while it did
	Ended State = "ended" // a ticket may still come
	Final State = "final" // its ticket is known, or its grace has passed
)

// Records keeps the CDR.
type Store interface {
	// KeepRecords begins or replaces records and deletes dropped ones, all or nothing. A record
	// that is final already stays as it is, but for a ticket that came late.
	KeepRecords(ctx context.Context, records []Record, dropped []string) error
	// UnfinishedRecords returns all that are not final: after a start, those that the hub was
	// stopped in.
	UnfinishedRecords(ctx context.Context) ([]Record, error)
	// WriteOut puts the final records that are not in the monthly file yet into it, each once. What
	// an earlier call could not finish is finished first.
	WriteOut(ctx context.Context) error
	// ForgetRecords deletes what began before that moment, also whole months of files.
	ForgetRecords(ctx context.Context, before time.Time) (deleted int, err error)
	EarlierCalls
}

// RecordRules say how records are kept.
type Rules struct {
	Grace  time.Duration // how long after the end a ticket is waited for
	Retain time.Duration // how long records are kept; 0: for ever
}

// TalkedBy names who answered, or made, the call: agents, or the extension if it is nobody's. name
// turns a login into a name.
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
