package protocol

import "time"

// CreateTicket is the data of ticket.create. The message's ID is the idempotency key, the call
// decides: one ticket per call. Customer is the login of the one the agent chose, where there are
// several; Template is empty for the line's own.
type CreateTicket struct {
	Call     string `json:"call"`
	Template string `json:"template,omitempty"`
	Customer string `json:"customer,omitempty"`
}

// AppendTicket is the data of ticket.append. Ticket is the number of one of Caller.Tickets. The
// call decides as for ticket.create: it has one ticket, made of it or added to.
type AppendTicket struct {
	Call   string `json:"call"`
	Ticket string `json:"ticket"`
}

// SetCategory is the data of category.set.
type SetCategory struct {
	Number  string `json:"number"`
	Color   Color  `json:"color"`
	Comment string `json:"comment"`
}

// BlockCaller is the data of caller.block and, without a reason, of caller.unblock.
type BlockCaller struct {
	Number string `json:"number"`
	Reason string `json:"reason,omitempty"`
}

// ShownCall is the data of call.shown: the popup of that call is on the screen, or, with Hidden,
// why it is not.
type ShownCall struct {
	Call   string `json:"call"`
	Hidden Hidden `json:"hidden,omitempty"`
}

// Hidden says why a terminal shows no popup.
type Hidden string

// The reasons.
const (
	HiddenOff    Hidden = "off"    // the agent switched this kind of popup off
	HiddenLocked Hidden = "locked" // the administrator did, and locked it
	HiddenQuiet  Hidden = "quiet"  // do not disturb
)

// ListHistory is the data of history.list: calls that began before that moment, newest first.
// Search keeps those whose number, caller or ticket holds that text, digits compared without their
// dress and letters without their case; Missed those that nobody answered.
type ListHistory struct {
	Before time.Time `json:"before,omitzero"`
	Limit  int       `json:"limit"`
	Search string    `json:"search,omitempty"`
	Missed bool      `json:"missed,omitempty"`
}

// CreatedTicket is the data of ticket.created.
type CreatedTicket struct {
	Call   string `json:"call"`
	Ticket string `json:"ticket"` // the help desk's own id
	Number string `json:"number"`
	URL    string `json:"url"`
	By     string `json:"by"`             // the agent's name
	Late   bool   `json:"late,omitempty"` // ticket.queued was said before, to this agent
	// with late: who called, for a terminal that does not know the call any more
	Caller string `json:"caller,omitempty"`
}

// Text is the data of the notification message and of warnings that are only a sentence.
type Text struct {
	From string `json:"from,omitempty"`
	Text string `json:"text"`
}

// MissedCall is the data of call.missed.
type MissedCall struct {
	Call Call `json:"call"`
}

// QueuedTicket is the data of ticket.queued: the help desk does not answer, the ticket will be made
// later. Late ticket.created follows, or an error that answers the same action.
type QueuedTicket struct {
	Call string `json:"call"`
	Text string `json:"text"`
}

// BlockedCaller is the data of caller.blocked, which answers caller.block and caller.unblock, and
// of blocking.partial.
type BlockedCaller struct {
	Number  string   `json:"number"`
	Blocked bool     `json:"blocked"` // false after caller.unblock
	Reason  string   `json:"reason,omitempty"`
	By      string   `json:"by,omitempty"`     // the agent's name
	Failed  []string `json:"failed,omitempty"` // the PBXs that did not take it, for blocking.partial
	Text    string   `json:"text,omitempty"`

	At time.Time `json:"at,omitzero"`
}

// History is the data of history, which answers history.list: newest first. More tells that older
// calls exist. Calls that began in the same instant are never parted, so that there may be a few
// more than were asked for. Next is what to give as the next Before; without it, the start of the
// last call is.
type History struct {
	Calls []Call    `json:"calls"`
	More  bool      `json:"more"`
	Next  time.Time `json:"next,omitzero"`
}

// ErrorCode is from a fixed list, for programs; Failure.Text is for people.
type ErrorCode string

// The error codes.
const (
	AuthFailed     ErrorCode = "auth.failed"
	AuthShared     ErrorCode = "auth.shared" // the password is right, and also that of another agent of this extension
	SessionReplace ErrorCode = "session.replaced"
	Forbidden      ErrorCode = "forbidden"
	NotFound       ErrorCode = "not_found"
	Invalid        ErrorCode = "invalid"
	HelpDeskFailed ErrorCode = "help_desk.failed"
	Limit          ErrorCode = "limit"
	Broken         ErrorCode = "internal" // something broke in the hub; its log says what
)

// Failure is the data of an error.
type Failure struct {
	Code  ErrorCode `json:"code"`
	Text  string    `json:"text"`
	Retry bool      `json:"retry"`          // the same action may go through later
	Wait  int       `json:"wait,omitempty"` // with limit: seconds before which it is of no use

	// after ticket.queued: who called, for a terminal that does not know the call any more
	Caller string `json:"caller,omitempty"`
}
