// Package recordings finds the recordings of calls, has people listen to them who may, and deletes
// them on request. A PBX records; the hub only reads what it has written.
//
// A Service owns what was learnt about live calls: which channels they have. The goroutines of pbx
// feed it; Run writes; commands run on those of their callers. Package place reads the files,
// package convert makes them playable.
package recordings

import (
	"context"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/recordings/place"
)

// Note is what a PBX said of a recording when it began.
type Note struct {
	CallID   string
	Uniqueid string // of the channel that recorded
	Name     string // path on the PBX; empty: unknown
	Began    time.Time
}

// Store keeps what was learnt.
type Store interface {
	KeepRecording(ctx context.Context, n Note) error
	// KeepTalkers keeps the logins of those who talked in a call.
	KeepTalkers(ctx context.Context, callID string, logins []string, ended time.Time) error
	// MergeRecordings moves what is kept of a call to the one that it became part of.
	MergeRecordings(ctx context.Context, callID, into string) error
	Notes // what is kept of a call, and who talked in it
	// RevokeLinks makes the links to a call void that were made until now.
	RevokeLinks(ctx context.Context, callID string, at time.Time) error
	// LinksRevoked returns until when links to a call are void; zero: none is.
	LinksRevoked(ctx context.Context, callID string) (time.Time, error)
	ForgetRecordings(ctx context.Context, before time.Time) error

	CallRecord(ctx context.Context, callID string) (r cdr.Record, ok bool, err error)
	// RecordsWith returns all calls with a party, as in phone.Number.Key.
	RecordsWith(ctx context.Context, party string) ([]cdr.Record, error)
}

// Rules are the key recordings of hub.yml.
type Rules struct {
	Sources   []Source
	Retention time.Duration // files are deleted after it; 0: not by the hub
	Notes     time.Duration // how long what was learnt is kept; 0: forever
	Links     Links
}

// Links are links to the recordings of a call, for tickets.
type Links struct {
	Valid  time.Duration // 0: tickets get none
	SignIn bool          // the one who opens it must sign in, and may listen to the call
	Hub    string        // the hub's URL for browsers; empty: no links
}

// Source is where recordings of some PBXs are, and how their names are known.
type Source struct {
	PBXs    []string // empty: all
	Place   place.Place
	Folder  string // of the recordings on the PBX: names of MixMonitor begin with it
	Pattern Pattern
	Table   *Table // nil: none
}

func (s Source) of(pbx string) bool {
	for _, id := range s.PBXs {
		if id == pbx {
			return true
		}
	}
	return len(s.PBXs) == 0
}
