package model

import (
	"time"

	"traybell/shared/protocol"
)

// Kind is a kind of popup; each has its own delays.
type Kind string

// The kinds, named as in hub.yml.
const (
	Incoming Kind = "incoming"
	Answer   Kind = "answer"
	Warn     Kind = "warning"
)

// Card is a call or a warning on the agent's screen. It is a value; a later one with the same ID
// replaces it in place.
type Card struct {
	ID        string // the call's id, or "warning:<name>:<…>"
	Kind      Kind
	Call      protocol.Call  // for Incoming and Answer
	Mine      protocol.State // the state of this agent's own leg: ringing, answered, held or ended
	Elsewhere string         // who answered in place of this agent, a name or an extension
	Outside   bool           // answered by a phone outside, such as a mobile
	Press     Press          // for Warn: of a ticket that was created late
	Note      Note           // for Incoming and Answer
	Control   Control        // for Incoming and Answer
	Title     string         // for Warn: a key of the translations, with Text as its argument
	Text      string
	From      string // for Warn: the PBX or agent concerned, if any
	Sticky    bool   // ignores the delays: the phone rings
	MayShow   bool   // the number is hidden, and the agent may see it
	Done      bool   // over: it disappears after its delay
	Since     time.Time

	// Stay is how long a card that is over stays, regardless of the delays; zero: long enough to
	// read it.
	Stay time.Duration
}

// AfterCall is the Stay of a call of this agent: the ticket is often created then.
const AfterCall = 45 * time.Second

// AfterTicket is the Stay of a call that has its ticket, to be read, copied or opened.
const AfterTicket = 20 * time.Second

// PressState is the progress of a press of OK.
type PressState int

// The states of a press.
const (
	NotPressed PressState = iota
	Pressed               // waiting for the hub's answer
	Made
	Failed
	Queued // the hub creates the ticket later
)

// Press is the result of OK.
type Press struct {
	State  PressState
	Action string // the action's id, the same for every retry
	Into   string // the ticket to add the call to; empty for a new one
	Ticket protocol.Ticket
	Reason string // for Failed and Queued, a sentence from the hub
	For    string // the login of the chosen customer, if any
	Note   string // the text that goes into the ticket
	Retry  bool   // for Failed: the agent may press again
}

// Ringing counts the cards of calls that ring at this agent.
func Ringing(cards []Card) (n int) {
	for _, c := range cards {
		if c.Mine == protocol.Ringing {
			n++
		}
	}
	return n
}

// Only returns the customer if the caller is certain.
func Only(customers []protocol.Customer) *protocol.Customer {
	if len(customers) != 1 {
		return nil
	}
	return &customers[0]
}
