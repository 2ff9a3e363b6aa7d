// Package webhook creates tickets in any help desk over HTTP, by requests that templates of hub.yml
// describe.
//
// A text that goes into JSON, a URL or a query has to be escaped there: New fills each template with
// texts that break what is not, and refuses it.
package webhook

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"text/template"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
	"traybell/hub/jsonplace"
	"traybell/shared/phone"
)

// DefaultTimeout is the time limit of a request.
const DefaultTimeout = 15 * time.Second

// Options configure a HelpDesk. URL, Create and Log are required.
type Options struct {
	URL      string // to which the paths of requests are added
	Username string // for basic authentication; empty: none
	Password string
	Token    string            // {{.Token}} in templates
	Region   string            // of numbers that the function e164 reads
	Headers  map[string]string // of all requests; templates
	// TicketURL is the template of a ticket's page, for replies without a link. It cannot use
	// {{.Token}}.
	TicketURL string
	Create    Request
	Find      *Request // by the call's id; nil: Find cannot look up
	Open      *Request // a customer's open tickets, newest first; nil: none are shown
	Note      *Request // nil: Append is refused
	Notes     *Request // a ticket's notes; nil: Noted cannot look up
	Timeout   time.Duration
	Transport http.RoundTripper // nil: http.DefaultTransport
	Log       *slog.Logger
}

// Request describes a request and its reply. Path, Query, Form and Body are templates over Data.
type Request struct {
	Method string            // empty: POST if there is a body or a form, otherwise GET
	Path   string            // below Options.URL
	Query  map[string]string // values are escaped
	Body   string            // JSON
	Form   map[string]string // the body as a form, if Body is empty; values are escaped
	Reply
}

// HelpDesk is a help desk that templates describe.
type HelpDesk struct {
	o                               Options
	client                          *httpclient.Client
	create, find, open, note, notes *request // nil: there is none
	ticketURL                       *template.Template
	functions                       template.FuncMap
}

// New returns the adapter; it does not connect. An error names the key of hub.yml.
func New(o Options) (*HelpDesk, error) {
	numbers, err := phone.NewReader(o.Region, nil)
	if err != nil {
		return nil, err
	}
	secrets := []string{o.Token, o.Password}
	header := http.Header{}
	if o.Username != "" {
		basic := base64.StdEncoding.EncodeToString([]byte(o.Username + ":" + o.Password))
		header.Set("Authorization", "Basic "+basic)
		secrets = append(secrets, basic)
	}
	for _, s := range secrets {
		secrets = append(secrets, strings.Trim(jsonText(s), `"`), urlText(s))
	}
	h := &HelpDesk{o: o, functions: functions(numbers)}
	h.client, err = httpclient.New(httpclient.Options{
		URL: o.URL, Header: header, Secrets: secrets, Transport: o.Transport,
		Timeout: cmp.Or(o.Timeout, DefaultTimeout),
	})
	if err != nil {
		return nil, err
	}
	headers, err := h.parseAll("help_desk.headers", o.Headers)
	if err != nil {
		return nil, err
	}
	for _, each := range []struct {
		key    string
		from   *Request
		into   **request
		writes bool
		needs  []need
	}{
		{"create", &o.Create, &h.create, true, []need{{"id or number", cmp.Or(o.Create.ID, o.Create.Number)}}},
		{"find", o.Find, &h.find, false, neededOf(o.Find, "call")},
		{"open_tickets", o.Open, &h.open, false, neededOf(o.Open, "")},
		{"note", o.Note, &h.note, true, nil},
		{"notes", o.Notes, &h.notes, false, neededOf(o.Notes, "text")},
	} {
		if each.from == nil {
			continue
		}
		if *each.into, err = h.compile(requestKey+each.key, *each.from, headers); err != nil {
			return nil, err
		}
		(*each.into).writes = each.writes
		for _, n := range each.needs {
			if n.value == "" {
				return nil, bad(requestKey+each.key, "set %s to its place in the reply", n.name)
			}
		}
	}
	if o.TicketURL != "" {
		if h.ticketURL, err = h.parse("help_desk.ticket_url", o.TicketURL); err != nil {
			return nil, err
		}
	}
	return h, nil
}

type need struct{ name, value string }

// neededOf are the places that a search needs.
func neededOf(r *Request, more string) []need {
	if r == nil {
		return nil
	}
	switch more {
	case "call":
		return []need{{"id or number", cmp.Or(r.ID, r.Number)}, {"call", r.Call}}
	case "text":
		return []need{{"text", r.Text}}
	}
	return []need{{"id or number", cmp.Or(r.ID, r.Number)}, {"title", r.Title}}
}

// Create implements helpdesk.HelpDesk. It is as idempotent as the help desk makes it by the header
// Idempotency-Key.
func (h *HelpDesk) Create(ctx context.Context, draft helpdesk.Draft) (helpdesk.Ticket, error) {
	r, err := h.send(ctx, h.create, dataOf(draft), draft.CallID)
	if err != nil {
		return helpdesk.Ticket{}, h.explain(err, h.create)
	}
	ticket, err := h.ticket(h.create, r.Header, r.value)
	if err != nil {
		if err = r.Bad(err); h.create.Test != "" { // it has passed
			err = r.Unread(errors.Unwrap(err))
		}
		return helpdesk.Ticket{}, h.explain(err, h.create)
	}
	return ticket, nil
}

// Find implements helpdesk.HelpDesk.
func (h *HelpDesk) Find(ctx context.Context, callID string) (ticket helpdesk.Ticket, ok bool, err error) {
	if callID == "" {
		return helpdesk.Ticket{}, false, nil
	}
	if h.find == nil {
		return helpdesk.Ticket{}, false, helpdesk.CannotLookUp(
			"hub.yml has no help_desk.requests.find: the hub cannot tell whether the ticket was created; " +
				"please look in the help desk.",
		)
	}
	results, err := h.search(ctx, h.find, Data{CallID: callID})
	if err != nil {
		return helpdesk.Ticket{}, false, err
	}
	seen := false
	for _, each := range results {
		text, has := jsonplace.Text(each, h.find.Call)
		seen = seen || has
		if !helpdesk.Mentions(text, callID) {
			continue // the help desk ignores the filter, or finds parts
		}
		found, err := h.ticket(h.find, nil, each)
		if err != nil {
			return helpdesk.Ticket{}, false, &helpdesk.Error{Reason: h.find.badReply(err)}
		}
		if !ok || helpdesk.Older(found.ID, ticket.ID) {
			ticket, ok = found, true
		}
	}
	if len(results) > 0 && !seen {
		return helpdesk.Ticket{}, false, &helpdesk.Error{
			Reason: h.find.badReply(
				fmt.Errorf("no result has a text at %q, where the call's id should be", h.find.Call),
			),
		}
	}
	return ticket, ok, nil
}

// OpenTickets implements helpdesk.HelpDesk.
func (h *HelpDesk) OpenTickets(ctx context.Context, customer string) (helpdesk.OpenTickets, error) {
	if h.open == nil || customer == "" {
		return helpdesk.OpenTickets{}, nil
	}
	data := Data{}
	data.Customer.Login = customer
	r, err := h.send(ctx, h.open, data, "")
	if err != nil {
		return helpdesk.OpenTickets{}, h.explain(err, h.open)
	}
	results, err := h.open.results(r.value)
	if err != nil {
		return helpdesk.OpenTickets{}, h.explain(r.Bad(err), h.open)
	}
	var open helpdesk.OpenTickets
	for _, each := range results {
		if of, _ := jsonplace.Text(each, h.open.Customer); h.open.Customer != "" && of != customer {
			continue
		}
		open.Count++
		if len(open.Newest) == helpdesk.MaxNewest {
			continue
		}
		ticket, err := h.ticket(h.open, nil, each)
		if err != nil {
			return helpdesk.OpenTickets{}, h.explain(r.Bad(err), h.open)
		}
		title, _ := jsonplace.Text(each, h.open.Title)
		open.Newest = append(open.Newest, helpdesk.OpenTicket{Ticket: ticket, Title: title})
	}
	return open, nil
}

// Append implements helpdesk.HelpDesk.
func (h *HelpDesk) Append(ctx context.Context, n helpdesk.Note) error {
	if h.note == nil {
		return &helpdesk.Error{
			Reason:  "hub.yml has no help_desk.requests.note: the hub cannot add notes to tickets of this help desk.",
			Refused: true,
		}
	}
	_, err := h.send(ctx, h.note, dataOfNote(n), n.Key)
	return h.explain(err, h.note)
}

// Noted implements helpdesk.HelpDesk.
func (h *HelpDesk) Noted(ctx context.Context, n helpdesk.Note) (bool, error) {
	if h.notes == nil {
		return false, helpdesk.CannotLookUp(
			"hub.yml has no help_desk.requests.notes: the hub cannot tell whether the note was added.",
		)
	}
	results, err := h.search(ctx, h.notes, dataOfNote(n))
	if err != nil {
		return false, err
	}
	for _, each := range results {
		if text, _ := jsonplace.Text(each, h.notes.Text); strings.Contains(text, n.Mark()) {
			return true, nil
		}
	}
	return false, nil
}

// search returns the results of a request, each an object.
func (h *HelpDesk) search(ctx context.Context, q *request, data Data) ([]any, error) {
	r, err := h.send(ctx, q, data, "")
	if err != nil {
		return nil, h.explain(err, q)
	}
	results, err := q.results(r.value)
	if err != nil {
		return nil, h.explain(r.Bad(err), q)
	}
	return results, nil
}

// ticket reads a ticket from a reply.
func (h *HelpDesk) ticket(q *request, header http.Header, value any) (helpdesk.Ticket, error) {
	var t helpdesk.Ticket
	for _, part := range []struct {
		place string
		into  *string
	}{{q.ID, &t.ID}, {q.Number, &t.Number}, {q.Link, &t.URL}} {
		if part.place == "" {
			continue
		}
		text, ok := q.at(part.place, header, value)
		if !ok || text == "" {
			return helpdesk.Ticket{}, fmt.Errorf("the reply has nothing at %q", part.place)
		}
		*part.into = text
	}
	if name, isHeader := headerName(q.Link); isHeader {
		t.URL = h.absolute(header.Get(name))
	}
	if isLink(q.ID) {
		t.ID = lastSegment(t.ID)
	}
	if isLink(q.Number) {
		t.Number = lastSegment(t.Number)
	}
	t.ID, t.Number = cmp.Or(t.ID, t.Number), cmp.Or(t.Number, t.ID)
	if t.URL == "" && h.ticketURL != nil {
		page, err := run(h.ticketURL, Data{URL: h.client.URL(), Ticket: t})
		if err != nil {
			return helpdesk.Ticket{}, err
		}
		t.URL = page
	}
	if t.URL != "" && !strings.HasPrefix(t.URL, "http://") && !strings.HasPrefix(t.URL, "https://") {
		t.URL = h.absolute(t.URL)
	}
	return t, nil
}

// Check implements helpdesk.Adapter. It shows each request as a made-up call fills it in, without
// sending those that change something, and searches for that call.
func (h *HelpDesk) Check(ctx context.Context, _ []helpdesk.Wanted) (found []string, err error) {
	for _, each := range []*request{h.create, h.find, h.open, h.note, h.notes} {
		if each != nil {
			found = append(found, each.show(h.shown()))
		}
	}
	found = append(found, h.limits()...)
	if h.find != nil {
		_, _, err := h.Find(ctx, sample.CallID)
		if err == nil {
			found = append(
				found,
				"help_desk.requests.find was sent: it works, and finds no ticket of a made-up call.",
			)
		}
		return found, err
	}
	_, err = h.client.Do(ctx, httpclient.Request{Method: http.MethodHead})
	var e *httpclient.Error
	if errors.As(err, &e) && e.Status == 0 {
		return found, h.client.Explain(e, nil)
	}
	found = append(
		found,
		fmt.Sprintf(helpdesk.Doubt+"A web server answers at %s. Whether it accepts the requests shows only "+
			"`traybell-hub check --send`, which creates a ticket.", h.client.URL()),
	)
	return found, nil
}

// limits says what hub.yml leaves out.
func (h *HelpDesk) limits() (lacks []string) {
	for _, each := range []struct {
		has         *request
		key, effect string
	}{
		{h.find, "find", "after a lost answer the agent has to look whether the ticket exists"},
		{h.open, "open_tickets", "cards show no open tickets"},
		{h.note, "note", "notes and talk times are not added"},
		{h.notes, "notes", "after a lost answer the agent has to look whether the note was added"},
	} {
		if each.has == nil && (each.key != "notes" || h.note != nil) {
			lacks = append(
				lacks,
				fmt.Sprintf(helpdesk.Doubt+"There is no %s%s: %s.", requestKey, each.key, each.effect),
			)
		}
	}
	return lacks
}
