// Package zammad creates tickets in Zammad over its REST API.
package zammad

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// Options configure a HelpDesk. URL, Token and Log are required.
type Options struct {
	URL   string // of the start page: "https://zammad.example.com"
	Token string // of the hub's user, with the permission ticket.agent
	// UnknownCustomer is the login or e-mail of the customer for callers that Zammad does not know.
	// Empty: their tickets are refused.
	UnknownCustomer string
	CallField       string // text attribute of tickets for the call's id; empty: none, and Find cannot look up
	CallerField     string // text attribute of tickets for the caller's number; empty: none
	AsAgent         bool   // the agent who presses is the author; the token needs the permission admin.user
	Timeout         time.Duration
	Transport       http.RoundTripper // nil: http.DefaultTransport
	Log             *slog.Logger
}

// HelpDesk is a Zammad.
type HelpDesk struct {
	o      Options
	client *httpclient.Client
}

// New returns the adapter; it does not connect.
func New(o Options) (*HelpDesk, error) {
	if o.Token == "" {
		return nil, &helpdesk.OptionError{
			Key: "token",
			Err: errors.New("it is missing: that of the hub's user in Zammad"),
		}
	}
	address, _, _ := strings.Cut(o.URL, "#")
	address, _, _ = strings.Cut(address, "/api/")
	client, err := httpclient.New(httpclient.Options{
		URL: address, API: "/api/v1", Timeout: o.Timeout, Transport: o.Transport, Secrets: []string{o.Token},
		Header: http.Header{"Authorization": {"Token token=" + o.Token}, "Accept": {"application/json"}},
	})
	if err != nil {
		return nil, err
	}
	return &HelpDesk{o: o, client: client}, nil
}

// post creates something in the name of an agent, or of the hub's user if Zammad does not know the
// agent: it refuses such a request before it does anything.
func (h *HelpDesk) post(ctx context.Context, path string, body map[string]any, agent string, into any) error {
	r := httpclient.Request{Method: http.MethodPost, Path: path, JSON: body, Writes: true}
	if h.o.AsAgent && agent != "" {
		r.Header = http.Header{"From": {agent}, "X-On-Behalf-Of": {agent}} // the second one before Zammad 5.3
	}
	err := h.client.Ask(ctx, r, into)
	if r.Header != nil && noSuchUser(err) {
		h.o.Log.Warn("agent unknown to help desk", "agent", agent)
		r.Header = nil
		err = h.client.Ask(ctx, r, into)
	}
	return err
}

// ticket is a ticket with its own attributes.
type ticket map[string]any

func (t ticket) text(name string) string {
	switch v := t[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *ticket) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	return d.Decode((*map[string]any)(t))
}

func (h *HelpDesk) known(t ticket) helpdesk.Ticket {
	return helpdesk.Ticket{
		ID: t.text("id"), Number: t.text("number"),
		URL: h.client.URL() + "/#ticket/zoom/number/" + url.PathEscape(t.text("number")),
	}
}

// Create implements helpdesk.HelpDesk: a ticket with one phone article. It is not idempotent.
func (h *HelpDesk) Create(ctx context.Context, draft helpdesk.Draft) (helpdesk.Ticket, error) {
	customer := h.o.UnknownCustomer
	if draft.Customer != nil {
		customer = cmp.Or(draft.Customer.Login, draft.Customer.Email, customer)
	}
	if customer == "" {
		return helpdesk.Ticket{}, &helpdesk.Error{
			Reason: "The caller is not a customer of Zammad, which refuses tickets without one; an administrator can " +
				"set a customer for such calls in hub.yml: help_desk.unknown_customer.",
			Refused: true,
		}
	}
	created, err := h.create(ctx, draft, customer)
	if customer != h.o.UnknownCustomer && h.o.UnknownCustomer != "" && mayLackCustomer(err) {
		// The customer is from another directory. Nothing was created, so the request can be repeated.
		h.o.Log.Warn("customer unknown to help desk, using unknown_customer", "customer", customer,
			"call", draft.CallID)
		customer = h.o.UnknownCustomer
		created, err = h.create(ctx, draft, customer)
	}
	if err != nil {
		return helpdesk.Ticket{}, h.refused(err, draft, customer)
	}
	return h.known(created), nil
}

func (h *HelpDesk) create(ctx context.Context, draft helpdesk.Draft, customer string) (ticket, error) {
	title := cmp.Or(draft.Title, draft.DefaultTitle())
	body := map[string]any{
		"title": title, "group": draft.Queue, "customer": customer,
		"article": map[string]any{
			"subject": title, "body": cmp.Or(draft.Body, title), "content_type": "text/plain", "type": "phone",
			"sender": "Customer", "internal": false,
		},
	}
	for name, value := range map[string]string{
		"state": draft.State, "priority": draft.Priority, "owner": draft.Owner, h.o.CallField: draft.CallID,
		h.o.CallerField: draft.Number,
	} {
		if name != "" && value != "" {
			body[name] = value
		}
	}
	var created ticket
	if err := h.post(ctx, "/tickets", body, draft.Agent.Login, &created); err != nil {
		return nil, err
	}
	if created.text("id") == "" || created.text("number") == "" {
		return nil, httpclient.Lacks("ticket", true)
	}
	return created, nil
}

// Find implements helpdesk.HelpDesk. A search with a condition reads the database; one with a query
// reads Elasticsearch, which is behind, or titles and texts only.
func (h *HelpDesk) Find(ctx context.Context, callID string) (found helpdesk.Ticket, ok bool, err error) {
	if callID == "" {
		return helpdesk.Ticket{}, false, nil
	}
	if h.o.CallField == "" {
		return helpdesk.Ticket{}, false, helpdesk.CannotLookUp(
			"The hub stores no call ids in Zammad (help_desk.custom_fields.call is empty) and cannot tell " +
				"whether the ticket was created; please look there.",
		)
	}
	var list []ticket
	err = h.client.Get(ctx, "/tickets/search", url.Values{
		"condition[ticket." + h.o.CallField + "][operator]": {"is"},
		"condition[ticket." + h.o.CallField + "][value]":    {callID},
		"expand": {"true"}, "per_page": {"20"}, "sort_by": {"created_at"}, "order_by": {"asc"},
	}, &list)
	if err != nil {
		return helpdesk.Ticket{}, false, h.explain(err)
	}
	for _, t := range list {
		if t.text(h.o.CallField) == callID && t.text("id") != "" {
			if each := h.known(t); !ok || helpdesk.Older(each.ID, found.ID) {
				found, ok = each, true
			}
		}
	}
	if len(list) == 0 || ok {
		return found, ok, nil
	}
	if _, has := list[0][h.o.CallField]; !has {
		return helpdesk.Ticket{}, false, helpdesk.CannotLookUp(missingField(h.o.CallField))
	}
	return helpdesk.Ticket{}, false, nil
}

// ByNumber implements helpdesk.Numbers. Zammad does not tell which ticket a merged one has become.
func (h *HelpDesk) ByNumber(ctx context.Context, number string) (t helpdesk.NumberedTicket, ok bool, err error) {
	var list []ticket
	err = h.client.Get(ctx, "/tickets/search", url.Values{
		"condition[ticket.number][operator]": {"is"}, "condition[ticket.number][value]": {number},
		"expand": {"true"}, "per_page": {"20"},
	}, &list)
	if err != nil {
		return t, false, h.explain(err)
	}
	for _, each := range list {
		if each.text("number") != number || each.text("id") == "" {
			return t, false, helpdesk.CannotLookUp("Zammad does not search tickets by their numbers.")
		}
		if state := each.text("state"); state == "merged" || state == "removed" {
			continue
		}
		return helpdesk.NumberedTicket{
			OpenTicket: helpdesk.OpenTicket{Ticket: h.known(each), Title: each.text("title")},
			Customers:  helpdesk.Known(h.o.UnknownCustomer, each.text("customer")),
		}, true, nil
	}
	return t, false, nil
}

// OpenTickets implements helpdesk.HelpDesk. Zammad lists 15 at most.
func (h *HelpDesk) OpenTickets(ctx context.Context, customer string) (open helpdesk.OpenTickets, err error) {
	who, ok, err := h.user(ctx, customer)
	if err != nil || !ok {
		return helpdesk.OpenTickets{}, h.explain(err)
	}
	var reply struct {
		Open   *[]json.Number `json:"ticket_ids_open"`
		Assets struct {
			Ticket map[string]ticket
		}
	}
	err = h.client.Get(ctx, "/ticket_customer", url.Values{"customer_id": {who.ID.String()}}, &reply)
	if err == nil && reply.Open == nil {
		err = httpclient.Lacks("ticket_ids_open", false)
	}
	if err != nil {
		return helpdesk.OpenTickets{}, h.explain(err)
	}
	open.Count = len(*reply.Open)
	if open.Count > 0 {
		open.Page = h.client.URL() + "/#user/profile/" + who.ID.String()
	}
	for _, id := range (*reply.Open)[:min(open.Count, helpdesk.MaxNewest)] {
		t := reply.Assets.Ticket[id.String()]
		open.Newest = append(open.Newest, helpdesk.OpenTicket{Ticket: h.known(t), Title: t.text("title")})
	}
	return open, nil
}

// user returns the user with a login or e-mail.
func (h *HelpDesk) user(ctx context.Context, name string) (user, bool, error) {
	if name == "" {
		return user{}, false, nil
	}
	var list []user
	err := h.client.Get(ctx, "/users/search", url.Values{"query": {name}, "limit": {"100"}, "expand": {"true"}}, &list)
	for _, u := range list {
		if strings.EqualFold(u.Login, name) || strings.EqualFold(u.Email, name) {
			return u, true, err
		}
	}
	return user{}, false, err
}

// Append implements helpdesk.HelpDesk. The article is a call of the customer, an internal note of an
// agent or, with Talk, an agent's call that accounts the time.
func (h *HelpDesk) Append(ctx context.Context, n helpdesk.Note) error {
	body := map[string]any{
		"ticket_id": json.Number(n.Ticket.ID), "subject": n.Subject, "body": n.Text(), "content_type": "text/plain",
		"type": "phone", "sender": "Customer", "internal": false,
	}
	if n.Internal {
		body["type"], body["sender"], body["internal"] = "note", "Agent", true
	}
	if n.Talk > 0 {
		body["sender"], body["internal"] = "Agent", true
		body["time_unit"] = strconv.FormatFloat(max(0.1, n.Talk.Round(6*time.Second).Minutes()), 'f', 1, 64)
	}
	var created struct{ ID json.Number }
	err := h.post(ctx, "/ticket_articles", body, n.Agent.Login, &created)
	if err == nil && created.ID == "" {
		err = httpclient.Lacks("article", true)
	}
	return h.refusedNote(err, n.Ticket.Number)
}

// Noted implements helpdesk.HelpDesk.
func (h *HelpDesk) Noted(ctx context.Context, n helpdesk.Note) (bool, error) {
	var list []struct{ Body string }
	err := h.client.Get(ctx, "/ticket_articles/by_ticket/"+url.PathEscape(n.Ticket.ID), nil, &list)
	if err != nil {
		return false, h.explain(err)
	}
	for _, a := range list {
		if strings.Contains(a.Body, n.Mark()) {
			return true, nil
		}
	}
	return false, nil
}
