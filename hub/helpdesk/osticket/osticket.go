// Package osticket creates tickets in osTicket. Its API can do nothing else: tickets are not found
// by their call, not listed, and take no notes.
package osticket

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// Options configure a HelpDesk. URL, Token, UnknownCustomer and Log are required.
type Options struct {
	URL   string // of the start page: "https://desk.example.com"
	Token string // an API key for the hub's address
	// UnknownCustomer is the e-mail address of callers without one, in a domain with mail. Their
	// numbers are added to it, calls+74951234567@example.com: osTicket knows people by it.
	UnknownCustomer string
	CallField       string // variable of the form field for the call's id; empty: none
	CallerField     string // variable of the form field for the caller's number; empty: none
	Timeout         time.Duration
	Transport       http.RoundTripper // nil: http.DefaultTransport
	Log             *slog.Logger
}

// HelpDesk is an osTicket.
type HelpDesk struct {
	o      Options
	client *httpclient.Client
}

// New returns the adapter; it does not connect.
func New(o Options) (*HelpDesk, error) {
	if o.Token == "" {
		return nil, &helpdesk.OptionError{
			Key: "token",
			Err: errors.New("it is missing: an API key of osTicket for the hub's address"),
		}
	}
	if a, err := mail.ParseAddress(o.UnknownCustomer); err != nil || a.Address != o.UnknownCustomer {
		return nil, &helpdesk.OptionError{
			Key: "unknown_customer",
			Err: fmt.Errorf("%q is not an e-mail address: osTicket needs one for callers without", o.UnknownCustomer),
		}
	}
	address, _, _ := strings.Cut(o.URL, "/api/")
	client, err := httpclient.New(httpclient.Options{
		URL: address, Timeout: o.Timeout, Transport: o.Transport, Secrets: []string{o.Token},
		Header: http.Header{"X-API-Key": {o.Token}},
	})
	if err != nil {
		return nil, err
	}
	return &HelpDesk{o: o, client: client}, nil
}

// Create implements helpdesk.HelpDesk. It is not idempotent.
func (h *HelpDesk) Create(ctx context.Context, draft helpdesk.Draft) (helpdesk.Ticket, error) {
	title := cmp.Or(draft.Title, draft.DefaultTitle())
	text := cmp.Or(draft.Body, title)
	if strings.HasPrefix(text, "data:") { // osTicket would decode it
		text = " " + text
	}
	body := map[string]any{
		"name": cmp.Or(draft.Caller(), "unknown"), "email": h.email(draft), "subject": title, "message": text,
		"alert": true, "autorespond": false,
	}
	if draft.Customer != nil && draft.Customer.Name != "" {
		body["name"] = draft.Customer.Name
	}
	for name, value := range map[string]string{
		"phone": draft.Number, "topicId": draft.Queue, "priorityId": draft.Priority, h.o.CallField: draft.CallID,
		h.o.CallerField: draft.Number,
	} {
		if name != "" && value != "" {
			body[name] = value
		}
	}
	resp, err := h.client.Do(ctx, httpclient.Request{
		Method: http.MethodPost, Path: "/api/tickets.json", JSON: body, Writes: true,
	})
	if err != nil {
		return helpdesk.Ticket{}, h.explain(err)
	}
	number := strings.TrimSpace(string(resp.Body))
	if !ticketNumber.MatchString(number) {
		return helpdesk.Ticket{}, h.explain(resp.Bad(errors.New("the reply is not a ticket's number")))
	}
	return helpdesk.Ticket{
		ID: number, Number: number, URL: h.client.URL() + "/scp/tickets.php?number=" + number,
	}, nil
}

// ticketNumber matches the numbers, whose format an administrator may change.
var ticketNumber = regexp.MustCompile(`^[A-Za-z0-9#/._-]{1,40}$`)

// email is the address of a customer.
func (h *HelpDesk) email(draft helpdesk.Draft) string {
	if c := draft.Customer; c != nil {
		for _, text := range []string{c.Email, c.Login} {
			if a, err := mail.ParseAddress(text); err == nil {
				return a.Address
			}
		}
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, draft.Number)
	if digits == "" {
		return h.o.UnknownCustomer
	}
	at := strings.LastIndexByte(h.o.UnknownCustomer, '@')
	return h.o.UnknownCustomer[:at] + "+" + digits + h.o.UnknownCustomer[at:]
}

// Find implements helpdesk.HelpDesk: it cannot look up.
func (*HelpDesk) Find(context.Context, string) (helpdesk.Ticket, bool, error) {
	return helpdesk.Ticket{}, false, helpdesk.CannotLookUp(
		"osTicket's interface cannot search: the hub cannot tell whether the ticket was created; please look " +
			"there.",
	)
}

// OpenTickets implements helpdesk.HelpDesk: it returns none.
func (*HelpDesk) OpenTickets(context.Context, string) (helpdesk.OpenTickets, error) {
	return helpdesk.OpenTickets{}, nil
}

// Append implements helpdesk.HelpDesk: it refuses.
func (*HelpDesk) Append(context.Context, helpdesk.Note) error {
	return &helpdesk.Error{Reason: "osTicket's interface cannot add notes to a ticket.", Refused: true}
}

// Noted implements helpdesk.HelpDesk: it cannot look up.
func (*HelpDesk) Noted(context.Context, helpdesk.Note) (bool, error) {
	return false, &helpdesk.Error{
		Reason: "osTicket's interface cannot read notes.", Refused: true, Err: helpdesk.ErrCannotLookUp,
	}
}

// Check implements helpdesk.Adapter. It sends a ticket without sender, which osTicket refuses after
// it has looked at the key.
func (h *HelpDesk) Check(ctx context.Context, templates []helpdesk.Wanted) (works []string, err error) {
	_, err = h.client.Do(ctx, httpclient.Request{
		Method: http.MethodPost, Path: "/api/tickets.json", JSON: map[string]string{"subject": "traybell: check"},
	})
	var failed *httpclient.Error
	if err == nil {
		return nil, &helpdesk.Error{
			Reason: fmt.Sprintf("The program at %s is not osTicket: an administrator must correct help_desk.url.",
				h.client.URL()),
		}
	}
	if !errors.As(err, &failed) || refused(failed) == "" {
		return nil, h.explain(err)
	}
	works = append(
		works,
		fmt.Sprintf("osTicket at %s accepts the hub's key from this address.", h.client.URL()),
		helpdesk.Doubt+"Its interface only creates tickets: after a lost answer the agent has to look whether the "+
			"ticket exists, cards show no open tickets, and notes and talk times are refused.",
	)
	var wrong []error
	for _, w := range templates {
		for _, each := range []struct{ key, value string }{{"queue", w.Queue}, {"priority", w.Priority}} {
			if each.value != "" && !number.MatchString(each.value) {
				wrong = append(
					wrong,
					&helpdesk.Error{Reason: fmt.Sprintf("ticket_templates.%s.%s: %q is not a number: "+
						"osTicket's interface knows help topics and priorities by their id; correct it in hub.yml.",
						w.Template,
						each.key, each.value)},
				)
			}
		}
	}
	return works, errors.Join(wrong...)
}

var number = regexp.MustCompile(`^\d+$`)

// The sentences with which osTicket refuses a ticket, with status 500.
var refusals = regexp.MustCompile(`(?i)Incomplete client information|is a required field|validation errors|` +
	`Invalid ticket origin|Ticket denied|Invalid email|Unable to open|\bbanned\b`)

// refused is osTicket's reason for the refusal of a ticket; empty if it is another error.
func refused(e *httpclient.Error) string {
	if e.Status < 400 || !refusals.Match(e.Body) {
		return ""
	}
	return strings.Join(strings.Fields(string(e.Body)), " ")
}

// explain turns an error of the client into one for administrators.
func (h *HelpDesk) explain(err error) error {
	var failed *httpclient.Error
	if errors.As(err, &failed) {
		said := refused(failed)
		reason := ""
		switch {
		case strings.Contains(said, "Incomplete client information"):
			reason = "osTicket refuses the ticket: the customer's e-mail address is not one, or its domain has no " +
				"mail server; an administrator must correct it, or help_desk.unknown_customer in hub.yml."
		case said != "":
			reason = "osTicket refuses the ticket: " + helpdesk.Sentence(said)
		case failed.Cause == httpclient.Rejected:
			reason = "osTicket refuses the request; see its log and the hub's."
		}
		if reason != "" {
			return &helpdesk.Error{Reason: reason, Refused: true, Err: failed.Err}
		}
	}
	return h.client.Explain(err, func(failed *httpclient.Error) string {
		if failed.Cause != httpclient.Denied {
			return ""
		}
		return "osTicket does not accept the hub's key: an administrator must correct help_desk.token in " +
			"hub.yml, or create a key for the address from which osTicket sees the hub."
	})
}
