package helpdesk

import (
	"errors"
	"strings"
	"time"
)

// ListedTicket is a ticket of the built-in help desk. Times are UTC.
type ListedTicket struct {
	ID              int64
	Number          string // what agents tell the caller: creation date and counter, "2026112200001"
	CallID          string // Call.ID; one ticket per call
	Title           string
	Body            string
	Queue           string
	Priority        string
	State           string // the template's state while the ticket is open, ListedClosed afterwards
	CustomerLogin   string // the customer's fields are empty for an unknown caller
	CustomerName    string
	CustomerCompany string
	CallerNumber    string // E.164 if it could be parsed
	Agent           string // login of its creator
	AgentName       string
	Created         time.Time
	Closed          time.Time // zero while the ticket is open
	Assignee        string    // login of the agent who works on it; empty: none
	AssigneeName    string
	Events          []ListedEvent // oldest first; read by number only
}

// LastEvent is the ID of the last event; 0 without one.
func (t ListedTicket) LastEvent() int64 {
	if len(t.Events) == 0 {
		return 0
	}
	return t.Events[len(t.Events)-1].ID
}

// Noted reports whether the ticket has the note with a mark. Earlier versions wrote notes into the
// body.
func (t ListedTicket) Noted(mark string) bool {
	for _, e := range t.Events {
		if e.Mark == mark {
			return true
		}
	}
	return strings.Contains(t.Body, mark)
}

// ListedEvent is a note in a ticket of the built-in help desk, or a change of it.
type ListedEvent struct {
	ID   int64
	Kind ListedKind
	At   time.Time
	By   string // name of the agent, or login of the administrator
	Text string // the note; the new state or assignee; what was edited, with the text before
	Mark string // Note.Mark of a note that came from a call
}

// ListedKind is the kind of an event.
type ListedKind string

// The kinds.
const (
	ListedNote     ListedKind = "note"
	ListedEdited   ListedKind = "edited"
	ListedState    ListedKind = "state"
	ListedAssigned ListedKind = "assigned"
)

// ListedEdit changes a ticket of the built-in help desk. Nil fields stay as they are.
type ListedEdit struct {
	By                           string
	Title, Body, Queue, Priority *string
	Closed                       *bool
	Assignee                     *Assignee
	Note                         string // added, if it is not empty
	// Seen is the LastEvent that the person saw; nil: whatever it is now. An edit of a ticket that
	// has changed since is ErrListedChanged.
	Seen *int64
}

// Assignee is the agent who works on a ticket; the zero one means none.
type Assignee struct{ Login, Name string }

// ErrListedChanged is the error of an edit of a ticket that has changed since it was read.
var ErrListedChanged = errors.New("the ticket has changed meanwhile")

// The states that the built-in help desk sets. A new ticket has the state of its template.
const (
	ListedOpen   = "open"
	ListedClosed = "closed"
)
