package protocol

import "time"

// CreateTicket is the data of ticket.create, for a call of the moment or of the history. The
// message's ID is the idempotency key, and each call has at most one ticket. Customer is the login
// that the agent chose if several customers have the number. An empty Template is the line's. Note
// is what the call was about, at most MaxNote characters; it is never lost: if the call has a
// ticket already, it is added to that one.
type CreateTicket struct {
	Call     string `json:"call"`
	Template string `json:"template,omitempty"`
	Customer string `json:"customer,omitempty"`
	Note     string `json:"note,omitempty"`
}

// AppendTicket is the data of ticket.append. Ticket is the number of one of Caller.Tickets, which
// becomes the call's only ticket. Note is as in CreateTicket.
type AppendTicket struct {
	Call   string `json:"call"`
	Ticket string `json:"ticket"`
	Note   string `json:"note,omitempty"`
}

// NoteTicket is the data of ticket.note: a note for the ticket of a call, at most MaxNote
// characters. The message's ID is the idempotency key.
type NoteTicket struct {
	Call string `json:"call"`
	Text string `json:"text"`
}

// MaxNote limits the characters of a note.
const MaxNote = 2000

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
	Call    string  `json:"call"`
	Hidden  Hidden  `json:"hidden,omitempty"`
	As      ShownAs `json:"as,omitempty"`      // of a visible popup; empty: a card in front of the agent
	Monitor string  `json:"monitor,omitempty"` // the monitor of the card
}

// ShownAs says why the agent may not see a popup that is visible.
type ShownAs string

// The ways.
const (
	// a notification of the desktop, which may collect or suppress it
	AsNotification ShownAs = "notification"
	AsOtherMonitor ShownAs = "other_monitor" // on a monitor chosen in the settings, and the pointer is on another
	// the desktop is locked, or the session of another user is in front
	AsBehindLock ShownAs = "locked"
)

// Hidden is the reason why a terminal shows no popup.
type Hidden string

// The reasons.
const (
	HiddenOff    Hidden = "off"    // the agent disabled this kind of popup
	HiddenLocked Hidden = "locked" // the administrator disabled and locked it
	HiddenQuiet  Hidden = "quiet"  // do not disturb
	// the agent has switched popups for calls between extensions off
	HiddenInternal Hidden = "internal"
	HiddenRule     Hidden = "rule" // a rule of the hub asks for none
	// the agent has closed the popup, which was visible before
	HiddenClosed Hidden = "closed"
)

// WhyCall is the data of call.why: why the agent saw no popup of a call. Language is that of the
// answer, such as "ru"; empty: English.
type WhyCall struct {
	Call     string `json:"call"`
	Language string `json:"language,omitempty"`
}

// ExplainedCall is the data of call.explained, the answer to call.why. Cause is for programs; Text
// and Remedy are sentences for the agent.
type ExplainedCall struct {
	Call   string `json:"call"`
	Cause  string `json:"cause"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

// TestCall is the data of call.test: a test call for this agent. Number is that of the caller; empty:
// any. Language is that of the answer, as in WhyCall. With Phone a PBX rings the agent's phone, see
// PBX.Ring.
type TestCall struct {
	Number   string `json:"number,omitempty"`
	Language string `json:"language,omitempty"`
	Phone    bool   `json:"phone,omitempty"`
}

// TestedCall is the data of call.tested, the answer to call.test. Cause, Text and Remedy are those of
// ExplainedCall if the popup was not shown.
type TestedCall struct {
	Call   string     `json:"call"`
	Steps  []TestStep `json:"steps"`
	Shown  bool       `json:"shown"`
	Cause  string     `json:"cause,omitempty"`
	Text   string     `json:"text,omitempty"`
	Remedy string     `json:"remedy,omitempty"`
}

// TestStep is a step of a test call: event, routed, sent, popup or looked. After is microseconds
// since the call was placed; Text says it for the agent.
type TestStep struct {
	Step  string    `json:"step"`
	At    time.Time `json:"at"`
	After int       `json:"after"`
	Text  string    `json:"text"`
}

// ListHistory is the data of history.list: calls that started before Before, newest first. Search
// filters by number, caller or ticket, ignoring the format of numbers and the case of letters.
// Missed filters missed calls.
type ListHistory struct {
	Before time.Time `json:"before,omitzero"`
	Limit  int       `json:"limit"`
	Search string    `json:"search,omitempty"`
	Missed bool      `json:"missed,omitempty"`
}

// FollowMissed is the data of missed.claim, missed.release and missed.done: the missed calls of a
// number. Until is for missed.done: the start of the last call that the agent has seen; empty: all.
type FollowMissed struct {
	Number string    `json:"number"`
	Until  time.Time `json:"until,omitzero"`
}

// MissedEvent is the data of the event missed: what has changed about the missed calls of a number
// that began at Until or earlier, and are not done yet.
type MissedEvent struct {
	Number   string    `json:"number"`
	Until    time.Time `json:"until"`
	FollowUp FollowUp  `json:"follow_up"`
}

// SetPassword is the data of password.set: the agent's current password, and the one to have instead.
type SetPassword struct {
	Current string `json:"current"`
	New     string `json:"new"`
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

// NotedTicket is the data of ticket.noted: the note of an agent is in the ticket. Late means that
// ticket.queued was sent before.
type NotedTicket struct {
	Call   string `json:"call"`
	Number string `json:"number"`
	URL    string `json:"url,omitempty"`
	Late   bool   `json:"late,omitempty"`
}

// Text is the data of the notification message and of warnings that consist of a text only.
type Text struct {
	From string `json:"from,omitempty"`
	Text string `json:"text"`
}

// Announcement is the data of maintenance: new terminals are refused until a time; zero: until further
// notice. Text is what an administrator wrote; it may be empty.
type Announcement struct {
	Text
	Until time.Time `json:"until,omitzero"`
}

// MissedCall is the data of call.missed.
type MissedCall struct {
	Call Call `json:"call"`
}

// QueuedTicket is the data of ticket.queued: the help desk is not responding, and the ticket will
// be created or the note added later. A late ticket.created or ticket.noted follows, or an error
// for the same action.
type QueuedTicket struct {
	Call    string  `json:"call"`
	Text    string  `json:"text"`
	Problem Problem `json:"problem,omitempty"` // why it takes longer
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
	Problem Problem  `json:"problem,omitempty"` // for blocking.partial, about Failed

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

// ErrorCode is for programs, Failure.Problem for agents.
type ErrorCode string

// The error codes.
const (
	AuthFailed ErrorCode = "auth.failed"
	// the password is correct, but another agent of this extension has the same one
	AuthShared     ErrorCode = "auth.shared"
	SessionReplace ErrorCode = "session.replaced"
	Forbidden      ErrorCode = "forbidden"
	NotFound       ErrorCode = "not_found"
	Conflict       ErrorCode = "conflict" // another one was faster
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

	Problem Problem `json:"problem,omitempty"`
	About   string  `json:"about,omitempty"` // of Problem
	Note    string  `json:"note,omitempty"`  // the refused note, which is also in Text

	// after ticket.queued: the caller, for a terminal that no longer knows the call
	Caller string `json:"caller,omitempty"`
}
