package desk

import "time"

// ListedTicket is a ticket of the built-in list, for those who have no help desk. All times are
// UTC.
type ListedTicket struct {
	ID              int64
	Number          string // what is told to the caller: the day it was made and a counter, "2026112200001"
	CallID          string // Call.ID; one ticket per call
	Title           string
	Body            string
	Queue           string
	Priority        string
	State           string // the template's while the ticket is open, ListedClosed afterwards
	CustomerLogin   string // the customer's fields are empty for an unknown caller
	CustomerName    string
	CustomerCompany string
	CallerNumber    string // E.164 where it could be read
	Agent           string // the login of who made it
	AgentName       string
	Created         time.Time
	Closed          time.Time // zero while the ticket is open
}

// States that the built-in list itself gives; a new ticket has its template's.
const (
	ListedOpen   = "open"
	ListedClosed = "closed"
)
