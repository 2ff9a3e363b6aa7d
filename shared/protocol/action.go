package protocol

import "time"

// CreateTicket is the data of ticket.create. The message's ID is the idempotency key, and each call
// has at most one ticket. Customer is the login that the agent chose if several customers have the
// number. An empty Template is the line's.
type CreateTicket struct {
	Call     string `json:"call"`
	Template string `json:"template,omitempty"`
	Customer string `json:"customer,omitempty"`
}

// AppendTicket is the data of ticket.append. Ticket is the number of one of Caller.Tickets, which
// becomes the call's only ticket.
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

// ShownCall is the data of call.shown: the call's popup is visible or, with Hidden, why it is not.
type ShownCall struct {
	Call   string `json:"call"`
	Hidden Hidden `json:"hidden,omitempty"`
}

// Hidden is the reason why a terminal shows no popup.
type Hidden string

// The reasons.
const (
	HiddenOff    Hidden = "off"    // the agent disabled this kind of popup
	HiddenLocked Hidden = "locked" // the administrator disabled and locked it
	HiddenQuiet  Hidden = "quiet"  // do not disturb
)

// ListHistory is the data of history.list: calls that started before Before, newest first. Search
// filters by number, caller or ticket, ignoring the format of numbers and the case of letters.
// Missed filters missed calls.
type ListHistory struct {
	Before time.Time `json:"before,omitzero"`
	Limit  int       `json:"limit"`
	Search string    `json:"search,omitempty"`
	Missed bool      `json:"missed,omitempty"`
}

// CreatedTicket is the data of ticket.created.
type CreatedTicket struct {
	Call   string `json:"call"`
	Ticket string `json:"ticket"` // the help desk's ID
	Number string `json:"number"`
	URL    string `json:"url"`
	By     string `json:"by"`             // name of the agent
	Late   bool   `json:"late,omitempty"` // ticket.queued was sent before, to this agent
	// with late: the caller, for a terminal that no longer knows the call
	Caller string `json:"caller,omitempty"`
}

// Text is the data of the notification message and of warnings that consist of a text only.
type Text struct {
	From string `json:"from,omitempty"`
	Text string `json:"text"`
}

// MissedCall is the data of call.missed.
type MissedCall struct {
	Call Call `json:"call"`
}

// QueuedTicket is the data of ticket.queued: the help desk is not responding and the ticket will be
// created later. A late ticket.created follows, or an error for the same action.
type QueuedTicket struct {
	Call string `json:"call"`
	Text string `json:"text"`
}

// BlockedCaller is the data of caller.blocked, the answer to caller.block and caller.unblock, and
// of blocking.partial.
type BlockedCaller struct {
	Number  string   `json:"number"`
	Blocked bool     `json:"blocked"` // false after caller.unblock
	Reason  string   `json:"reason,omitempty"`
	By      string   `json:"by,omitempty"`     // name of the agent
	Failed  []string `json:"failed,omitempty"` // PBXs that failed, for blocking.partial
	Text    string   `json:"text,omitempty"`

	At time.Time `json:"at,omitzero"`
}

// History is the data of history, the answer to history.list: newest first. More means that older
// calls exist. Calls with the same start are never split, so there may be more than Limit. Next is
// the Before of the next request; if empty, use the start of the last call.
type History struct {
	Calls []Call    `json:"calls"`
	More  bool      `json:"more"`
	Next  time.Time `json:"next,omitzero"`
}

// ErrorCode is for programs, Failure.Text for users.
type ErrorCode string

// The error codes.
const (
	AuthFailed ErrorCode = "auth.failed"
	// the password is correct, but another agent of this extension has the same one
	AuthShared     ErrorCode = "auth.shared"
	SessionReplace ErrorCode = "session.replaced"
	Forbidden      ErrorCode = "forbidden"
	NotFound       ErrorCode = "not_found"
	Invalid        ErrorCode = "invalid"
	HelpDeskFailed ErrorCode = "help_desk.failed"
	Limit          ErrorCode = "limit"
	PBXFailed      ErrorCode = "pbx.failed" // a PBX refused or failed
	Broken         ErrorCode = "internal"   // something broke in the hub; its log says what
)

// Failure is the data of an error.
type Failure struct {
	Code  ErrorCode `json:"code"`
	Text  string    `json:"text"`
	Retry bool      `json:"retry"`          // the same action may succeed later
	Wait  int       `json:"wait,omitempty"` // with limit: seconds to wait before the next attempt

	// after ticket.queued: the caller, for a terminal that no longer knows the call
	Caller string `json:"caller,omitempty"`
}
