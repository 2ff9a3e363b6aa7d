package helpdesk

import "time"

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
}

// The states that the built-in help desk sets. A new ticket has the state of its template.
const (
	ListedOpen   = "open"
	ListedClosed = "closed"
)
