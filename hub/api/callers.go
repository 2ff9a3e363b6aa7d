package api

import (
	"context"
	"net/http"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/shared/protocol"
)

const callerTag = "Callers"

type manyCategories struct {
	Paged
	Color protocol.Color `query:"color" enum:"neutral,green,yellow,red"`
	Text  string         `query:"text" maxLength:"200" doc:"part of number, comment or author"`
}

// OneNumber is the parameter that names a number.
type OneNumber struct {
	Number string `path:"number" maxLength:"200" doc:"in any notation"`
}

type newCategory struct {
	OneNumber
	Body struct {
		Color   protocol.Color `json:"color" enum:"neutral,green,yellow,red"`
		Comment string         `json:"comment,omitempty" maxLength:"1000"`
	}
}

type manyBlocks struct {
	Paged
	Text string `query:"text" maxLength:"200" doc:"part of number, reason or author"`
}

type newBlock struct {
	Body struct {
		Number string `json:"number" minLength:"1" maxLength:"200" doc:"in any notation"`
		Reason string `json:"reason,omitempty" maxLength:"200"`
	}
}

type oldBlock struct {
	OneNumber
	Reason string `query:"reason" maxLength:"200"`
}

func registerCallers(to registrar, c *admin.Callers) {
	read(to, "listCategories", "/categories", callerTag, "Categories of numbers, newest first",
		func(ctx context.Context, p access.Principal, in *manyCategories) (admin.List[admin.Category], error) {
			return c.Categories(ctx, p, admin.CategoryFilter{Color: in.Color, Text: in.Text}, in.page())
		})
	read(to, "getCategories", "/categories/{number}", callerTag, "All categories that a number ever had, newest first",
		func(ctx context.Context, p access.Principal, in *OneNumber) ([]admin.Category, error) {
			return c.CategoryHistory(ctx, p, in.Number)
		})
	act(to, access.Notes, http.MethodPut, "setCategory", "/categories/{number}", callerTag,
		"Set the category of a number, for all agents",
		func(ctx context.Context, p access.Principal, in *newCategory) error {
			return c.SetCategory(ctx, p, in.Number, in.Body.Color, in.Body.Comment)
		})
	act(to, access.Notes, http.MethodDelete, "removeCategory", "/categories/{number}", callerTag,
		"Remove the category of a number",
		func(ctx context.Context, p access.Principal, in *OneNumber) error {
			return c.RemoveCategory(ctx, p, in.Number)
		})
	read(to, "listBlocks", "/blocks", callerTag, "Blocked numbers, newest first",
		func(ctx context.Context, p access.Principal, in *manyBlocks) (admin.List[admin.Block], error) {
			return c.Blocks(ctx, p, in.Text, in.page())
		})
	answer(to, access.Notes, http.MethodPost, "block", "/blocks", callerTag, "Block a number on all PBXs",
		func(ctx context.Context, p access.Principal, in *newBlock) (admin.Block, error) {
			return c.Block(ctx, p, in.Body.Number, in.Body.Reason)
		})
	read(to, "getBlocks", "/blocks/{number}", callerTag, "All that was done to block a number, newest first",
		func(ctx context.Context, p access.Principal, in *OneNumber) ([]admin.Block, error) {
			return c.BlockHistory(ctx, p, in.Number)
		})
	answer(to, access.Notes, http.MethodDelete, "unblock", "/blocks/{number}", callerTag,
		"Unblock a number on all PBXs",
		func(ctx context.Context, p access.Principal, in *oldBlock) (admin.Block, error) {
			return c.Unblock(ctx, p, in.Number, in.Reason)
		})
}

const ticketTag = "Tickets"

type manyTickets struct {
	Paged
	Text string `query:"text" maxLength:"200" doc:"part of the ticket, or a number"`
}

// OneTicket is the parameter that names a ticket.
type OneTicket struct {
	Number string `path:"number" maxLength:"100"`
}

type editedTicket struct {
	OneTicket
	Body admin.TicketEdit
}

type allPages struct{ Paged }

// OneRequest is the parameter that names a ticket request.
type OneRequest struct {
	Call string `path:"call" maxLength:"256" doc:"id of the call"`
}

type droppedRequest struct {
	OneRequest
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"the agents read it"`
	}
}

func registerTickets(to registrar, c *admin.Tickets) {
	read(to, "listTickets", "/tickets", ticketTag, "Tickets of the built-in help desk, newest first",
		func(ctx context.Context, p access.Principal, in *manyTickets) (admin.List[admin.Ticket], error) {
			return c.Find(ctx, p, in.Text, in.page())
		})
	read(to, "getTicket", "/tickets/{number}", ticketTag, "A ticket of the built-in help desk",
		func(ctx context.Context, p access.Principal, in *OneTicket) (admin.Ticket, error) {
			return c.Ticket(ctx, p, in.Number)
		})
	answer(to, access.Notes, http.MethodPatch, "editTicket", "/tickets/{number}", ticketTag,
		"Change a ticket, add a note, close it or open it again",
		func(ctx context.Context, p access.Principal, in *editedTicket) (admin.Ticket, error) {
			return c.Edit(ctx, p, in.Number, in.Body)
		})
	read(to, "listTicketRequests", "/ticket-requests", ticketTag,
		"Ticket requests that wait for the help desk, oldest first",
		func(ctx context.Context, p access.Principal, in *allPages) (admin.List[admin.WaitingTicket], error) {
			return c.Waiting(ctx, p, in.page())
		})
	act(to, access.Notes, http.MethodPost, "retryTicketRequest", "/ticket-requests/{call}/retry", ticketTag,
		"Try now to make a ticket that waits",
		func(ctx context.Context, p access.Principal, in *OneRequest) error { return c.Retry(ctx, p, in.Call) })
	act(to, access.Notes, http.MethodPost, "dropTicketRequest", "/ticket-requests/{call}/drop", ticketTag,
		"Give up a ticket that waits",
		func(ctx context.Context, p access.Principal, in *droppedRequest) error {
			return c.Drop(ctx, p, in.Call, in.Body.Reason)
		})
}
