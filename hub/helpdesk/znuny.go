package helpdesk

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
)

// DefaultWebService is the name of the shipped web service.
const DefaultWebService = "Traybell"

// ZnunyOptions describe a Znuny, OTRS or OTOBO. No field is filled in by itself unless it says so.
type ZnunyOptions struct {
	URL        string // up to and without index.pl: "https://desk.example.com/otrs"
	WebService string // its name in the help desk; empty: DefaultWebService
	Username   string // the hub's own agent there
	Password   string
	// 5: OTRS 5, whose articles have a type. 6 or 0: OTRS 6, Znuny, OTOBO, whose articles have a
	// channel
	Version int
	// customer login for callers whom the help desk does not know; empty: their tickets are refused
	UnknownCustomer string
	CallField       string // dynamic field for the call's id; empty: not kept, and Find cannot tell
	CallerField     string // dynamic field for the caller's number; empty: not kept
	Routes          ZnunyRoutes
	Timeout         time.Duration     // for one answer; 0: 10 seconds
	Transport       http.RoundTripper // nil: the usual one
	Log             *slog.Logger      // needed
}

// ZnunyRoutes are the web service's paths; an empty one is the shipped web service's.
type ZnunyRoutes struct {
	Session string // POST, "/Session"
	Create  string // POST, "/Ticket"
	Search  string // POST, "/TicketSearch"
	Get     string // GET, "/Ticket/:TicketID"
	Update  string // PATCH, "/Ticket/:TicketID"
}

// Znuny makes tickets over the Generic Interface (REST) of Znuny, OTRS or OTOBO.
type Znuny struct {
	o       ZnunyOptions
	base    string // without a slash at the end
	client  *http.Client
	session session
}

// NewZnuny makes the adapter; it does not connect.
func NewZnuny(o ZnunyOptions) (*Znuny, error) {
	u, err := url.Parse(o.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil,
			fmt.Errorf("help_desk.url %q is not the address of a help desk: write it like https://desk.example.com/otrs",
				o.URL)
	}
	if u.User != nil {
		return nil, errors.New("help_desk.url must not hold a password: use help_desk.username and password_file")
	}
	if o.Username == "" || o.Password == "" {
		return nil, errors.New("help_desk needs username and password: those of the hub's own agent in the help desk")
	}
	u.RawQuery, u.Fragment = "", ""
	o.WebService = cmp.Or(o.WebService, DefaultWebService)
	o.Routes.Session = cmp.Or(o.Routes.Session, "/Session")
	o.Routes.Create = cmp.Or(o.Routes.Create, "/Ticket")
	o.Routes.Search = cmp.Or(o.Routes.Search, "/TicketSearch")
	o.Routes.Get = cmp.Or(o.Routes.Get, "/Ticket/:TicketID")
	o.Routes.Update = cmp.Or(o.Routes.Update, "/Ticket/:TicketID")
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	return &Znuny{
		o:    o,
		base: strings.TrimRight(strings.TrimSuffix(strings.TrimRight(u.String(), "/"), "/index.pl"), "/"),
		client: &http.Client{
			Transport: o.Transport,
			// A redirect would carry the password to wherever it points, and turn a POST into a
			// GET.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		session: session{turn: make(chan struct{}, 1)},
	}, nil
}

// Create makes one ticket with one phone article. The interface knows no idempotency: after an
// Uncertain error, Find tells.
func (z *Znuny) Create(ctx context.Context, draft Draft) (Ticket, error) {
	customer := z.o.UnknownCustomer
	if draft.Customer != nil && draft.Customer.Login != "" {
		customer = draft.Customer.Login
	}
	if customer == "" {
		return Ticket{}, &Error{
			Reason: "The caller is no customer of the help desk, which refuses tickets without one; an " +
				"administrator can name a customer for such calls in hub.yml: help_desk.unknown_customer.",
			Refused: true,
		}
	}
	made, err := z.create(ctx, draft, customer)
	var refused *refusal
	if errors.As(err, &refused) && refused.parameter() == "CustomerUser" && customer != z.o.UnknownCustomer &&
		z.o.UnknownCustomer != "" {
		// The customer is of another directory. The refusal came before anything was made, so the
		// ticket is asked for once more.
		z.o.Log.Warn("the help desk does not know a customer; the ticket goes to unknown_customer",
			"customer", customer, "call", draft.CallID)
		customer = z.o.UnknownCustomer
		made, err = z.create(ctx, draft, customer)
	}
	if err != nil {
		return Ticket{}, z.explain(err, draft, customer)
	}
	return Ticket{
		ID: string(made.TicketID), Number: string(made.TicketNumber), URL: z.zoom(string(made.TicketNumber)),
	}, nil
}

type createdTicket struct {
	TicketID     id
	TicketNumber id
}

func (z *Znuny) create(ctx context.Context, draft Draft, customer string) (made createdTicket, err error) {
	title := cmp.Or(draft.Title, "Call from "+callerName(draft))
	ticket := map[string]any{
		"Title": title, "Queue": draft.Queue, "State": cmp.Or(draft.State, "new"),
		"Priority": cmp.Or(draft.Priority, "3 normal"), "CustomerUser": customer,
	}
	if draft.Type != "" { // refused where types are switched off
		ticket["Type"] = draft.Type
	}
	if draft.Owner != "" {
		ticket["Owner"] = draft.Owner
	}
	// Where the channel and the sender are left out, the call becomes an agent's internal note.
	article := map[string]any{
		"SenderType": "customer", "Subject": title, "Body": cmp.Or(draft.Body, title),
		"ContentType":    "text/plain; charset=utf-8",
		"HistoryType":    "PhoneCallCustomer",
		"HistoryComment": "Made from a call by " + cmp.Or(draft.Agent.Name, draft.Agent.Login, "traybell"),
	}
	if z.o.Version == 5 {
		article["ArticleType"] = "phone" // which 6 ignores in silence
	} else {
		article["CommunicationChannel"] = "Phone"
		article["IsVisibleForCustomer"] = 1
	}
	body := map[string]any{"Ticket": ticket, "Article": article}
	var fields []map[string]string
	for _, f := range []struct{ name, value string }{{z.o.CallField, draft.CallID}, {z.o.CallerField, draft.Number}} {
		if f.name != "" && f.value != "" {
			fields = append(fields, map[string]string{"Name": f.name, "Value": f.value})
		}
	}
	if fields != nil { // an empty list is refused
		body["DynamicField"] = fields
	}
	if err := z.ask(ctx, request{method: http.MethodPost, route: z.o.Routes.Create, body: body, writes: true}, &made); err != nil {
		return createdTicket{}, err
	}
	if made.TicketID == "" || made.TicketNumber == "" {
		return createdTicket{}, &failure{
			kind: strange, sent: true, writes: true, err: errors.New("the reply names no ticket"),
		}
	}
	return made, nil
}

// Find looks for the ticket that holds the call's id; the oldest, should there be several.
func (z *Znuny) Find(ctx context.Context, callID string) (ticket Ticket, ok bool, err error) {
	if callID == "" {
		return Ticket{}, false, nil // a search for an empty field would find every ticket
	}
	if z.o.CallField == "" {
		return Ticket{}, false, &Error{
			Reason: "The hub keeps no call ids in the help desk (help_desk.dynamic_fields.call is empty) and so " +
				"cannot tell whether the ticket was made; please look there.",
		}
	}
	ids, err := z.search(ctx, map[string]any{
		"DynamicField_" + z.o.CallField: map[string]string{"Equals": callID}, "Limit": 20, "SortBy": "Age",
		"OrderBy": "Up",
	})
	if err != nil || len(ids) == 0 {
		return Ticket{}, false, z.explain(err, Draft{}, "")
	}
	// Where the field does not exist, the search ignores it and finds every ticket: so the field is
	// read back.
	tickets, err := z.get(ctx, ids)
	if err != nil {
		return Ticket{}, false, z.explain(err, Draft{}, "")
	}
	var found *foundTicket
	fieldSeen := false
	for i, t := range tickets {
		value, has := t.field(z.o.CallField)
		fieldSeen = fieldSeen || has
		if has && value == callID && (found == nil || older(t.TicketID, found.TicketID)) {
			found = &tickets[i]
		}
	}
	if found == nil {
		if !fieldSeen {
			return Ticket{}, false, &Error{Reason: z.noField(z.o.CallField)}
		}
		return Ticket{}, false, nil
	}
	return Ticket{
		ID: string(found.TicketID), Number: string(found.TicketNumber), URL: z.zoom(string(found.TicketNumber)),
	}, true, nil
}

// foundTicket is what is needed of a ticket that TicketGet returns.
type foundTicket struct {
	TicketID     id
	TicketNumber id
	Title        string
	DynamicField []struct {
		Name  string
		Value any // null where it is empty, a list for some kinds
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

// search returns ids of tickets that the hub's user may see.
func (z *Znuny) search(ctx context.Context, filter map[string]any) ([]id, error) {
	var reply struct{ TicketID idList }
	err := z.ask(ctx, request{method: http.MethodPost, route: z.o.Routes.Search, body: filter}, &reply)
	return reply.TicketID, err
}

func (z *Znuny) get(ctx context.Context, ids []id) ([]foundTicket, error) {
	joined := make([]string, len(ids))
	for i, each := range ids {
		joined[i] = url.PathEscape(string(each))
	}
	var reply struct{ Ticket []foundTicket }
	route := strings.ReplaceAll(z.o.Routes.Get, ":TicketID", strings.Join(joined, ","))
	err := z.ask(ctx, request{method: http.MethodGet, route: route, query: url.Values{"DynamicFields": {"1"}}}, &reply)
	return reply.Ticket, err
}

// zoom is the ticket's page. The separator is the help desk's own.
func (z *Znuny) zoom(number string) string {
	return z.base + "/index.pl?Action=AgentTicketZoom;TicketNumber=" + url.QueryEscape(number)
}
