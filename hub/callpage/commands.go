package callpage

import (
	"context"
	"crypto/rand"
	"time"

	"traybell/hub/access"
	"traybell/hub/audit"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/shared/protocol"
)

// Desk makes tickets and notes.
type Desk interface {
	CreateTicket(ctx context.Context, a staff.Agent, in ticketing.CreateTicket) (ticketing.TicketAnswer, error)
	NoteTicket(ctx context.Context, a staff.Agent, in ticketing.NewNote) (ticketing.NoteAnswer, error)
}

// Commands are what the page of a call may do: for its call only, in the name of its agent. Errors are
// *fail.Error.
type Commands struct {
	Service *Service
	Desk    Desk
	Staff   func() *staff.Staff
	Audit   interface{ Add(e audit.Entry) }
	Now     func() time.Time
}

// PageCall is a call as its page sees it.
type PageCall struct {
	ID        string              `json:"id"`
	Direction protocol.Direction  `json:"direction" enum:"incoming,outgoing,internal"`
	State     protocol.State      `json:"state"`
	Number    string              `json:"number,omitempty" doc:"absent if it is withheld"`
	Display   string              `json:"display,omitempty" doc:"the number for people"`
	Name      string              `json:"name,omitempty" doc:"CallerID name"`
	DID       string              `json:"did,omitempty" doc:"called number"`
	Line      string              `json:"line,omitempty" doc:"name of the called number"`
	Customers []protocol.Customer `json:"customers" nullable:"false" doc:"those with the number"`
	Category  protocol.Color      `json:"category,omitempty" enum:"neutral,green,yellow,red"`
	Comment   string              `json:"comment,omitempty" doc:"of the category"`
	Started   time.Time           `json:"started"`
	Answered  time.Time           `json:"answered,omitzero"`
	Ended     time.Time           `json:"ended,omitzero"`
	Ticket    *MadeTicket         `json:"ticket,omitempty"`
	Agent     string              `json:"agent" doc:"login of the agent whose page it is"`
	AgentName string              `json:"agent_name"`
}

// PageTicket is what a page says of a ticket.
type PageTicket struct {
	Customer string `json:"customer,omitempty" maxLength:"256" doc:"login of one of the call's customers"`
	Template string `json:"template,omitempty" maxLength:"256" doc:"of ticket_templates; default: the line's"`
	Note     string `json:"note,omitempty" maxLength:"8000" doc:"what the call was about"`
}

// MadeTicket is the ticket of a call.
type MadeTicket struct {
	Number string `json:"number,omitempty"`
	URL    string `json:"url,omitempty"`
	Queued bool   `json:"queued,omitempty" doc:"it is saved, and made when the help desk responds again"`
}

// Call returns the call of a page.
func (x *Commands) Call(_ context.Context, p access.Principal) (PageCall, error) {
	a, c, err := x.of(p)
	if err != nil {
		return PageCall{}, err
	}
	page := PageCall{
		ID: c.ID, Direction: c.Direction, State: c.State, Number: c.Number, Display: c.Display, Name: c.Name,
		DID: c.DID, Line: c.Line.Name, Customers: append([]protocol.Customer{}, c.Caller.Customers...),
		Category: c.Caller.Category.Color, Comment: c.Caller.Category.Comment, Started: c.Started.UTC(),
		Agent: a.Login, AgentName: a.Name,
	}
	if c.Ticket != nil {
		page.Ticket = &MadeTicket{Number: c.Ticket.Number, URL: c.Ticket.URL}
	}
	if !c.Answered.IsZero() {
		page.Answered = c.Answered.UTC()
	}
	if !c.Ended.IsZero() {
		page.Ended = c.Ended.UTC()
	}
	return page, nil
}

// CreateTicket makes the ticket of the call, as OK on the card does.
func (x *Commands) CreateTicket(ctx context.Context, p access.Principal, in PageTicket) (MadeTicket, error) {
	var answer ticketing.TicketAnswer
	err := x.change(p, "page.ticket", func(a staff.Agent, id string) (err error) {
		answer, err = x.Desk.CreateTicket(ctx, a, ticketing.CreateTicket{
			ActionID: rand.Text(), Call: id, Customer: in.Customer, Template: in.Template, Note: in.Note,
		})
		return err
	})
	if err != nil || answer.Created == nil {
		return MadeTicket{Queued: err == nil}, err
	}
	return MadeTicket{Number: answer.Created.Number, URL: answer.Created.URL}, nil
}

// AddNote adds a note to the call's ticket.
func (x *Commands) AddNote(ctx context.Context, p access.Principal, text string) error {
	return x.change(p, "page.note", func(a staff.Agent, id string) error {
		_, err := x.Desk.NoteTicket(ctx, a, ticketing.NewNote{ActionID: rand.Text(), Call: id, Text: text})
		return err
	})
}

// of returns for whom and for which call a page asks. The agent needs the right to make tickets; the
// call is known if only that is missing.
func (x *Commands) of(p access.Principal) (staff.Agent, protocol.Call, error) {
	if p.Kind != access.Page {
		return staff.Agent{}, protocol.Call{}, &fail.Error{
			Code: fail.Forbidden, Text: "This is for pages of calls: send the token of the URL's fragment.",
		}
	}
	a, known := x.Staff().Agent(p.Name)
	c, kept := x.Service.Call(p.Call)
	if !known || !kept {
		return a, protocol.Call{}, fail.New(protocol.CallUnknown, "")
	}
	if !a.May(protocol.RightTicket) {
		return a, c, fail.New(protocol.RightMissing, protocol.RightTicket)
	}
	return a, c, nil
}

// change does something for the agent of a page, and writes it down.
func (x *Commands) change(p access.Principal, action string, do func(a staff.Agent, call string) error) error {
	a, c, err := x.of(p)
	if c.ID == "" {
		return err
	}
	if !x.Service.paced(a.Login, c.ID) { // not in the audit, which a page would fill
		return &fail.Error{
			Code: fail.Limited, Text: "This page makes too many tickets and notes: please wait.", Retry: true,
		}
	}
	e := audit.Entry{
		At: x.Now().UTC(), Kind: string(p.Kind), Who: p.Name, From: p.From, Action: action, Object: c.ID,
	}
	if err == nil {
		err = do(a, c.ID)
	}
	if err != nil {
		e.Error = fail.Of(err).Error()
	}
	x.Audit.Add(e)
	return err
}
