package ticketing

import "traybell/hub/tickettemplate"

// CreateTicket is the command to make a call's ticket.
type CreateTicket struct {
	ActionID string // set by the desktop: a command with the same id is the same press
	Call     string
	Customer string // login of the one chosen of several; may be empty
	Template string // empty: the line's, or the default one
	Note     string // what the call was about
}

// Wish is what the agent says about the ticket.
func (c CreateTicket) Wish() tickettemplate.Wish {
	return tickettemplate.Wish{Customer: c.Customer, Template: c.Template, Note: c.Note}
}

// AppendTicket is the command to add a call to an open ticket of its customer.
type AppendTicket struct {
	ActionID string
	Call     string
	Ticket   string // its number
	Note     string // what the call was about
}
