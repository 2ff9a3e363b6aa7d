package model

import (
	"time"

	"traybell/shared/protocol"
)

// Kind is one of the three kinds of popup; each has its own delays.
type Kind string

// The kinds, named as in hub.yml.
const (
	Incoming Kind = "incoming"
	Answer   Kind = "answer"
	Warn     Kind = "warning"
)

// Card is one thing on the agent's screen: a call, or a warning. It is a value; a later card with
// the same ID replaces it in place.
type Card struct {
	ID        string // the call's id, or "warning:<name>:<…>"
	Kind      Kind
	Call      protocol.Call  // for Incoming and Answer
	Mine      protocol.State // the state of this agent's own leg: ringing, answered, held or ended
	Elsewhere string         // who answered instead of this agent (a name, or an extension): the card says so and fades
	Press     Press          // how far making the ticket is; for Warn a ticket that was made late, where there is one
	Title     string         // for Warn: a key of the translations, with Text as its argument
	Text      string
	From      string // for Warn: who or what it is about (a PBX, an agent), where there is one
	Sticky    bool   // stays whatever the delays say: the phone still rings
	Done      bool   // over: it may go once its delay has passed
	Since     time.Time

	// Stay is how long a card that is over is still of use, whatever its delays say; zero: as long
	// as it takes to read it.
	Stay time.Duration
}

// AfterCall is how long the card of a call that this agent had stays when it has ended: the ticket
// is often made then, and its number written down.
const AfterCall = 45 * time.Second

// AfterTicket is how long it stays where the ticket is made already, to be read, copied or opened.
const AfterTicket = 20 * time.Second

// PressState is how far the press of OK is.
type PressState int

// The states of a press.
const (
	NotPressed PressState = iota
	Pressed               // waiting for the hub
	Made
	Failed
	Queued // the hub keeps it and makes the ticket later
)

// Press is what became of OK.
type Press struct {
	State  PressState
	Action string // the action's id, the same for every repetition
	Into   string // the number of the ticket that the call is to be added to; empty for a new one
	Ticket protocol.Ticket
	Reason string // for Failed and Queued, a sentence from the hub
	For    string // the login of whom it was pressed for, where one was chosen
	Retry  bool   // for Failed: it may be pressed again
}
