// Package freescout creates tickets (conversations) in FreeScout over the API of its module API &
// Webhooks.
package freescout

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// Options configure a HelpDesk. URL, Token, Username and Log are required.
type Options struct {
	URL   string // of the start page: "https://desk.example.com"
	Token string // the API key
	// Username is the e-mail of the hub's user, who writes the notes of agents that FreeScout does
	// not know.
	Username string
	// UnknownCustomer is the e-mail of the customer for callers without one. Empty: their tickets
	// are refused.
	UnknownCustomer string
	AsAgent         bool // the ticket is assigned to the agent who presses, unless the template has an owner
	Timeout         time.Duration
	Transport       http.RoundTripper // nil: http.DefaultTransport
	Log             *slog.Logger
}

// HelpDesk is a FreeScout.
type HelpDesk struct {
	o      Options
	client *httpclient.Client
}

// New returns the adapter; it does not connect.
func New(o Options) (*HelpDesk, error) {
	if o.Token == "" || o.Username == "" {
		return nil, &helpdesk.OptionError{
			Key: "token",
			Err: errors.New("FreeScout's API key is needed here, and the e-mail of the hub's user in username"),
		}
	}
	address, _, _ := strings.Cut(o.URL, "/api/")
	client, err := httpclient.New(httpclient.Options{
		URL: address, API: "/api", Timeout: o.Timeout, Transport: o.Transport, Secrets: []string{o.Token},
		Header: http.Header{"X-Freescout-Api-Key": {o.Token}, "Accept": {"application/json"}},
	})
	if err != nil {
		return nil, err
	}
	return &HelpDesk{o: o, client: client}, nil
}

// add creates something and returns its id, which comes in a header.
func (h *HelpDesk) add(ctx context.Context, path string, body map[string]any) (string, error) {
	resp, err := h.client.Do(ctx, httpclient.Request{
		Method: http.MethodPost, Path: path, JSON: body, Writes: true,
	})
	if err != nil {
		return "", err
	}
	id := resp.Header.Get("Resource-ID")
	if _, err := strconv.ParseUint(id, 10, 63); err != nil {
		return "", resp.Bad(errors.New("no Resource-ID in the reply"))
	}
	return id, nil
}

type conversation struct {
	ID       json.Number
	Number   json.Number
	Subject  string
	Status   string
	State    string // "published", "draft" or "deleted"
	Customer struct {
		ID    json.Number
		Email string
	}
	Embedded struct {
		Threads []struct{ Body string }
	} `json:"_embedded"`
}

func (h *HelpDesk) known(c conversation) helpdesk.Ticket {
	return helpdesk.Ticket{
		ID: c.ID.String(), Number: cmp.Or(c.Number, c.ID).String(),
		URL: h.client.URL() + "/conversation/" + c.ID.String(),
	}
}

// The call's id ends the subject: the API searches no other text of a conversation.
func withCall(subject, callID string) string { return subject + " (" + callID + ")" }

var callSuffix = regexp.MustCompile(` \([^() ]+\)$`)

// Create implements helpdesk.HelpDesk: a phone conversation. It is not idempotent.
func (h *HelpDesk) Create(ctx context.Context, draft helpdesk.Draft) (helpdesk.Ticket, error) {
	body, err := h.body(ctx, draft)
	if err != nil {
		return helpdesk.Ticket{}, h.explain(err)
	}
	customers := h.customers(draft)
	if len(customers) == 0 {
		return helpdesk.Ticket{}, &helpdesk.Error{
			Reason: "The caller has no e-mail address, and FreeScout refuses tickets without one; an administrator " +
				"can " +
				"set an address for such calls in hub.yml: help_desk.unknown_customer.",
			Refused: true,
		}
	}
	var id string
	for i, customer := range customers {
		thread, _ := body["threads"].([]map[string]any)
		body["customer"], thread[0]["customer"] = customer, customer
		if id, err = h.add(ctx, "/conversations", body); !refusesCustomer(err) {
			break
		}
		if i+1 < len(customers) { // nothing was created
			h.o.Log.Warn("customer refused by help desk, using unknown_customer", "call", draft.CallID)
		}
	}
	if err != nil {
		return helpdesk.Ticket{}, h.refused(err)
	}
	return h.known(conversation{ID: json.Number(id)}), nil
}

// customers are the customers to try: the caller, then that for callers without e-mail.
func (h *HelpDesk) customers(draft helpdesk.Draft) (list []map[string]any) {
	if c := draft.Customer; c != nil {
		if id, ok := customerID(c.Login); ok && c.Email == "" {
			list = append(list, map[string]any{"id": json.Number(id)})
		} else if email := cmp.Or(c.Email, c.Login); email != "" {
			first, last, _ := strings.Cut(c.Name, " ")
			list = append(list, map[string]any{
				"email": email, "firstName": first, "lastName": last, "phone": draft.Number,
			})
		}
	}
	if h.o.UnknownCustomer != "" {
		list = append(list, map[string]any{"email": h.o.UnknownCustomer})
	}
	return list
}

func (h *HelpDesk) body(ctx context.Context, draft helpdesk.Draft) (map[string]any, error) {
	box, err := h.mailbox(ctx, draft.Queue)
	if err != nil {
		return nil, err
	}
	title := cmp.Or(draft.Title, draft.DefaultTitle())
	state := cmp.Or(strings.ToLower(draft.State), "active")
	if state == "new" || state == "open" {
		state = "active"
	}
	if !slices.Contains(states, state) {
		return nil, noValue("state", draft.State)
	}
	body := map[string]any{
		"type": "phone", "mailboxId": box, "subject": withCall(title, draft.CallID), "status": state,
		"threads": []map[string]any{{"type": "customer", "text": helpdesk.Markup(cmp.Or(draft.Body, title))}},
	}
	owner := draft.Owner
	if owner == "" && h.o.AsAgent {
		owner = draft.Agent.Login
	}
	if owner == "" {
		return body, nil
	}
	user, err := h.user(ctx, owner)
	switch {
	case err != nil:
		return nil, err
	case user != "":
		body["assignTo"] = user
	case draft.Owner != "":
		return nil, noValue("owner", draft.Owner)
	}
	return body, nil
}

var states = []string{"active", "pending", "closed"}

// mailbox returns the id of the mailbox with a name or an address.
func (h *HelpDesk) mailbox(ctx context.Context, name string) (json.Number, error) {
	var reply struct {
		Embedded struct {
			Mailboxes []struct {
				ID          json.Number
				Name, Email string
			}
		} `json:"_embedded"`
	}
	if err := h.client.Get(ctx, "/mailboxes", url.Values{"pageSize": {"100"}}, &reply); err != nil {
		return "", err
	}
	if reply.Embedded.Mailboxes == nil {
		return "", httpclient.Lacks("mailboxes", false)
	}
	for _, m := range reply.Embedded.Mailboxes {
		if name != "" && (strings.EqualFold(m.Name, name) || strings.EqualFold(m.Email, name)) {
			return m.ID, nil
		}
	}
	return "", noValue("queue", name)
}

// user returns the id of the user with an e-mail, or with a login that is the part before its @;
// empty if there is none.
func (h *HelpDesk) user(ctx context.Context, name string) (json.Number, error) {
	for page, pages := 1, 1; page <= pages; page++ {
		var reply struct {
			Embedded struct {
				Users []struct {
					ID    json.Number
					Email string
				}
			} `json:"_embedded"`
			Page paging
		}
		query := url.Values{"page": {strconv.Itoa(page)}, "pageSize": {"100"}}
		if err := h.client.Get(ctx, "/users", query, &reply); err != nil {
			return "", err
		}
		for _, u := range reply.Embedded.Users {
			if login, _, _ := strings.Cut(u.Email, "@"); strings.EqualFold(u.Email, name) ||
				strings.EqualFold(login, name) {
				return u.ID, nil
			}
		}
		pages = reply.Page.Pages
	}
	return "", nil
}

type paging struct {
	Size  int
	Total int `json:"totalElements"`
	Pages int `json:"totalPages"`
}

// list returns a page of conversations, newest first.
func (h *HelpDesk) list(ctx context.Context, query url.Values) (found []conversation, total int, err error) {
	var reply struct {
		Embedded struct {
			Conversations *[]conversation
		} `json:"_embedded"`
		Page paging
	}
	query.Set("sortField", "createdAt")
	query.Set("sortOrder", "desc")
	query.Set("pageSize", "50")
	err = h.client.Get(ctx, "/conversations", query, &reply)
	if err == nil && reply.Embedded.Conversations == nil {
		err = httpclient.Lacks("conversations", false)
	}
	if err != nil {
		return nil, 0, err
	}
	return *reply.Embedded.Conversations, reply.Page.Total, nil
}

// Find implements helpdesk.HelpDesk. If the search by the subject finds nothing, it looks at the
// newest conversations too.
func (h *HelpDesk) Find(ctx context.Context, callID string) (found helpdesk.Ticket, ok bool, err error) {
	if callID == "" {
		return helpdesk.Ticket{}, false, nil
	}
	for _, query := range []url.Values{{"subject": {callID}}, {"type": {"phone"}}} {
		list, _, err := h.list(ctx, query)
		if err != nil {
			return helpdesk.Ticket{}, false, h.explain(err)
		}
		for _, c := range list {
			if strings.HasSuffix(c.Subject, withCall("", callID)) {
				found, ok = h.known(c), true // the oldest one is last
			}
		}
		if ok {
			break
		}
	}
	return found, ok, nil
}

// idLogin begins the logins of customers without e-mail. Other directories have logins that are numbers.
const idLogin = "freescout-"

// customerID returns the id in a login; false: it is an e-mail, or from another directory.
func customerID(login string) (id string, ok bool) {
	id, ok = strings.CutPrefix(login, idLogin)
	return id, ok && strings.Trim(id, "0123456789") == "" && id != ""
}

// OpenTickets implements helpdesk.HelpDesk: active conversations. The customer is an e-mail, or has an
// id as the login.
func (h *HelpDesk) OpenTickets(ctx context.Context, customer string) (open helpdesk.OpenTickets, err error) {
	if customer == "" {
		return helpdesk.OpenTickets{}, nil
	}
	filter := "customerEmail"
	if id, ok := customerID(customer); ok {
		filter, customer = "customerId", id
	}
	list, total, err := h.list(ctx, url.Values{filter: {customer}, "status": {"active"}})
	if err != nil {
		return helpdesk.OpenTickets{}, h.explain(err)
	}
	for _, c := range list {
		if c.Customer.ID.String() != customer && !strings.EqualFold(c.Customer.Email, customer) {
			total = 0 // the filter is ignored: count what is seen
			continue
		}
		open.Count++
		if len(open.Newest) < helpdesk.MaxNewest {
			open.Newest = append(open.Newest, helpdesk.OpenTicket{
				Ticket: h.known(c), Title: callSuffix.ReplaceAllString(c.Subject, ""),
			})
		}
	}
	open.Count = max(open.Count, total)
	if len(open.Newest) == 0 {
		open.Count = 0
	}
	return open, nil
}

// ByNumber implements helpdesk.Numbers.
func (h *HelpDesk) ByNumber(ctx context.Context, number string) (t helpdesk.NumberedTicket, ok bool, err error) {
	number, ok = helpdesk.Counted(number)
	if !ok {
		return t, false, nil
	}
	list, _, err := h.list(ctx, url.Values{"number": {number}})
	if err != nil {
		return t, false, h.explain(err)
	}
	for _, c := range list {
		ticket := h.known(c)
		if ticket.Number != number {
			return t, false, helpdesk.CannotLookUp("FreeScout does not search conversations by their numbers: an " +
				"administrator must update its module API & Webhooks.")
		}
		if c.State == "deleted" || c.State == "draft" {
			continue
		}
		t.Ticket, t.Title = ticket, callSuffix.ReplaceAllString(c.Subject, "")
		if !strings.EqualFold(c.Customer.Email, h.o.UnknownCustomer) {
			t.Customers = helpdesk.Known("", c.Customer.Email, idLogin+c.Customer.ID.String())
		}
		return t, true, nil
	}
	return t, false, nil
}

// Append implements helpdesk.HelpDesk: a note, which customers do not see. Talk time is in its text
// only.
func (h *HelpDesk) Append(ctx context.Context, n helpdesk.Note) error {
	user, err := h.user(ctx, cmp.Or(n.Agent.Login, h.o.Username))
	if err == nil && user == "" {
		if user, err = h.user(ctx, h.o.Username); err == nil && user == "" {
			err = noValue("username", h.o.Username)
		}
	}
	if err == nil {
		_, err = h.add(ctx, "/conversations/"+url.PathEscape(n.Ticket.ID)+"/threads", map[string]any{
			"type": "note", "text": helpdesk.Markup(n.Text()), "user": user,
		})
	}
	return h.refusedNote(err, n.Ticket.Number)
}

// Noted implements helpdesk.HelpDesk.
func (h *HelpDesk) Noted(ctx context.Context, n helpdesk.Note) (bool, error) {
	var c conversation
	err := h.client.Get(ctx, "/conversations/"+url.PathEscape(n.Ticket.ID), url.Values{"embed": {"threads"}}, &c)
	if err != nil {
		return false, h.explain(err)
	}
	for _, t := range c.Embedded.Threads {
		if strings.Contains(html.UnescapeString(t.Body), n.Mark()) {
			return true, nil
		}
	}
	return false, nil
}
