package protocol

import "time"

// Direction is the direction of a call, seen from the company.
type Direction string

// The directions.
const (
	Incoming Direction = "incoming"
	Outgoing Direction = "outgoing"
	Internal Direction = "internal"
)

// State is the state of a call or a leg.
type State string

// The states in order. Held and answered may alternate.
const (
	Ringing  State = "ringing"
	Answered State = "answered"
	Held     State = "held"
	Ended    State = "ended"
)

// Call is a call as an agent may see it. A later Call with the same ID replaces it.
type Call struct {
	ID        string    `json:"id"` // "<pbx>:<Linkedid>"
	Direction Direction `json:"direction"`
	State     State     `json:"state"`
	// of the outside party, as sent by the PBX or changed by a CallerID rule; empty if withheld
	Number   string    `json:"number"`
	Display  string    `json:"display"`        // formatted number
	E164     string    `json:"e164,omitempty"` // +74951234567, if the number is valid
	Name     string    `json:"name"`           // CallerID name from the PBX
	DID      string    `json:"did"`            // the called number
	Line     Line      `json:"line"`
	Caller   Caller    `json:"caller"`
	Legs     []Leg     `json:"legs"`
	Started  time.Time `json:"started"`
	Answered time.Time `json:"answered,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	Cause    int       `json:"cause,omitempty"` // Q.931 hangup cause
	Missed   bool      `json:"missed"`          // the agent was called, and the call was not answered
	// the hub did not see the answer: answered is when it was first known; without it, the call may
	// have been answered
	AnswerUnseen bool `json:"answer_unseen,omitempty"`
	// the hub did not see the end: the call lasted at least until ended, and may have been answered
	EndUnseen bool    `json:"end_unseen,omitempty"`
	Ticket    *Ticket `json:"ticket,omitempty"`
	Links     Links   `json:"links"`

	// with the same outside party; sent when it has been looked up
	Previous   *PreviousCall `json:"previous,omitempty"`
	CalledBack *CalledBack   `json:"called_back,omitempty"` // for missed calls in the history
	FollowUp   *FollowUp     `json:"follow_up,omitempty"`   // for missed calls in the history

	// page with the recordings of the call, if this agent may listen to them; for the history
	Recordings string `json:"recordings,omitempty"`

	Test bool `json:"test,omitempty"` // a test call: it has no record and gets no ticket

	// the ticket whose number the caller entered; sent when the help desk has answered
	Entered *EnteredTicket `json:"entered,omitempty"`

	Data []CallDatum `json:"data,omitempty"` // what the dialplan says about the call, in the hub's order

	Popup string `json:"popup,omitempty"` // see the Popup constants; empty: as the desktop is set

	Can []Control `json:"can,omitempty"` // what this agent may do with the call now

	// the number is hidden: number is an alias, which actions take as one, and display is HiddenNumber.
	// An agent with the right numbers may ask for it by number.show
	Hidden bool `json:"hidden,omitempty"`
}

// How a desktop shows a call, if a rule of the hub says so.
const (
	PopupCard         = "card"         // as the desktop is set
	PopupNotification = "notification" // a card that goes away by itself while the phone rings
	PopupSilent       = "silent"       // no card
)

// Alias is the beginning of the aliases of hidden numbers.
const Alias = "hidden-"

// HiddenNumber is in place of a hidden number in texts for agents.
const HiddenNumber = "•••"

// CallDatum is something that the dialplan says about a call, such as a contract number that the
// caller entered. The caller may have chosen the value.
type CallDatum struct {
	Name  string `json:"name"` // in hub.yml
	Label string `json:"label"`
	Value string `json:"value"` // one line

	Fleeting bool `json:"-"` // it is not kept after the call, and not passed on
}

// EnteredTicket is a ticket whose number the caller entered. One that is found is the first of the
// caller's tickets, to which the call can be added.
type EnteredTicket struct {
	Number string       `json:"number"`
	State  EnteredState `json:"state"`
}

// EnteredState says whether there is such a ticket.
type EnteredState string

// The states.
const (
	EnteredFound   EnteredState = "found"
	EnteredMissing EnteredState = "missing" // there is no ticket with this number
	EnteredOther   EnteredState = "other"   // it is a ticket of another customer
)

// PreviousCall is the last call with the same outside party before this one, with any agent.
type PreviousCall struct {
	Started   time.Time `json:"started"`
	Direction Direction `json:"direction"`
	Missed    bool      `json:"missed"`          // not answered, by either side
	Agent     string    `json:"agent,omitempty"` // name of the agent who talked
	Line      string    `json:"line,omitempty"`
	Ticket    *Ticket   `json:"ticket,omitempty"`
}

// CalledBack is the first answered call with the same outside party after a missed one.
type CalledBack struct {
	By string    `json:"by,omitempty"` // name of the agent who talked
	At time.Time `json:"at"`           // when it was answered
	// outgoing: an agent called back; incoming: the party called again
	Direction Direction `json:"direction"`
}

// FollowUp is who takes care of the missed calls of a number. Without one, no one has to: the number
// was talked with, is withheld, or the call is too old.
type FollowUp struct {
	State FollowUpState `json:"state"`
	By    string        `json:"by,omitempty"`    // name of who claimed it or marked it as done
	Login string        `json:"login,omitempty"` // of By, if it is an agent
	At    time.Time     `json:"at,omitzero"`
}

// FollowUpState says whether missed calls need somebody.
type FollowUpState string

// The states.
const (
	FollowUpOpen    FollowUpState = "open"
	FollowUpClaimed FollowUpState = "claimed"
	FollowUpDone    FollowUpState = "done"
)

// Line is the called line's name and what to say on it.
type Line struct {
	Name    string `json:"name,omitempty"`
	Comment string `json:"comment,omitempty"`
	Script  bool   `json:"script,omitempty"` // it has a page, which call.script opens
}

// Leg is an extension's part in a call. An extension with several phones is one leg.
type Leg struct {
	Extension string `json:"extension"`
	// name of the extension's agent; comma-separated if several share it
	Agent string `json:"agent,omitempty"`
	// the agent of a shared extension who took the call, if known; for the history
	Login    string    `json:"login,omitempty"`
	State    State     `json:"state"`
	Calling  bool      `json:"calling,omitempty"` // this extension placed the call
	Answered time.Time `json:"answered,omitzero"` // when it answered; kept after the leg's end
}

// CallerStatus is how certain the caller is.
type CallerStatus string

// The statuses.
const (
	Looking  CallerStatus = "looking" // not looked up yet: an updated call follows
	Known    CallerStatus = "known"
	Several  CallerStatus = "several"
	Unknown  CallerStatus = "unknown"
	Withheld CallerStatus = "withheld"
	OwnPhone CallerStatus = "internal"
)

// Caller is what is known about the caller.
type Caller struct {
	Status    CallerStatus `json:"status"`
	Customers []Customer   `json:"customers,omitempty"`
	Category  Category     `json:"category"`
	Blocked   *Block       `json:"blocked,omitempty"` // the number is blocked
	// newest open tickets of the only customer, newest first; sent when the help desk has answered
	Tickets []OpenTicket `json:"tickets,omitempty"`

	// number of open tickets of the customer; MostCounted means that many or more
	OpenTickets int    `json:"open_tickets,omitempty"`
	TicketsPage string `json:"tickets_page,omitempty"` // the help desk's list of them
}

// MostCounted limits the count of a customer's open tickets.
const MostCounted = 1000

// Block says who blocked a number, when and why.
type Block struct {
	By     string    `json:"by"` // name of the agent
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
	Failed []string  `json:"failed,omitempty"` // PBXs that have not blocked it yet
}

// OpenTicket is a ticket that a call can be added to.
type OpenTicket struct {
	Number string `json:"number"`
	Title  string `json:"title"`
	URL    string `json:"url"`
}

// Customer is a person in a directory.
type Customer struct {
	Login     string `json:"login"`
	Name      string `json:"name,omitempty"`
	Email     string `json:"email,omitempty"`
	Company   string `json:"company,omitempty"`
	Phone     string `json:"phone,omitempty"` // numbers in the directory's format, several per field allowed
	Mobile    string `json:"mobile,omitempty"`
	Fax       string `json:"fax,omitempty"`
	HomePhone string `json:"home_phone,omitempty"`
	Location  string `json:"location,omitempty"` // address for a map
	Street    string `json:"street,omitempty"`
	City      string `json:"city,omitempty"`
	Office    string `json:"office,omitempty"`    // room or branch
	Directory string `json:"directory,omitempty"` // name of the directory
	Maybe     bool   `json:"maybe,omitempty"`     // only the last digits match
}

// Color is the colour of a category.
type Color string

// The four categories.
const (
	Neutral Color = "neutral"
	Green   Color = "green"
	Yellow  Color = "yellow"
	Red     Color = "red"
)

// Category is the agents' note on a number.
type Category struct {
	Number  string    `json:"number,omitempty"`
	Color   Color     `json:"color"`
	Comment string    `json:"comment,omitempty"`
	Author  string    `json:"author,omitempty"`
	Changed time.Time `json:"changed,omitzero"`
}

// Ticket is the ticket created for a call, or the one that the call was added to.
type Ticket struct {
	Number string `json:"number"` // number to tell the caller
	URL    string `json:"url"`    // page of the ticket
	By     string `json:"by,omitempty"`
}

// Links are URLs for a call; empty if there is none.
type Links struct {
	CID    string `json:"cid,omitempty"`
	Map    string `json:"map,omitempty"`
	Ticket string `json:"ticket,omitempty"`
}
