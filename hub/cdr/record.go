package cdr

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"traybell/shared/phone"
	"traybell/shared/printable"
	"traybell/shared/protocol"
)

// EarlierCalls finds records. A party is an outside party's number as in phone.Number.Key.
type EarlierCalls interface {
	// RecordsOf returns the ended calls that an agent was shown, newest first. It takes about a
	// second at most and says how far it got.
	RecordsOf(ctx context.Context, s Search) (Found, error)
	// RecordOf returns a call that an agent was shown, with Told. It may be Open: the hub has
	// restarted, and the PBX has not reported its calls yet.
	RecordOf(ctx context.Context, login, callID string) (r Record, ok bool, err error)
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
	Missed bool   // only those that the agent missed, as in Record.MissedBy
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
	// made it; empty if a phone outside answered
	Extension string
	// login of the agent at the extension, empty if it has none; several are separated by a comma
	// if they share the extension and it is unknown who took the call
	Agent string
	// of an internal call: as Agent, at the Callee; empty if a phone outside answered
	CalleeAgent string
	Started     time.Time
	Answered    time.Time // zero if unanswered
	Ended       time.Time // zero while the call is in progress
	Seen        time.Time // when the call was last known to be in progress
	Rang        time.Duration
	Cause       int    // Q.931; 0 if unknown
	Missed      bool   // came in, or was for a colleague, and was never answered
	Blocked     string // who blocked the number that the PBX turned away for it, when and why; see trace.Block
	HiddenBy    string // the rule that hid the number from agents; empty: none did
	// as in calls.Call; EndUnseen also of a call that ended while the hub was stopped
	AnswerUnseen bool
	EndUnseen    bool
	Customer     string
	CustomerName string
	Company      string // the customer's
	Ticket       string // number for the caller; several, of merged calls, are separated by commas
	TicketURL    string // of the first one
	Data         string // what the dialplan said, as in calldata.Encode
	Channels     string // Uniqueids of its channels while it is in progress, separated by spaces
	Told         string // logins of the agents who were shown the call, sorted, each followed by a line feed
}

// longestText bounds a text of a record, in bytes: PBXs, directories and help desks chose it.
const longestText = 1000

// bound bounds the texts.
func (r *Record) bound() {
	for _, text := range []*string{
		&r.Number, &r.E164, &r.Name, &r.DID, &r.Exten, &r.CID, &r.AnsweredBy, &r.Extension, &r.Blocked, &r.Customer,
		&r.CustomerName, &r.Company, &r.Ticket, &r.TicketURL,
	} {
		*text = printable.Cut(*text, longestText)
	}
}

// Party returns the outside party of a call; empty for internal calls and withheld numbers.
func (r Record) Party() string {
	if r.Direction == protocol.Internal {
		return ""
	}
	return r.NumberKey()
}

// Callee returns the extension that answered an internal call, or else the number that was dialled;
// empty for other calls.
func (r Record) Callee() string {
	if r.Direction != protocol.Internal {
		return ""
	}
	return cmp.Or(r.AnsweredBy, r.Exten)
}

// HasCustomer reports whether a customer was found or chosen. Those of a file without logins have
// none.
func (r Record) HasCustomer() bool {
	return r.Customer != "" || r.CustomerName != "" || r.Company != ""
}

// NumberKey returns the key of the number in the store, as phone.Number.Key. The CallerID rules
// were applied to the number already.
func (r Record) NumberKey() string { return cmp.Or(phone.Identity(r.E164), r.Number) }

// Searched are the fields in which a text is searched for.
func (r Record) Searched() []string {
	return []string{r.Number, r.E164, r.Name, r.DID, r.Customer, r.CustomerName, r.Company, r.Ticket}
}

// MissedBy reports whether an agent who was shown the call missed it. The agent who placed it did
// not.
func (r Record) MissedBy(login string) bool {
	return r.Missed && (r.Direction != protocol.Internal || !slices.Contains(strings.Split(r.Agent, ","), login))
}

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

// Query selects ended calls of all agents. Zero fields select all.
type Query struct {
	From, To  time.Time // they began in [From, To)
	Text      string    // part of the number, name, customer or ticket
	Agent     string    // login of one who answered, placed or missed it
	ShownTo   string    // login
	PBX       string
	Direction protocol.Direction
	Missed    bool
	After     Position // of the last call of the page before; zero: the first page
	Limit     int      // at least 1
}

// Position is the place of a call in the list of all calls.
type Position struct {
	Started time.Time `json:"started"`
	CallID  string    `json:"call"`
}

// Page is a page of calls, newest first.
type Page struct {
	Records []Record
	More    bool // there are or may be older calls
	Next    Position
}

// Count is the calls that began in a slot of time.
type Count struct {
	Slot     int // from 0
	Answered int // calls that were not missed
	Missed   int
	Outgoing int // of all
}

// Merge is a call that became part of another one.
type Merge struct{ CallID, Into string }

// Store keeps records.
type Store interface {
	// KeepRecords inserts or replaces records and deletes those of merged calls, all or nothing. A
	// record that is final already only takes a late ticket and a late customer. The ticket
	// requested for a merged call is also that of the call that it is part of. The error is a
	// batch.RefusedError if one of the records would be refused again.
	KeepRecords(ctx context.Context, records []Record, merged []Merge) error
	// UnfinishedRecords returns all records that are not final: at a start, those of the previous
	// run. The error is a batch.RefusedError if only some records cannot be read.
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
	// Journal is a file with the calls that are not in the database yet; empty: none. A reload does
	// not change it
	Journal string
}

// TalkedBy names the agents who answered or placed the call, or the extension without an agent;
// empty if a phone outside answered. name converts a login into a name.
func (r Record) TalkedBy(name func(login string) string) string {
	if r.Agent == "" {
		return r.Extension
	}
	return Names(r.Agent, name)
}

// Previous returns a call as agents see it with the party's next one. name converts a login into a
// name.
func (r Record) Previous(name func(login string) string) *protocol.PreviousCall {
	c := &protocol.PreviousCall{
		Started: r.Started, Direction: r.Direction, Missed: r.unanswered(), Line: r.Line,
	}
	if !r.Answered.IsZero() {
		c.Agent = r.TalkedBy(name)
	}
	if r.Ticket != "" {
		c.Ticket = &protocol.Ticket{Number: r.Ticket, URL: r.TicketURL}
	}
	return c
}

// unanswered reports whether the call is known to have ended without an answer.
func (r Record) unanswered() bool {
	return r.Answered.IsZero() && (r.Missed || !r.EndUnseen && !r.AnswerUnseen)
}

// Names converts the logins of an Agent into names.
func Names(agent string, name func(login string) string) string {
	logins := strings.Split(agent, ",")
	for i, login := range logins {
		logins[i] = name(login)
	}
	return strings.Join(logins, ", ")
}
