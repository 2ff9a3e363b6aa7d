// Package audit keeps who changed what, when and from where: on the pages, by REST and on the
// command line. Attempts that were refused or failed are kept as well. Entries are read newest
// first, in pages.
package audit

import (
	"context"
	"time"

	"traybell/shared/printable"
)

// Entry is one change, or the attempt.
type Entry struct {
	ID     int64     // ascending; the store sets it
	At     time.Time // to the microsecond
	Kind   string    // of Who, as access.Kind
	Who    string    // login, or name of a token
	From   string    // address without port; empty on the command line
	Action string    // "ticket.edit"
	Object string    // what was changed: the number of a ticket, the name of a directory
	Detail string    // how, in words
	Error  string    // why it was not done; empty if it was
}

// longestText bounds each text, in bytes: clients choose some of them.
const longestText = 1000

// Bounded returns the entry with texts of limited length.
func (e Entry) Bounded() Entry {
	for _, text := range []*string{&e.Kind, &e.Who, &e.From, &e.Action, &e.Object, &e.Detail, &e.Error} {
		*text = printable.Cut(*text, longestText)
	}
	return e
}

// Search selects entries.
type Search struct {
	Text   string    // words that an entry must all have; empty: all entries
	From   time.Time // zero: from the first one
	Until  time.Time // exclusive; zero: to the last one
	Before int64     // only entries with a lower ID; 0: all
	Limit  int       // at least 1
}

// Found is a page of entries, newest first.
type Found struct {
	Entries []Entry
	Next    int64 // Before of the next page; 0: there is none
}

// Store keeps entries.
type Store interface {
	// KeepAudit adds entries, all or none. The error is a batch.RefusedError if one of them would be
	// refused again.
	KeepAudit(ctx context.Context, entries []Entry) error
	// SearchAudit returns a page of entries.
	SearchAudit(ctx context.Context, s Search) (Found, error)
	// ForgetAudit deletes the entries before a time, and the oldest if there are more than most, or
	// more than ofOne of the same Kind and Who.
	ForgetAudit(ctx context.Context, before time.Time, most, ofOne int) error
}
