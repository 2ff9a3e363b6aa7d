package glpi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// V2Options configure a V2. URL, the client's and the user's names and passwords, and Log are required.
type V2Options struct {
	URL                    string // of the start page: "https://glpi.example.com"
	ClientID, ClientSecret string // of an OAuth client with the grant Password
	Username, Password     string // of the hub's user
	UnknownCustomer        string // see Options
	AsAgent                bool   // see Options
	Timeout                time.Duration
	Transport              http.RoundTripper // nil: http.DefaultTransport
	Log                    *slog.Logger
}

// V2 is a GLPI 11 over its second API (api.php/v2).
type V2 struct {
	o       V2Options
	client  *httpclient.Client
	session *httpclient.Session
}

// NewV2 returns the adapter; it does not connect.
func NewV2(o V2Options) (*V2, error) {
	if o.ClientID == "" || o.ClientSecret == "" || o.Username == "" || o.Password == "" {
		return nil, &helpdesk.OptionError{
			Key: "client_id",
			Err: errors.New("it needs client_secret, username and password too"),
		}
	}
	address, _, _ := strings.Cut(o.URL, "/api.php")
	address, _, _ = strings.Cut(address, "/front/")
	client, err := httpclient.New(httpclient.Options{
		URL: address, Timeout: o.Timeout, Transport: o.Transport, Header: http.Header{"Accept": {"application/json"}},
		Secrets: []string{o.ClientSecret, o.Password},
	})
	if err != nil {
		return nil, err
	}
	h := &V2{o: o, client: client}
	h.session = httpclient.NewSession(h.signIn)
	return h, nil
}

// signIn requests a token, which is valid for an hour.
func (h *V2) signIn(ctx context.Context) (string, error) {
	var reply struct {
		Token string `json:"access_token"`
	}
	resp, err := h.client.Do(ctx, httpclient.Request{
		Method: http.MethodPost, Path: "/api.php/token", Form: url.Values{
			"grant_type": {"password"}, "client_id": {h.o.ClientID}, "client_secret": {h.o.ClientSecret},
			"username": {h.o.Username}, "password": {h.o.Password}, "scope": {"api"},
		},
	})
	if err == nil {
		err = resp.JSON(&reply)
	}
	if err == nil && reply.Token == "" {
		err = resp.Bad(errors.New("no token in the reply to the sign-in"))
	}
	return reply.Token, err
}

// ask sends a request, a POST if it has input. If the token has expired, it requests another one and
// repeats the request, which was refused before it did anything.
func (h *V2) ask(ctx context.Context, r request, into any) (*httpclient.Response, error) {
	s, err := h.session.Open(ctx, "")
	if err != nil {
		return nil, err
	}
	resp, err := h.send(ctx, r, s)
	var failed *httpclient.Error
	if errors.As(err, &failed) && failed.Status == http.StatusUnauthorized {
		if s, err = h.session.Open(ctx, s); err != nil {
			return nil, err
		}
		resp, err = h.send(ctx, r, s)
	}
	if err == nil && into != nil {
		err = resp.JSON(into)
	}
	return resp, err
}

func (h *V2) send(ctx context.Context, r request, token string) (*httpclient.Response, error) {
	out := httpclient.Request{
		Method: http.MethodGet, Path: "/api.php/v2/" + r.path, Query: r.query, Secrets: []string{token},
		Header: http.Header{"Authorization": {"Bearer " + token}},
	}
	if r.input != nil {
		out.Method, out.Writes, out.JSON = http.MethodPost, true, r.input
	}
	return h.client.Do(ctx, out)
}

// add creates an object and returns its id.
func (h *V2) add(ctx context.Context, kind string, input map[string]any) (json.Number, error) {
	resp, err := h.ask(ctx, request{path: kind, input: input}, nil)
	if err != nil {
		return "", err
	}
	id := path.Base(resp.Header.Get("Location"))
	if _, err := strconv.ParseUint(id, 10, 63); err != nil {
		var created struct{ ID json.Number }
		if err := resp.JSON(&created); err != nil {
			return "", err
		}
		id = created.ID.String()
	}
	if id == "" {
		return "", httpclient.Lacks("id", true)
	}
	return json.Number(id), nil
}

func (h *V2) known(id json.Number) helpdesk.Ticket {
	return helpdesk.Ticket{
		ID: id.String(), Number: id.String(), URL: h.client.URL() + "/front/ticket.form.php?id=" + id.String(),
	}
}

// equals is a filter (RSQL).
func equals(field, value string) string {
	return field + `=="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}

// v2Item is a ticket, a user or a category.
type v2Item struct {
	ID       json.Number
	Name     string
	Username string
	Complete string `json:"completename"`
	External string `json:"external_id"`
	Team     []struct{ Role, Href string }
}

func (h *V2) list(ctx context.Context, kind, filter string, start, limit int) ([]v2Item, error) {
	var list []v2Item
	_, err := h.ask(ctx, request{path: kind, query: url.Values{
		"filter": {filter}, "sort": {"id:desc"}, "start": {strconv.Itoa(start)}, "limit": {strconv.Itoa(limit)},
	}}, &list)
	return list, err
}

// user returns the id of the user with a login; empty if there is none.
func (h *V2) user(ctx context.Context, login string) (json.Number, error) {
	if login == "" {
		return "", nil
	}
	list, err := h.list(ctx, "Administration/User", equals("username", login), 0, 20)
	for _, u := range list {
		if strings.EqualFold(u.Username, login) {
			return u.ID, err
		}
	}
	return "", err
}

// category returns the id of a category, by its name or its whole path.
func (h *V2) category(ctx context.Context, name string) (json.Number, error) {
	last := strings.TrimSpace(name[strings.LastIndex(name, ">")+1:])
	list, err := h.list(ctx, "Dropdowns/ITILCategory", equals("name", last), 0, 100)
	i := slices.IndexFunc(
		list,
		func(c v2Item) bool { return html.UnescapeString(c.Complete) == name || c.Name == name },
	)
	if err != nil || i < 0 {
		return "", err
	}
	return list[i].ID, nil
}

// The roles of people of a ticket.
const (
	requesterRole = 1
	assignedRole  = 2
)

// Create implements helpdesk.HelpDesk. The people are added after the ticket: if that fails, the ticket
// lacks them, which is logged.
func (h *V2) Create(ctx context.Context, draft helpdesk.Draft) (helpdesk.Ticket, error) {
	title := cmp.Or(draft.Title, draft.DefaultTitle())
	input := map[string]any{
		"name": title, "content": helpdesk.Markup(cmp.Or(draft.Body, title)), "external_id": draft.CallID,
	}
	fail := func(err error) (helpdesk.Ticket, error) { return helpdesk.Ticket{}, h.refused(err) }
	if err := codes(draft, input); err != nil {
		return fail(err)
	}
	if draft.Queue != "" {
		id, err := h.category(ctx, draft.Queue)
		if err != nil {
			return fail(err)
		}
		if id == "" {
			return fail(noValue("queue", draft.Queue))
		}
		input["category"] = id
	}
	people, err := h.people(ctx, draft)
	if err != nil {
		return fail(err)
	}
	id, err := h.add(ctx, "Assistance/Ticket", input)
	if err != nil {
		return fail(err)
	}
	for _, p := range people {
		add := request{path: "Assistance/Ticket/" + id.String() + "/TeamMember", input: p}
		if _, err := h.ask(ctx, add, nil); err != nil {
			h.o.Log.Warn(
				"the ticket lacks a person",
				"call",
				draft.CallID,
				"ticket",
				id,
				"role",
				p["role"],
				"error",
				err,
			)
		}
	}
	return h.known(id), nil
}

// people are the requester and the one whom the ticket is assigned to.
func (h *V2) people(ctx context.Context, draft helpdesk.Draft) (list []map[string]any, err error) {
	add := func(id json.Number, role int) {
		list = append(list, map[string]any{"type": "User", "id": id, "role": role})
	}
	logins := []string{h.o.UnknownCustomer}
	if draft.Customer != nil {
		logins = []string{draft.Customer.Login, h.o.UnknownCustomer}
	}
	for _, login := range logins {
		id, err := h.user(ctx, login)
		if err != nil {
			return nil, err
		}
		if id != "" {
			add(id, requesterRole)
			break
		}
	}
	owner := draft.Owner
	if owner == "" && h.o.AsAgent {
		owner = draft.Agent.Login
	}
	id, err := h.user(ctx, owner)
	switch {
	case err != nil:
		return nil, err
	case id != "":
		add(id, assignedRole)
	case draft.Owner != "":
		return nil, noValue("owner", draft.Owner)
	}
	return list, nil
}

// Find implements helpdesk.HelpDesk.
func (h *V2) Find(ctx context.Context, callID string) (found helpdesk.Ticket, ok bool, err error) {
	if callID == "" {
		return helpdesk.Ticket{}, false, nil
	}
	list, err := h.list(ctx, "Assistance/Ticket", equals("external_id", callID), 0, 100)
	if err != nil {
		return helpdesk.Ticket{}, false, h.explain(err)
	}
	for _, t := range list { // newest first
		if t.External == callID {
			found, ok = h.known(t.ID), true
		}
	}
	return found, ok, nil
}

// Of the newest open tickets, those are searched for the customer's: the API has no filter for people.
const (
	openPage  = 100
	openPages = 5
)

// OpenTickets implements helpdesk.HelpDesk.
func (h *V2) OpenTickets(ctx context.Context, customer string) (open helpdesk.OpenTickets, err error) {
	user, err := h.user(ctx, customer)
	if err != nil || user == "" {
		return helpdesk.OpenTickets{}, h.explain(err)
	}
	for number := range openPages {
		list, err := h.list(ctx, "Assistance/Ticket", "status.id=in=(1,2,3,4)", number*openPage, openPage)
		if err != nil {
			return helpdesk.OpenTickets{}, h.explain(err)
		}
		for _, t := range list {
			if !t.requestedBy(user) {
				continue
			}
			if open.Count++; len(open.Newest) < helpdesk.MaxNewest {
				open.Newest = append(open.Newest, helpdesk.OpenTicket{
					Ticket: h.known(t.ID), Title: html.UnescapeString(t.Name),
				})
			}
		}
		if len(list) < openPage {
			break
		}
	}
	if open.Count > 0 {
		open.Page = h.client.URL() + "/front/ticket.php?" + requestedBy(user.String()).Encode()
	}
	return open, nil
}

// requestedBy reports whether a user requested the ticket: the team has links to people.
func (t v2Item) requestedBy(user json.Number) bool {
	for _, member := range t.Team {
		if strings.HasSuffix(member.Href, "user.form.php?id="+user.String()) && member.Role == "requester" {
			return true
		}
	}
	return false
}

// Append implements helpdesk.HelpDesk: a followup, or a task that is done, with Talk.
func (h *V2) Append(ctx context.Context, n helpdesk.Note) error {
	kind, input := "Followup", map[string]any{"content": helpdesk.Markup(n.Text()), "is_private": n.Internal}
	if n.Talk > 0 {
		kind, input["is_private"], input["state"] = "Task", true, taskDone
		input["duration"] = int(n.Talk.Seconds())
	}
	_, err := h.add(ctx, "Assistance/Ticket/"+url.PathEscape(n.Ticket.ID)+"/Timeline/"+kind, input)
	return h.refusedNote(err, n.Ticket.Number)
}

// Noted implements helpdesk.HelpDesk.
func (h *V2) Noted(ctx context.Context, n helpdesk.Note) (bool, error) {
	kind := "Followup"
	if n.Talk > 0 {
		kind = "Task"
	}
	var list []struct {
		Content string
		Item    struct{ Content string } // in the whole timeline
	}
	timeline := "Assistance/Ticket/" + url.PathEscape(n.Ticket.ID) + "/Timeline/" + kind
	if _, err := h.ask(ctx, request{path: timeline}, &list); err != nil {
		return false, h.explain(err)
	}
	for _, each := range list {
		if strings.Contains(plain(cmp.Or(each.Content, each.Item.Content)), n.Mark()) {
			return true, nil
		}
	}
	return false, nil
}
