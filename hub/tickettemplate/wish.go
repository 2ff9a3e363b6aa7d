package tickettemplate

import (
	"cmp"
	"slices"

	"traybell/hub/fail"
	"traybell/hub/freetext"
	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Wish is what an agent says about the ticket of a call.
type Wish struct {
	Customer string // login of the one chosen of several; may be empty
	Template string // empty: the line's, or the default one
	Note     string // what the call was about
}

// Draft fills in the ticket of a call. customers are the caller's; template is the line's, and may
// be empty.
func (w Wish) Draft(templates Set, c protocol.Call, template string, customers []protocol.Customer,
	a staff.Agent,
) (helpdesk.Draft, error) {
	who, err := w.choose(customers)
	if err != nil {
		return helpdesk.Draft{}, err
	}
	if w.Note, err = freetext.Clean("note", w.Note, protocol.MaxNote); err != nil {
		return helpdesk.Draft{}, err
	}
	template = cmp.Or(w.Template, template, DefaultName)
	if !templates.Has(template) {
		return helpdesk.Draft{}, fail.New(protocol.TicketTemplate, "").
			Explain("There is no ticket template %.100q on this hub.", template)
	}
	draft, err := templates.Draft(template, c, who, staff.Agent{Login: a.Login, Name: a.Name}, w.Note)
	if err != nil {
		err = fail.New(protocol.TicketTemplate, "").Explain("The ticket's text could not be made: %v.", err)
	}
	return draft, err
}

// choose returns the customer that the agent chose, or the only one; nil if none was chosen.
func (w Wish) choose(customers []protocol.Customer) (*protocol.Customer, error) {
	if w.Customer == "" {
		if len(customers) == 1 {
			return &customers[0], nil
		}
		return nil, nil
	}
	i := slices.IndexFunc(customers, func(c protocol.Customer) bool { return c.Login == w.Customer })
	if i < 0 {
		return nil, fail.New(protocol.TicketCustomer, "").
			Explain("%.100q is not one of the customers found for this number.", w.Customer)
	}
	return &customers[i], nil
}
