// Package helpdesk defines what the hub needs from a help desk. Each kind of help desk is a package
// below this one; package kinds lists them, package helpdesktest is their conformance suite.
//
// A call has at most one ticket. Its id is the idempotency key: Create stores it with the ticket,
// Find looks it up. A request that fails with Error.Uncertain may have been carried out; the caller
// looks it up before it sends the request again.
package helpdesk

import (
	"context"
	"errors"
	"strings"
	"time"

	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// HelpDesk creates tickets. All methods may be called concurrently and return when ctx ends. Errors
// are *Error; they contain no secrets.
type HelpDesk interface {
	// Create creates one ticket. It may create another one if it is called twice for a call.
	Create(ctx context.Context, draft Draft) (Ticket, error)
	// Find returns the ticket of a call, the oldest if there are several; ok is false if there is
	// none. The error is ErrCannotLookUp if the help desk has no means to tell.
	Find(ctx context.Context, callID string) (ticket Ticket, ok bool, err error)
	// OpenTickets returns a customer's open tickets. A help desk that cannot list them returns
	// none.
	OpenTickets(ctx context.Context, customer string) (OpenTickets, error)
	// Append adds a note to a ticket. It may add it again if it is called twice.
	Append(ctx context.Context, n Note) error
	// Noted reports whether the ticket has the note with n.Key. The error is ErrCannotLookUp if the
	// help desk has no means to tell.
	Noted(ctx context.Context, n Note) (bool, error)
}

// Desks are the help desks of a hub. Named and With never return nil: the methods of a help desk that
// hub.yml does not have fail.
type Desks interface {
	// Named returns the help desk with a name in hub.yml; the empty name is help_desk.
	Named(name string) HelpDesk
	// With returns the help desk that has a ticket.
	With(t Ticket) HelpDesk
	// Accounts reports whether talk times go into a ticket.
	Accounts(t Ticket) bool
	// Knows reports whether the logins of a directory are those of the help desk with a name.
	Knows(name, directory string) bool
}

// One is the only help desk of a hub.
type One struct{ HelpDesk }

// Named implements Desks.
func (o One) Named(string) HelpDesk { return o.HelpDesk }

// With implements Desks.
func (o One) With(Ticket) HelpDesk { return o.HelpDesk }

// Accounts implements Desks.
func (One) Accounts(Ticket) bool { return true }

// Knows implements Desks.
func (One) Knows(string, string) bool { return true }

// Adapter is a help desk that can be checked.
type Adapter interface {
	HelpDesk
	// Check connects and looks up what the templates name, without changing anything. found is what
	// works, also if there is an error; entries that begin with Doubt say what does not. The error
	// joins all problems.
	Check(ctx context.Context, templates []Wanted) (found []string, err error)
}

// Doubt begins what a help desk cannot do, or what hub.yml leaves out.
const Doubt = "! "

// ErrCannotLookUp is wrapped by errors of Find and Noted: whether the ticket or the note exists
// cannot be found out, now or later. Do not retry an uncertain request on your own; tell the agent,
// who decides. A request that was certainly not carried out needs no look-up.
var ErrCannotLookUp = errors.New("the help desk cannot be searched for it")

// ErrGone is wrapped by the errors for a ticket whose help desk hub.yml no longer has.
var ErrGone = errors.New("its help desk is not in hub.yml")

// Error is a refusal or failure of a help desk. At most one of Retry and Refused is set. If neither
// is, the help desk or its configuration needs an administrator.
type Error struct {
	Reason    string // one sentence for administrators: what is wrong and how to fix it
	Customer  string // the login of the customer that the help desk does not know; empty: another error
	Retry     bool   // temporary: the same request may succeed later
	Uncertain bool   // the request may have been carried out, its reply was lost
	Created   bool   // uncertain, but it was carried out: only its reply cannot be understood
	Refused   bool   // the help desk understood the request and rejects its content: retrying is useless
	Err       error  // the cause, for the log; may be nil
}

// Error returns the reason and the cause, unless the reason has its words already.
func (e *Error) Error() string {
	if e.Err == nil || strings.Contains(e.Reason, strings.TrimRight(e.Err.Error(), ". \n")) {
		return e.Reason
	}
	return strings.TrimSuffix(e.Reason, ".") + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// OptionError is an error in a key of a help desk's section in hub.yml.
type OptionError struct {
	Key string // "url", "requests.create.body"
	Err error
	// Unknown is a name in it that does not exist, and Known those that do; empty: another error.
	Unknown string
	Known   []string
}

func (e *OptionError) Error() string { return e.Key + ": " + e.Err.Error() }

func (e *OptionError) Unwrap() error { return e.Err }

// Draft is a ticket to create, with the template's texts filled in. Empty fields take the help
// desk's defaults.
type Draft struct {
	CallID   string             // Call.ID, the idempotency key
	Number   string             // the caller's number, E.164 if it could be parsed
	Customer *protocol.Customer // nil for an unknown caller
	Agent    staff.Agent        // who pressed
	Title    string
	Body     string
	Queue    string
	Priority string
	State    string
	Type     string
	Owner    string
	Desk     string  // the name of the help desk in hub.yml; empty: help_desk
	Into     *Ticket // the ticket that the call is added to; nil: a new one
	Note     string  // what the agent typed; Body has it
}

// Caller returns the caller's name and number, as far as they are known.
func (d Draft) Caller() string {
	switch c := d.Customer; {
	case c == nil || c.Name == "":
		return d.Number
	case d.Number == "":
		return c.Name
	default:
		return c.Name + ", " + d.Number
	}
}

// DefaultTitle is the title of a draft without one.
func (d Draft) DefaultTitle() string {
	switch {
	case d.Customer != nil && d.Customer.Name != "":
		return "Call from " + d.Customer.Name
	case d.Number != "":
		return "Call from " + d.Number
	default:
		return "Call from an unknown number"
	}
}

// Ticket is an existing ticket.
type Ticket struct {
	ID     string // the help desk's key
	Number string // what agents tell the caller
	URL    string // its page
	Desk   string // which help desk has it, see Desks; empty: saved by a version that knew only one
}

// OpenTicket is an open ticket of a customer.
type OpenTicket struct {
	Ticket
	Title string
}

// MaxNewest is the limit of OpenTickets.Newest.
const MaxNewest = 5

// OpenTickets are a customer's open tickets.
type OpenTickets struct {
	Newest []OpenTicket // newest first, MaxNewest at most
	Count  int          // of all; protocol.MostCounted means that many or more
	Page   string       // URL of the help desk's list of them; empty if agents cannot open one
}

// Note is a note to add to a ticket.
type Note struct {
	Ticket Ticket
	// the idempotency key: the call's id, alone or followed by " talk" or by " note" and a number
	Key      string
	Subject  string
	Body     string
	Agent    staff.Agent
	Talk     time.Duration // time to account for the ticket; zero: none
	Internal bool          // written by the agent, for colleagues: customers do not see it
}

// Mark is the last line of the note's text. Noted searches for it, since help desks have no field
// for the key of a note.
func (n Note) Mark() string { return "[traybell " + n.Key + "]" }

// Text is the note's body with its mark.
func (n Note) Text() string { return strings.TrimRight(n.Body, "\n") + "\n" + n.Mark() }
