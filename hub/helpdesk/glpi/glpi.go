// Package glpi creates tickets in GLPI 9.5 to 11 over its REST API (apirest.php), and in GLPI 11 over the
// second one (api.php/v2).
package glpi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// Options configure a HelpDesk. URL, Token and Log are required.
type Options struct {
	URL      string // of the start page: "https://glpi.example.com"
	Token    string // the API token (user_token) of the hub's user
	AppToken string // of the API client; empty: it has none
	// UnknownCustomer is the login of the requester for callers that GLPI does not know; empty: no
	// requester.
	UnknownCustomer string
	AsAgent         bool // the ticket is assigned to the agent who presses, unless the template has an owner
	Timeout         time.Duration
	Transport       http.RoundTripper // nil: http.DefaultTransport
	Log             *slog.Logger
}

// HelpDesk is a GLPI.
type HelpDesk struct {
	o       Options
	client  *httpclient.Client
	session *httpclient.Session
	version atomic.Pointer[string] // nil: not known yet
}

// New returns the adapter; it does not connect.
func New(o Options) (*HelpDesk, error) {
	if o.Token == "" {
		return nil, &helpdesk.OptionError{
			Key: "token",
			Err: errors.New("it is missing: the API token of the hub's user in GLPI"),
		}
	}
	address, _, _ := strings.Cut(o.URL, "/apirest.php")
	address, _, _ = strings.Cut(address, "/front/")
	header := http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}} // also of a GET
	if o.AppToken != "" {
		header.Set("App-Token", o.AppToken)
	}
	client, err := httpclient.New(httpclient.Options{
		URL: address, Timeout: o.Timeout, Transport: o.Transport, Header: header,
		Secrets: []string{o.Token, o.AppToken},
	})
	if err != nil {
		return nil, err
	}
	h := &HelpDesk{o: o, client: client}
	h.session = httpclient.NewSession(h.signIn)
	return h, nil
}

func (h *HelpDesk) signIn(ctx context.Context) (string, error) {
	var reply struct {
		Session string `json:"session_token"`
	}
	resp, err := h.client.Do(ctx, httpclient.Request{
		Method: http.MethodGet, Path: "/apirest.php/initSession",
		Header: http.Header{"Authorization": {"user_token " + h.o.Token}},
	})
	if err == nil {
		err = resp.JSON(&reply)
	}
	if err == nil && reply.Session == "" {
		err = resp.Bad(errors.New("no session in the reply to the sign-in"))
	}
	return reply.Session, err
}

// request is a request in the session. Input is the object to create; nil: a GET.
type request struct {
	path  string
	query url.Values
	input map[string]any
}

// ask sends a request and decodes its reply. If the session has expired, it opens another one and
// repeats the request, which was refused before it did anything.
func (h *HelpDesk) ask(ctx context.Context, r request, into any) (http.Header, error) {
	s, err := h.session.Open(ctx, "")
	if err != nil {
		return nil, err
	}
	header, err := h.send(ctx, r, s, into)
	if code, _ := refusal(err); code != "ERROR_SESSION_TOKEN_INVALID" {
		return header, err
	}
	if s, err = h.session.Open(ctx, s); err != nil {
		return nil, err
	}
	return h.send(ctx, r, s, into)
}

func (h *HelpDesk) send(ctx context.Context, r request, session string, into any) (http.Header, error) {
	out := httpclient.Request{
		Method: http.MethodGet, Path: "/apirest.php/" + r.path, Query: r.query, Secrets: []string{session},
		Header: http.Header{"Session-Token": {session}},
	}
	if r.input != nil {
		out.Method, out.Writes, out.JSON = http.MethodPost, true, map[string]any{"input": r.input}
	}
	resp, err := h.client.Do(ctx, out)
	if err != nil {
		return nil, err
	}
	return resp.Header, resp.JSON(into)
}

// add creates an object and returns its id.
func (h *HelpDesk) add(ctx context.Context, kind string, input map[string]any) (json.Number, error) {
	var created struct{ ID json.Number }
	_, err := h.ask(ctx, request{path: kind, input: input}, &created)
	if err == nil && created.ID == "" {
		err = httpclient.Lacks("id", true)
	}
	return created.ID, err
}

// external reports whether tickets have the field externalid: from GLPI 11 on. Before, the call's id is at
// the end of the text.
func (h *HelpDesk) external(ctx context.Context) (bool, error) {
	version := h.version.Load()
	if version == nil {
		var reply struct {
			Config struct{ Version string } `json:"cfg_glpi"`
		}
		if _, err := h.ask(ctx, request{path: "getGlpiConfig"}, &reply); err != nil {
			return false, err
		}
		if reply.Config.Version == "" {
			return false, httpclient.Lacks("version", false)
		}
		version = &reply.Config.Version
		h.version.Store(version)
	}
	major, _, _ := strings.Cut(*version, ".")
	n, _ := strconv.Atoi(major)
	return n >= 11, nil
}

func (h *HelpDesk) known(id json.Number) helpdesk.Ticket {
	return helpdesk.Ticket{
		ID: id.String(), Number: id.String(), URL: h.client.URL() + "/front/ticket.form.php?id=" + id.String(),
	}
}

// Create implements helpdesk.HelpDesk. It is not idempotent.
func (h *HelpDesk) Create(ctx context.Context, draft helpdesk.Draft) (helpdesk.Ticket, error) {
	input, err := h.input(ctx, draft)
	if err != nil {
		return helpdesk.Ticket{}, h.refused(err)
	}
	id, err := h.add(ctx, "Ticket", input)
	if err != nil {
		return helpdesk.Ticket{}, h.refused(err)
	}
	return h.known(id), nil
}

// callKey is how the text of a ticket names its call.
func callKey(callID string) string { return (helpdesk.Note{Key: callID}).Mark() }

func (h *HelpDesk) input(ctx context.Context, draft helpdesk.Draft) (map[string]any, error) {
	external, err := h.external(ctx)
	if err != nil {
		return nil, err
	}
	title := cmp.Or(draft.Title, draft.DefaultTitle())
	text := cmp.Or(draft.Body, title)
	input := map[string]any{"name": title, "_users_id_requester": 0}
	if external {
		input["externalid"] = draft.CallID
	} else {
		text = strings.TrimRight(text, "\n") + "\n" + callKey(draft.CallID)
	}
	input["content"] = helpdesk.Markup(text)
	if input["_users_id_requester"], err = h.requester(ctx, draft); err != nil {
		return nil, err
	}
	if err := codes(draft, input); err != nil {
		return nil, err
	}
	if draft.Queue != "" {
		id, err := h.category(ctx, draft.Queue)
		if err != nil {
			return nil, err
		}
		if id == "" {
			return nil, noValue("queue", draft.Queue)
		}
		input["itilcategories_id"] = id
	}
	owner := draft.Owner
	if owner == "" && h.o.AsAgent {
		owner = draft.Agent.Login
	}
	if owner != "" {
		id, err := h.user(ctx, owner)
		switch {
		case err != nil:
			return nil, err
		case id != "":
			input["_users_id_assign"] = id
		case draft.Owner != "":
			return nil, noValue("owner", draft.Owner)
		}
	}
	return input, nil
}

// codes sets the codes that a draft names.
func codes(draft helpdesk.Draft, input map[string]any) error {
	for _, each := range []struct {
		key, value, field string
		names             map[string]int
	}{
		{"priority", draft.Priority, "priority", priorities},
		{"state", draft.State, "status", states},
		{"type", draft.Type, "type", kinds},
	} {
		if each.value == "" {
			continue
		}
		n, ok := code(each.value, each.names)
		if !ok {
			return noValue(each.key, each.value)
		}
		input[each.field] = n
	}
	return nil
}

// requester returns the id of the customer in GLPI; 0 if there is none.
func (h *HelpDesk) requester(ctx context.Context, draft helpdesk.Draft) (any, error) {
	var logins []string
	if draft.Customer != nil {
		logins = append(logins, draft.Customer.Login)
	}
	for _, login := range append(logins, h.o.UnknownCustomer) {
		id, err := h.user(ctx, login)
		if err != nil || id != "" {
			return id, err
		}
	}
	return 0, nil
}

// plain makes a text of HTML, which GLPI before 11 escapes twice.
func plain(markup string) string {
	text := html.UnescapeString(markup)
	if !strings.Contains(text, "<br") {
		return html.UnescapeString(text)
	}
	return html.UnescapeString(
		strings.NewReplacer("<br>", "\n", "<br />", "\n", "<p>", "", "</p>", "\n").Replace(text),
	)
}

// The names of codes in templates; the codes work too.
var (
	priorities = map[string]int{
		"very low":  1,
		"low":       2,
		"normal":    3,
		"medium":    3,
		"high":      4,
		"very high": 5,
		"major":     6,
	}
	states = map[string]int{
		"new": 1, "open": 2, "assigned": 2, "planned": 3, "pending": 4, "solved": 5, "closed": 6,
	}
	kinds = map[string]int{"incident": 1, "request": 2}
)

// code reads "3", "3 normal" or "normal".
func code(text string, names map[string]int) (int, bool) {
	if n, ok := names[strings.ToLower(text)]; ok {
		return n, true
	}
	first, _, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(first)
	return n, err == nil && n >= 1 && n <= 6
}

type item struct {
	ID       json.Number
	Name     string
	Complete string `json:"completename"` // of a category
	Content  string
	External *string `json:"externalid"`
}

// named returns the objects of a kind with a name, whatever its case. GLPI ignores what it does not know
// in a search: the caller compares.
func (h *HelpDesk) named(ctx context.Context, kind, name string) ([]item, error) {
	return h.search(ctx, kind, "name", "^"+name+"$")
}

// search returns the newest objects of a kind whose field contains a text; ^ and $ are its ends.
func (h *HelpDesk) search(ctx context.Context, kind, field, text string) ([]item, error) {
	var list []item
	_, err := h.ask(ctx, request{path: kind, query: url.Values{
		"searchText[" + field + "]": {text}, "range": {"0-99"}, "sort": {"id"}, "order": {"DESC"},
	}}, &list)
	return list, err
}

// user returns the id of the user with a login; empty if there is none.
func (h *HelpDesk) user(ctx context.Context, login string) (json.Number, error) {
	if login == "" {
		return "", nil
	}
	list, err := h.named(ctx, "User", login)
	for _, u := range list {
		if strings.EqualFold(u.Name, login) {
			return u.ID, err
		}
	}
	return "", err
}

// category returns the id of a category, by its name or its whole path, "Phones > Desk".
func (h *HelpDesk) category(ctx context.Context, name string) (json.Number, error) {
	last := name[strings.LastIndex(name, ">")+1:] // a path is stored with entities
	list, err := h.named(ctx, "ITILCategory", strings.TrimSpace(last))
	i := slices.IndexFunc(
		list,
		func(c item) bool { return html.UnescapeString(c.Complete) == name || c.Name == name },
	)
	if err != nil || i < 0 {
		return "", err
	}
	return list[i].ID, nil
}

// Find implements helpdesk.HelpDesk.
func (h *HelpDesk) Find(ctx context.Context, callID string) (found helpdesk.Ticket, ok bool, err error) {
	if callID == "" {
		return helpdesk.Ticket{}, false, nil
	}
	external, err := h.external(ctx)
	if err != nil {
		return helpdesk.Ticket{}, false, h.explain(err)
	}
	field := "content"
	if external {
		field = "externalid"
	}
	list, err := h.search(ctx, "Ticket", field, callID)
	if err != nil {
		return helpdesk.Ticket{}, false, h.explain(err)
	}
	for _, t := range list { // newest first
		if external && t.External != nil && *t.External == callID ||
			!external && strings.Contains(plain(t.Content), callKey(callID)) {
			found, ok = h.known(t.ID), true
		}
	}
	return found, ok, nil
}

// The search options of tickets, which are the same in all versions.
const (
	optionName, optionID, optionRequester, optionStatus = "1", "2", "4", "12"
)

// OpenTickets implements helpdesk.HelpDesk.
func (h *HelpDesk) OpenTickets(ctx context.Context, customer string) (open helpdesk.OpenTickets, err error) {
	user, err := h.user(ctx, customer)
	if err != nil || user == "" {
		return helpdesk.OpenTickets{}, h.explain(err)
	}
	criteria := requestedBy(user.String())
	page := h.client.URL() + "/front/ticket.php?" + criteria.Encode()
	for key, value := range map[string]string{
		"sort": optionID, "order": "DESC", "range": "0-19", "forcedisplay[0]": optionID, "forcedisplay[1]": optionName,
		"forcedisplay[2]": optionRequester,
	} {
		criteria.Set(key, value)
	}
	var reply struct {
		Total *int `json:"totalcount"`
		Data  []map[string]any
	}
	if _, err = h.ask(ctx, request{path: "search/Ticket", query: criteria}, &reply); err == nil &&
		reply.Total == nil {
		err = httpclient.Lacks("totalcount", false)
	}
	if err != nil {
		return helpdesk.OpenTickets{}, h.explain(err)
	}
	open.Count = *reply.Total
	for _, row := range reply.Data {
		if !slices.Contains(texts(row[optionRequester]), user.String()) {
			return helpdesk.OpenTickets{}, &helpdesk.Error{
				Reason: fmt.Sprintf("GLPI's search option %s of tickets is not the requester: a plugin changes it.",
					optionRequester),
			}
		}
		if len(open.Newest) < helpdesk.MaxNewest {
			id, title := texts(row[optionID]), texts(row[optionName])
			if len(id) == 1 && len(title) == 1 {
				open.Newest = append(open.Newest, helpdesk.OpenTicket{
					Ticket: h.known(json.Number(id[0])), Title: html.UnescapeString(title[0]),
				})
			}
		}
	}
	if open.Count > 0 {
		open.Page = page
	}
	return open, nil
}

// requestedBy are the search criteria for the open tickets of a user.
func requestedBy(user string) url.Values {
	return url.Values{
		"criteria[0][field]": {optionRequester}, "criteria[0][searchtype]": {"equals"}, "criteria[0][value]": {user},
		"criteria[1][link]": {"AND"}, "criteria[1][field]": {optionStatus}, "criteria[1][searchtype]": {"equals"},
		"criteria[1][value]": {"notold"},
	}
}

// texts are the values of a search's cell: one, or a list.
func texts(cell any) []string {
	switch v := cell.(type) {
	case string:
		return []string{v}
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}
	case []any:
		var all []string
		for _, each := range v {
			all = append(all, texts(each)...)
		}
		return all
	}
	return nil
}

// Append implements helpdesk.HelpDesk: a followup, or a task that is done, with Talk.
func (h *HelpDesk) Append(ctx context.Context, n helpdesk.Note) error {
	text := helpdesk.Markup(n.Text())
	if n.Talk > 0 {
		_, err := h.add(ctx, "TicketTask", map[string]any{
			"tickets_id": json.Number(
				n.Ticket.ID,
			), "content": text, "actiontime": int(n.Talk.Seconds()), "state": taskDone,
			"is_private": 1,
		})
		return h.refusedNote(err, n.Ticket.Number)
	}
	private := 0
	if n.Internal {
		private = 1
	}
	_, err := h.add(ctx, "ITILFollowup", map[string]any{
		"itemtype": "Ticket", "items_id": json.Number(n.Ticket.ID), "content": text, "is_private": private,
	})
	return h.refusedNote(err, n.Ticket.Number)
}

const taskDone = 2

// Noted implements helpdesk.HelpDesk.
func (h *HelpDesk) Noted(ctx context.Context, n helpdesk.Note) (bool, error) {
	kind := "ITILFollowup"
	if n.Talk > 0 {
		kind = "TicketTask"
	}
	var list []item
	_, err := h.ask(ctx, request{
		path:  "Ticket/" + url.PathEscape(n.Ticket.ID) + "/" + kind,
		query: url.Values{"range": {"0-49"}, "sort": {"id"}, "order": {"DESC"}},
	}, &list)
	if err != nil {
		return false, h.explain(err)
	}
	return slices.ContainsFunc(list, func(i item) bool { return strings.Contains(plain(i.Content), n.Mark()) }), nil
}
