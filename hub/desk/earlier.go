package desk

import (
	"context"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// EarlierCalls finds records. A party is an outside party's number as phone.Number.Key has it.
type EarlierCalls interface {
	// RecordsOf returns ended calls that an agent was shown, newest first. It takes about a second
	// at most, and says how far it got.
	RecordsOf(ctx context.Context, s RecordSearch) (FoundRecords, error)
	// PreviousRecord returns the last ended call with a party that began no later than that moment
	// and is not the call with that id.
	PreviousRecord(ctx context.Context, party string, before time.Time, not string) (r Record, ok bool, err error)
	// AnsweredAfter returns the first call with a party that began after that moment and was
	// answered, whether it goes on or not.
	AnsweredAfter(ctx context.Context, party string, after time.Time) (r Record, ok bool, err error)
}

// RecordSearch says which calls are looked for.
type RecordSearch struct {
	Login  string
	Before time.Time
	Limit  int    // at least 1
	Party  string // Text as the whole number of a party: where calls with it are found, only those; empty: it is none
	Text   string // held by the number, name, customer or ticket, however written; empty: all
	Missed bool   // only those that nobody answered
}

// FoundRecords are a page of calls. Those that began in the same instant are never parted, so that
// there may be more than were asked for.
type FoundRecords struct {
	Records []Record
	More    bool      // there are, or may be, older ones
	Next    time.Time // with More: what to give as Before for them
}

// party is what a record's outside party is found by; empty for internal calls and withheld
// numbers.
func (r Record) party() string {
	if r.Direction == protocol.Internal {
		return ""
	}
	return r.numberKey()
}

// calledBack finds the first call after a missed one in which somebody talked with the same party;
// nil where nobody did.
func (d *Desk) calledBack(ctx context.Context, r Record) *Record {
	if !r.Missed || r.party() == "" {
		return nil
	}
	later, ok, err := d.Records.AnsweredAfter(ctx, r.party(), r.Started)
	if err != nil {
		d.Log.Warn("whether somebody called back could not be read", "call", r.CallID, "error", err)
	}
	if !ok {
		return nil
	}
	return &later
}

// whoTalked names the agents that a record is put down to, or the extension where it is nobody's.
func (d *Desk) whoTalked(r Record) string {
	if r.Agent == "" {
		return r.Extension
	}
	names := strings.Split(r.Agent, ",")
	for i, login := range names {
		names[i] = d.nameOf(login)
	}
	return strings.Join(names, ", ")
}
