// Package znuny creates tickets in Znuny, OTRS and OTOBO over their Generic Interface (REST), with
// the web service in packaging/znuny.
package znuny

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// DefaultWebService is the name of the shipped web service.
const DefaultWebService = "Traybell"

// Options configure a HelpDesk. URL, Username, Password and Log are required.
type Options struct {
	URL        string // up to and without index.pl: "https://desk.example.com/otrs"
	WebService string // its name in the help desk; empty: DefaultWebService
	Username   string // the hub's agent there
	Password   string
	// Version is 5 for OTRS 5, whose articles have a type; 6 or 0 for OTRS 6, Znuny and OTOBO,
	// whose articles have a channel.
	Version int
	// UnknownCustomer is the customer login for callers that the help desk does not know. Empty:
	// their tickets are refused.
	UnknownCustomer string
	CallField       string // dynamic field for the call's id; empty: none, and Find cannot look up
	CallerField     string // dynamic field for the caller's number; empty: none
	Routes          Routes
	Timeout         time.Duration     // of a request; 0: httpclient.DefaultTimeout
	Transport       http.RoundTripper // nil: http.DefaultTransport
	Log             *slog.Logger
}

// Routes are the paths of the web service. An empty one is that of the shipped web service.
type Routes struct {
	Session string // POST, "/Session"
	Create  string // POST, "/Ticket"
	Search  string // POST, "/TicketSearch"
	Get     string // GET, "/Ticket/:TicketID"
	Update  string // PATCH, "/Ticket/:TicketID"
}

// HelpDesk is a Znuny, OTRS or OTOBO.
type HelpDesk struct {
	o       Options
	client  *httpclient.Client
	session *httpclient.Session
}

// New returns the adapter; it does not connect.
func New(o Options) (*HelpDesk, error) {
	if o.Username == "" || o.Password == "" {
		return nil, &helpdesk.OptionError{
			Key: "username",
			Err: errors.New("it needs a password: those of the hub's agent in the help desk"),
		}
	}
	address, _, _ := strings.Cut(o.URL, "/index.pl")
	client, err := httpclient.New(httpclient.Options{
		URL: address, Timeout: o.Timeout, Transport: o.Transport, Secrets: []string{o.Password},
	})
	if err != nil {
		return nil, err
	}
	o.WebService = cmp.Or(o.WebService, DefaultWebService)
	o.Routes.Session = cmp.Or(o.Routes.Session, "/Session")
	o.Routes.Create = cmp.Or(o.Routes.Create, "/Ticket")
	o.Routes.Search = cmp.Or(o.Routes.Search, "/TicketSearch")
	o.Routes.Get = cmp.Or(o.Routes.Get, "/Ticket/:TicketID")
	o.Routes.Update = cmp.Or(o.Routes.Update, "/Ticket/:TicketID")
	h := &HelpDesk{o: o, client: client}
	h.session = httpclient.NewSession(h.signIn)
	return h, nil
}

// Create implements helpdesk.HelpDesk: a ticket with one phone article. It is not idempotent.
func (h *HelpDesk) Create(ctx context.Context, draft helpdesk.Draft) (helpdesk.Ticket, error) {
	customer := h.o.UnknownCustomer
	if draft.Customer != nil && draft.Customer.Login != "" {
		customer = draft.Customer.Login
	}
	if customer == "" {
		return helpdesk.Ticket{}, &helpdesk.Error{
			Reason: "The caller is not a customer of the help desk, which refuses tickets without one; an " +
				"administrator can set a customer for such calls in hub.yml: help_desk.unknown_customer.",
			Refused: true,
		}
	}
	created, err := h.create(ctx, draft, customer)
	var refused *refusal
	if errors.As(err, &refused) && refused.parameter() == "CustomerUser" && customer != h.o.UnknownCustomer &&
		h.o.UnknownCustomer != "" {
		// The customer is from another directory. Nothing was created, so the request can be
		// repeated.
		h.o.Log.Warn("customer unknown to help desk, using unknown_customer",
			"customer", customer, "call", draft.CallID)
		customer = h.o.UnknownCustomer
		created, err = h.create(ctx, draft, customer)
	}
	if err != nil {
		return helpdesk.Ticket{}, h.explain(err, draft, customer)
	}
	return h.ticket(created.TicketID, created.TicketNumber), nil
}

type createdTicket struct {
	TicketID     id
	TicketNumber id
}

func (h *HelpDesk) create(ctx context.Context, draft helpdesk.Draft, customer string) (createdTicket, error) {
	title := cmp.Or(draft.Title, draft.DefaultTitle())
	ticket := map[string]any{
		"Title": title, "Queue": draft.Queue, "State": cmp.Or(draft.State, "new"),
		"Priority": cmp.Or(draft.Priority, "3 normal"), "CustomerUser": customer,
	}
	if draft.Type != "" { // refused if ticket types are switched off
		ticket["Type"] = draft.Type
	}
	if draft.Owner != "" {
		ticket["Owner"] = draft.Owner
	}
	// Without channel and sender the call would become an internal note of an agent.
	article := map[string]any{
		"SenderType": "customer", "Subject": title, "Body": cmp.Or(draft.Body, title),
		"ContentType":    "text/plain; charset=utf-8",
		"HistoryType":    "PhoneCallCustomer",
		"HistoryComment": "Created from a call by " + cmp.Or(draft.Agent.Name, draft.Agent.Login, "traybell"),
	}
	h.setChannel(article, true)
	body := map[string]any{"Ticket": ticket, "Article": article}
	var fields []map[string]string
	for _, f := range []struct{ name, value string }{{h.o.CallField, draft.CallID}, {h.o.CallerField, draft.Number}} {
		if f.name != "" && f.value != "" {
			fields = append(fields, map[string]string{"Name": f.name, "Value": f.value})
		}
	}
	if fields != nil { // an empty list is refused
		body["DynamicField"] = fields
	}
	var created createdTicket
	err := h.ask(ctx, request{method: http.MethodPost, route: h.o.Routes.Create, body: body, writes: true}, &created)
	if err == nil && (created.TicketID == "" || created.TicketNumber == "") {
		err = httpclient.Lacks("ticket", true)
	}
	return created, err
}

// setChannel makes an article a phone call.
func (h *HelpDesk) setChannel(article map[string]any, visibleForCustomer bool) {
	if h.o.Version == 5 {
		article["ArticleType"] = "phone" // version 6 silently ignores it
		return
	}
	article["CommunicationChannel"], article["IsVisibleForCustomer"] = "Phone", 0
	if visibleForCustomer {
		article["IsVisibleForCustomer"] = 1
	}
}

// setInternal makes an article a note that customers do not see.
func (h *HelpDesk) setInternal(article map[string]any) {
	if h.o.Version == 5 {
		article["ArticleType"] = "note-internal"
		return
	}
	article["CommunicationChannel"], article["IsVisibleForCustomer"] = "Internal", 0
}

// Find implements helpdesk.HelpDesk.
func (h *HelpDesk) Find(ctx context.Context, callID string) (ticket helpdesk.Ticket, ok bool, err error) {
	if callID == "" {
		return helpdesk.Ticket{}, false, nil // a search for an empty field finds every ticket
	}
	if h.o.CallField == "" {
		return helpdesk.Ticket{}, false, helpdesk.CannotLookUp(
			"The hub stores no call ids in the help desk (help_desk.dynamic_fields.call is empty) and " +
				"cannot tell whether the ticket was created; please look there.",
		)
	}
	ids, err := h.search(ctx, map[string]any{
		"DynamicField_" + h.o.CallField: map[string]string{"Equals": callID}, "Limit": 20, "SortBy": "Age",
		"OrderBy": "Up",
	})
	if err != nil || len(ids) == 0 {
		return helpdesk.Ticket{}, false, h.explain(err, helpdesk.Draft{}, "")
	}
	// A search by a field that does not exist ignores it and finds every ticket: compare the value.
	tickets, err := h.get(ctx, ids)
	if err != nil {
		return helpdesk.Ticket{}, false, h.explain(err, helpdesk.Draft{}, "")
	}
	var found *foundTicket
	fieldSeen := false
	for i, t := range tickets {
		value, has := t.field(h.o.CallField)
		fieldSeen = fieldSeen || has
		if has && value == callID && (found == nil || compare(t.TicketID, found.TicketID) < 0) {
			found = &tickets[i]
		}
	}
	switch {
	case found != nil:
		return h.ticket(found.TicketID, found.TicketNumber), true, nil
	case !fieldSeen:
		return helpdesk.Ticket{}, false, helpdesk.CannotLookUp(missingField(h.o.CallField))
	}
	return helpdesk.Ticket{}, false, nil
}

// foundTicket is a ticket of TicketGet.
type foundTicket struct {
	TicketID     id
	TicketNumber id
	Title        string

	CustomerUserID string
	DynamicField   []struct {
		Name  string
		Value any // null if empty, a list for some types of field
	}
}

func (t foundTicket) field(name string) (value string, ok bool) {
	for _, f := range t.DynamicField {
		if f.Name == name {
			value, _ = f.Value.(string)
			return value, true
		}
	}
	return "", false
}

// search returns the ids of tickets that the hub's user may see.
func (h *HelpDesk) search(ctx context.Context, filter map[string]any) ([]id, error) {
	var reply struct{ TicketID idList }
	err := h.ask(ctx, request{method: http.MethodPost, route: h.o.Routes.Search, body: filter}, &reply)
	return reply.TicketID, err
}

func (h *HelpDesk) get(ctx context.Context, ids []id) ([]foundTicket, error) {
	joined := make([]string, len(ids))
	for i, each := range ids {
		joined[i] = url.PathEscape(string(each))
	}
	var reply struct{ Ticket []foundTicket }
	route := strings.ReplaceAll(h.o.Routes.Get, ":TicketID", strings.Join(joined, ","))
	err := h.ask(ctx, request{method: http.MethodGet, route: route, query: url.Values{"DynamicFields": {"1"}}}, &reply)
	return reply.Ticket, err
}

// FormLink implements helpdesk.Form. The form names the queue by its id, which the web service does
// not tell.
func (h *HelpDesk) FormLink(context.Context, helpdesk.Wanted) (string, error) {
	return h.client.URL() + "/index.pl?Action=AgentTicketPhone;Subaction=StoreNew;ExpandCustomerName=2;" +
		"CustomerUser=<PIM_CUSTOMER_UserLogin>;Subject=<PIM_CID>;DynamicField_" + h.o.CallField + "=<PIM_CALLID>", nil
}

// ticket adds the URL of the ticket's page. Znuny separates the parameters with semicolons.
func (h *HelpDesk) ticket(key, number id) helpdesk.Ticket {
	return helpdesk.Ticket{
		ID: string(key), Number: string(number),
		URL: h.client.URL() + "/index.pl?Action=AgentTicketZoom;TicketNumber=" + url.QueryEscape(string(number)),
	}
}

// Check implements helpdesk.Adapter: it signs in, searches and looks for the dynamic fields. The web
// service cannot look up queues, states and owners.
func (h *HelpDesk) Check(ctx context.Context, _ []helpdesk.Wanted) (found []string, err error) {
	if _, err := h.session.Open(ctx, h.session.ID()); err != nil {
		return nil, h.explain(err, helpdesk.Draft{}, "")
	}
	found = append(found, fmt.Sprintf("Signed in to %s as %q with the web service %q.", h.client.URL(), h.o.Username,
		h.o.WebService))
	tickets, err := h.search(ctx, map[string]any{"Limit": 1})
	if err != nil {
		return found, h.explain(err, helpdesk.Draft{}, "")
	}
	var missing []error
	if len(tickets) == 0 {
		found = append(
			found,
			fmt.Sprintf(helpdesk.Doubt+"%q sees no ticket. If the help desk has tickets, the user lacks rights on "+
				"their queues. The dynamic fields cannot be checked yet.", h.o.Username),
		)
	} else {
		found = append(found, "Searching works.")
		if _, err := h.get(ctx, tickets); err != nil {
			return found, h.explain(err, helpdesk.Draft{}, "")
		}
		for _, name := range h.fields() {
			exists, err := h.hasField(ctx, name)
			switch {
			case err != nil:
				return found, h.explain(err, helpdesk.Draft{}, "")
			case exists:
				found = append(found, fmt.Sprintf("The dynamic field %q exists.", name))
			default:
				missing = append(missing, &helpdesk.Error{Reason: missingField(name)})
			}
		}
	}
	if h.o.CallField == "" {
		found = append(found, "No dynamic field for the call's id is set: after a lost answer the hub cannot tell "+
			"whether a ticket was created.")
	}
	if h.o.UnknownCustomer == "" {
		found = append(found, "No unknown_customer is set: tickets of unknown callers will be refused.")
	}
	return found, errors.Join(missing...)
}

// hasField reports whether a dynamic field exists, provided that there are tickets: a search by one
// that does not exist ignores it and finds every ticket.
func (h *HelpDesk) hasField(ctx context.Context, name string) (bool, error) {
	tickets, err := h.search(ctx, map[string]any{
		"DynamicField_" + name: map[string]string{"Equals": "traybell checks whether this field exists"}, "Limit": 1,
	})
	return len(tickets) == 0, err
}

// fields are the names of the dynamic fields in use.
func (h *HelpDesk) fields() []string {
	var names []string
	for _, name := range []string{h.o.CallField, h.o.CallerField} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}
