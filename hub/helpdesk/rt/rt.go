// Package rt creates tickets in Request Tracker 5 over REST 2.0.
package rt

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// Options configure a HelpDesk. URL, Token and Log are required.
type Options struct {
	URL             string            // of the start page: "https://rt.example.com"
	Token           string            // of the hub's user
	UnknownCustomer string            // user name of the requestor for unknown callers; empty: no requestor
	CallField       string            // ticket custom field for the call's id; empty: none, and Find cannot look up
	CallerField     string            // ticket custom field for the caller's number; empty: none
	AsAgent         bool              // the agent who presses owns the ticket, unless the template names an owner
	Timeout         time.Duration     // of a request; 0: httpclient.DefaultTimeout
	Transport       http.RoundTripper // nil: http.DefaultTransport
	Log             *slog.Logger
}

// HelpDesk is a Request Tracker.
type HelpDesk struct {
	o      Options
	client *httpclient.Client

	ready  sync.Map    // names of queues whose tickets have CallField
	keeps  sync.Map    // names of queues whose tickets keep its value
	blind  atomic.Bool // a ticket has lost its value
	listed atomic.Bool // some queue has CallField
}

// New returns the adapter; it does not connect.
func New(o Options) (*HelpDesk, error) {
	if o.Token == "" {
		return nil, &helpdesk.OptionError{
			Key: "token",
			Err: errors.New("it is missing: that of the hub's user in Request Tracker"),
		}
	}
	address, _, _ := strings.Cut(o.URL, "/REST/")
	client, err := httpclient.New(httpclient.Options{
		URL: address, API: "/REST/2.0", Timeout: o.Timeout, Transport: o.Transport, Secrets: []string{o.Token},
		Header: http.Header{"Authorization": {"token " + o.Token}},
	})
	if err != nil {
		return nil, err
	}
	return &HelpDesk{o: o, client: client}, nil
}

// Create implements helpdesk.HelpDesk. It is not idempotent.
func (h *HelpDesk) Create(ctx context.Context, draft helpdesk.Draft) (helpdesk.Ticket, error) {
	if err := h.prepare(ctx, draft.Queue); err != nil {
		return helpdesk.Ticket{}, err
	}
	requestor, err := h.requestor(ctx, draft)
	if err != nil {
		return helpdesk.Ticket{}, h.explain(err)
	}
	title := cmp.Or(draft.Title, draft.DefaultTitle())
	ticket := map[string]any{
		"Queue": draft.Queue, "Subject": title, "Content": cmp.Or(draft.Body, title), "ContentType": "text/plain",
	}
	owner := draft.Owner
	if owner == "" && h.o.AsAgent {
		owner = draft.Agent.Login // an unknown one is ignored
	}
	for name, value := range map[string]string{
		"Requestor": requestor, "Owner": owner, "Status": draft.State, "Priority": draft.Priority,
	} {
		if value != "" {
			ticket[name] = value
		}
	}
	fields := map[string]string{}
	for name, value := range map[string]string{h.o.CallField: draft.CallID, h.o.CallerField: draft.Number} {
		if name != "" && value != "" {
			fields[name] = value
		}
	}
	ticket["CustomFields"] = fields
	var created struct{ ID json.Number }
	err = h.client.Ask(ctx, httpclient.Request{
		Method: http.MethodPost, Path: "/ticket", JSON: ticket, Writes: true,
	}, &created)
	if err == nil && created.ID == "" {
		err = httpclient.Lacks("ticket", true)
	}
	if err != nil {
		return helpdesk.Ticket{}, h.refused(err, draft)
	}
	h.confirm(ctx, draft, created.ID)
	return h.ticket(created.ID), nil
}

// prepare makes sure that a queue's tickets have the field for the call's id: Request Tracker ignores
// fields that do not exist, and a search by one finds nothing.
func (h *HelpDesk) prepare(ctx context.Context, name string) error {
	if _, ready := h.ready.Load(name); ready || name == "" || h.o.CallField == "" {
		return nil // without a queue the request is refused
	}
	q, err := h.queue(ctx, name)
	if err != nil {
		return h.explain(err)
	}
	if q.field(h.o.CallField) == "" {
		return &helpdesk.Error{Reason: missingField(h.o.CallField, name), Refused: true}
	}
	h.ready.Store(name, true)
	h.listed.Store(true)
	return nil
}

// confirm reads the first ticket of a queue: without the right to set custom fields, tickets are
// created without them.
func (h *HelpDesk) confirm(ctx context.Context, draft helpdesk.Draft, id json.Number) {
	if _, keeps := h.keeps.Load(draft.Queue); keeps || h.o.CallField == "" {
		return
	}
	var t found
	if err := h.client.Get(ctx, "/ticket/"+id.String(), nil, &t); err != nil {
		return // the next ticket will tell
	}
	if !t.of(h.o.CallField, draft.CallID) {
		h.blind.Store(true)
		h.o.Log.Error("the ticket has lost the call's id", "ticket", id, "call", draft.CallID,
			"fix", noRight(h.o.CallField))
		return
	}
	h.keeps.Store(draft.Queue, true)
}

// queue is what the adapter reads of a queue.
type queue struct {
	ID                 json.Number
	TicketCustomFields []struct {
		ID   json.Number
		Name string
	}
	Hyperlinks []struct{ Ref, Type string } `json:"_hyperlinks"`
}

// field returns the id of a ticket's custom field; empty if the queue has none of that name.
func (q queue) field(name string) string {
	for _, f := range q.TicketCustomFields {
		if f.Name == name {
			return f.ID.String()
		}
	}
	return ""
}

// queue reads a queue. One that does not exist, or that the user may not see, is a
// *helpdesk.Error.
func (h *HelpDesk) queue(ctx context.Context, name string) (q queue, err error) {
	err = h.client.Get(ctx, "/queue/"+url.PathEscape(name), nil, &q)
	var failed *httpclient.Error
	if message(err) != "" && errors.As(err, &failed) &&
		(failed.Status == http.StatusForbidden || failed.Status == http.StatusNotFound) {
		err = &helpdesk.Error{
			Reason: fmt.Sprintf("The queue %q does not exist in Request Tracker, or the hub's user lacks the right "+
				"SeeQueue on it: an administrator must correct queue of the ticket template in hub.yml, or give the "+
				"right.", name),
			Refused: true, Err: err,
		}
	}
	return q, err
}

// requestor returns the user name or the address of the customer. Request Tracker ignores user names
// that it does not know, and makes users of addresses.
func (h *HelpDesk) requestor(ctx context.Context, draft helpdesk.Draft) (string, error) {
	c := draft.Customer
	if c == nil {
		return h.o.UnknownCustomer, nil
	}
	if c.Login != "" {
		known, err := h.knows(ctx, c.Login)
		if err != nil || known {
			return c.Login, err
		}
	}
	if strings.Contains(c.Email, "@") {
		return c.Email, nil
	}
	return h.o.UnknownCustomer, nil
}

// knows reports whether there is a user with a name.
func (h *HelpDesk) knows(ctx context.Context, name string) (bool, error) {
	err := h.client.Get(ctx, "/user/"+url.PathEscape(name), nil, nil)
	var failed *httpclient.Error
	if message(err) != "" && errors.As(err, &failed) && failed.Cause == httpclient.NotFound {
		return false, nil
	}
	return err == nil, err
}

func (h *HelpDesk) ticket(id json.Number) helpdesk.Ticket {
	return helpdesk.Ticket{
		ID: id.String(), Number: id.String(), URL: h.client.URL() + "/Ticket/Display.html?id=" + id.String(),
	}
}
