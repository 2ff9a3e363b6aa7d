package protocol

import "time"

// Direction tells who began a call, seen from the company.
type Direction string

// The directions.
const (
	Incoming Direction = "incoming"
	Outgoing Direction = "outgoing"
	Internal Direction = "internal"
)

// State is a call's state, or a leg's.
type State string

// The states, in the order in which a call goes through them; held and answered may alternate.
const (
	Ringing  State = "ringing"
	Answered State = "answered"
	Held     State = "held"
	Ended    State = "ended"
)

// Call is the whole call as one agent may see it; a later Call with the same ID replaces it.
type Call struct {
	ID        string    `json:"id"` // "<pbx>:<Linkedid>"
	Direction Direction `json:"direction"`
	State     State     `json:"state"`
	// the outside party's, as the PBX presents it, or as a CallerID rule mends it for agents; empty
	// when withheld
	Number   string    `json:"number"`
	Display  string    `json:"display"`        // the number as people write it
	E164     string    `json:"e164,omitempty"` // +74951234567, where it could be read
	Name     string    `json:"name"`           // the CallerID name of the PBX
	DID      string    `json:"did"`            // the number that was called
	Line     Line      `json:"line"`
	Caller   Caller    `json:"caller"`
	Legs     []Leg     `json:"legs"`
	Started  time.Time `json:"started"`
	Answered time.Time `json:"answered,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	Cause    int       `json:"cause,omitempty"` // Q.931 cause of the hang-up
	Missed   bool      `json:"missed"`
	Ticket   *Ticket   `json:"ticket,omitempty"`
	Links    Links     `json:"links"`

	// with the same outside party; it follows when it has been looked up
	Previous   *PreviousCall `json:"previous,omitempty"`
	CalledBack *CalledBack   `json:"called_back,omitempty"` // of a missed call in the history
}

// PreviousCall is the last call with the same outside party before this one, whoever had it.
type PreviousCall struct {
	Started   time.Time `json:"started"`
	Direction Direction `json:"direction"`
	Missed    bool      `json:"missed"`
	Agent     string    `json:"agent,omitempty"` // the name of who talked
	Line      string    `json:"line,omitempty"`
	Ticket    *Ticket   `json:"ticket,omitempty"`
}

// CalledBack is the first call after a missed one in which somebody talked with the same outside
// party.
type CalledBack struct {
	By string    `json:"by,omitempty"` // the name of who talked
	At time.Time `json:"at"`           // when they began to talk
	// outgoing: somebody called back; incoming: the party called again and was answered
	Direction Direction `json:"direction"`
}

// Line is the called line's name and what to say on it.
type Line struct {
	Name    string `json:"name,omitempty"`
	Comment string `json:"comment,omitempty"`
}

// Leg is one extension's part in a call. One extension with several phones is one leg.
type Leg struct {
	Extension string `json:"extension"`
	// the agent's name, where the extension is one's; several with commas between, where they share
	// it
	Agent string `json:"agent,omitempty"`
	// of several agents of the extension the one who took the call, where that is known; in the
	// history of each
	Login   string `json:"login,omitempty"`
	State   State  `json:"state"`
	Calling bool   `json:"calling,omitempty"` // this extension placed the call
}

// CallerStatus says how sure it is who calls.
type CallerStatus string

// The statuses.
const (
	Looking  CallerStatus = "looking" // not looked up yet: a richer call follows
	Known    CallerStatus = "known"
	Several  CallerStatus = "several"
	Unknown  CallerStatus = "unknown"
	Withheld CallerStatus = "withheld"
	OwnPhone CallerStatus = "internal"
)

// Caller is who calls, as far as known.
type Caller struct {
	Status    CallerStatus `json:"status"`
	Customers []Customer   `json:"customers,omitempty"`
	Category  Category     `json:"category"`
	Blocked   *Block       `json:"blocked,omitempty"` // the number is blocked
	// the newest open ones of the one customer, newest first; they follow when the help desk has
	// answered
	Tickets []OpenTicket `json:"tickets,omitempty"`

	// how many the customer has open; MostCounted: that many, or more
	OpenTickets int    `json:"open_tickets,omitempty"`
	TicketsPage string `json:"tickets_page,omitempty"` // the help desk's list of them
}

// MostCounted is up to where a customer's open tickets are counted.
const MostCounted = 1000

// Block tells who blocked a number, when and why.
type Block struct {
	By     string    `json:"by"` // the agent's name
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
	Failed []string  `json:"failed,omitempty"` // the PBXs that have not taken it yet
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
	Phone     string `json:"phone,omitempty"` // numbers as the directory writes them, several in a field allowed
	Mobile    string `json:"mobile,omitempty"`
	Fax       string `json:"fax,omitempty"`
	HomePhone string `json:"home_phone,omitempty"`
	Location  string `json:"location,omitempty"` // an address for a map
	Street    string `json:"street,omitempty"`
	City      string `json:"city,omitempty"`
	Office    string `json:"office,omitempty"`    // a room, a branch
	Directory string `json:"directory,omitempty"` // where the person was found
	Maybe     bool   `json:"maybe,omitempty"`     // only the end of the number matched
}

// Color is a category's colour.
type Color string

// The four categories.
const (
	Neutral Color = "neutral"
	Green   Color = "green"
	Yellow  Color = "yellow"
	Red     Color = "red"
)

// Category is what agents have noted about a number.
type Category struct {
	Number  string    `json:"number,omitempty"`
	Color   Color     `json:"color"`
	Comment string    `json:"comment,omitempty"`
	Author  string    `json:"author,omitempty"`
	Changed time.Time `json:"changed,omitzero"`
}

// Ticket is the ticket made of a call, or the one that the call was added to.
type Ticket struct {
	Number string `json:"number"` // what is told to the caller
	URL    string `json:"url"`    // its page
	By     string `json:"by,omitempty"`
}

// Links are pages about a call, ready to open; empty where there is none.
type Links struct {
	CID    string `json:"cid,omitempty"`
	Map    string `json:"map,omitempty"`
	Ticket string `json:"ticket,omitempty"`
}
