// Package tickets has the pages of tickets.
package tickets

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"traybell/hub/admin"
	"traybell/hub/staff"
	"traybell/hub/web/pages"
)

// Pages are the pages of tickets.
type Pages struct {
	*pages.Renderer
	Staff     pages.Staff
	Tickets   *admin.Tickets
	Elsewhere func() []string // the URLs of external help desks
}

// ticketsPage is what tickets.html shows.
type ticketsPage struct {
	May       pages.May
	Text      string
	Tickets   []admin.Ticket
	Names     map[string]string // of agents, by login
	Waiting   []admin.WaitingTicket
	More      bool     // wait than are shown
	Elsewhere []string // the external help desks
	Error     string
	pages.Turn
}

// List shows tickets, and the requests that wait for the help desk.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) {
	who := pages.Principal(r)
	page := ticketsPage{May: pages.MayOf(r), Text: pages.Query(r, "q"), Names: p.Staff.Names()}
	page.Elsewhere = p.Elsewhere()
	status := http.StatusOK
	found, err := p.Tickets.Find(r.Context(), who, page.Text, pages.PageOf(r))
	page.Tickets, page.Turn = found.Items, pages.TurnOf(r, found.Next)
	if err == nil && page.May.View {
		var waiting admin.List[admin.WaitingTicket]
		waiting, err = p.Tickets.Waiting(r.Context(), who, admin.Page{Limit: pages.Size})
		page.Waiting, page.More = waiting.Items, waiting.Next != ""
	}
	if err != nil {
		status, page.Error = p.Explain(r, err)
	}
	p.Show(w, r, status, pages.View{Name: "tickets.html", Title: "tickets.title", Data: page})
}

// ticketPage is what ticket.html shows.
type ticketPage struct {
	May pages.May
	admin.Ticket
	Open   bool
	Agents []staff.Agent // that it can be assigned to
	Gone   bool          // hub.yml no longer has the assignee
	Names  map[string]string
}

// Ticket shows a ticket.
func (p *Pages) Ticket(w http.ResponseWriter, r *http.Request) {
	t, err := p.Tickets.Ticket(r.Context(), pages.Principal(r), r.PathValue("number"))
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	page := ticketPage{
		May: pages.MayOf(r), Ticket: t, Open: t.Closed.IsZero(), Agents: p.Staff().Agents(), Names: p.Staff.Names(),
	}
	page.Gone = t.Assignee != "" && !slices.ContainsFunc(page.Agents, func(a staff.Agent) bool {
		return a.Login == t.Assignee
	})
	p.Show(w, r, http.StatusOK, pages.View{Name: "ticket.html", Heading: t.Number, Data: page})
}

// SetState closes a ticket or opens it again.
func (p *Pages) SetState(w http.ResponseWriter, r *http.Request) {
	closed := r.PostFormValue("state") == "closed"
	if !closed && r.PostFormValue("state") != "open" {
		p.Message(w, r, http.StatusBadRequest, "error.unchanged", "error.state")
		return
	}
	p.edit(w, r, admin.TicketEdit{Closed: &closed})
}

// AddNote adds a note to a ticket.
func (p *Pages) AddNote(w http.ResponseWriter, r *http.Request) {
	note := pages.Typed(r, "note")
	if strings.TrimSpace(note) == "" {
		p.Message(w, r, http.StatusBadRequest, "error.unchanged", "error.empty_note")
		return
	}
	p.edit(w, r, admin.TicketEdit{Note: note})
}

// Assign assigns a ticket to an agent.
func (p *Pages) Assign(w http.ResponseWriter, r *http.Request) {
	to := r.PostFormValue("assignee")
	p.edit(w, r, admin.TicketEdit{Assignee: &to})
}

// Change edits the fields of a ticket.
func (p *Pages) Change(w http.ResponseWriter, r *http.Request) {
	title, text := pages.Typed(r, "title"), pages.Typed(r, "text")
	queue, priority := pages.Typed(r, "queue"), pages.Typed(r, "priority")
	seen, err := strconv.ParseInt(r.PostFormValue("seen"), 10, 64)
	if err != nil {
		p.Message(w, r, http.StatusBadRequest, "error.unchanged", "error.incomplete")
		return
	}
	p.edit(w, r, admin.TicketEdit{
		Title: &title, Text: &text, Queue: &queue, Priority: &priority, Version: &seen,
	})
}

func (p *Pages) edit(w http.ResponseWriter, r *http.Request, change admin.TicketEdit) {
	number := r.PathValue("number")
	_, err := p.Tickets.Edit(r.Context(), pages.Principal(r), number, change)
	p.Finish(w, r, err, "/tickets/"+url.PathEscape(number), "ticket")
}

// Retry sends a waiting request again.
func (p *Pages) Retry(w http.ResponseWriter, r *http.Request) {
	err := p.Tickets.Retry(r.Context(), pages.Principal(r), r.PathValue("call"))
	p.Finish(w, r, err, "/tickets", "retry")
}

// Drop gives a waiting request up.
func (p *Pages) Drop(w http.ResponseWriter, r *http.Request) {
	err := p.Tickets.Drop(r.Context(), pages.Principal(r), r.PathValue("call"), pages.Typed(r, "reason"))
	p.Finish(w, r, err, "/tickets", "drop")
}
