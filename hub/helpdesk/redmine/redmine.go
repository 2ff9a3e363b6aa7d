// Package redmine creates issues in Redmine over its REST API.
package redmine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// Options configure a HelpDesk. URL, Key and Log are required.
type Options struct {
	URL           string            // of the start page: "https://redmine.example.com"
	Key           string            // API access key of the hub's user
	CallField     string            // issue custom field for the call's id; empty: none, and Find cannot look up
	CallerField   string            // for the caller's number; empty: none
	CustomerField string            // for the customer's login; empty: none, and OpenTickets finds nothing
	PhoneFields   []string          // user custom fields with numbers, for Customers
	Activity      string            // of talk times; empty: the default one, or the first
	AsAgent       bool              // issues and notes are by the agent, if the user's key is an administrator's
	Timeout       time.Duration     // of a request; 0: httpclient.DefaultTimeout
	Transport     http.RoundTripper // nil: http.DefaultTransport
	Log           *slog.Logger
}

// HelpDesk is a Redmine.
type HelpDesk struct {
	o      Options
	client *httpclient.Client
	names  names
}

// New returns the adapter; it does not connect.
func New(o Options) (*HelpDesk, error) {
	if o.Key == "" {
		return nil, &helpdesk.OptionError{
			Key: "token",
			Err: errors.New("it is missing: the API access key of the hub's user in Redmine"),
		}
	}
	client, err := httpclient.New(httpclient.Options{
		URL: o.URL, Timeout: o.Timeout, Transport: o.Transport, Secrets: []string{o.Key},
		Header: http.Header{"X-Redmine-API-Key": {o.Key}},
	})
	if err != nil {
		return nil, err
	}
	return &HelpDesk{o: o, client: client, names: names{projects: map[string]known[project]{}}}, nil
}

// write sends a request that changes something, as the agent if Redmine knows the agent.
func (h *HelpDesk) write(ctx context.Context, r httpclient.Request, agent string, into any) error {
	r.Writes = true
	if !h.o.AsAgent || agent == "" {
		return h.client.Ask(ctx, r, into)
	}
	r.Header = http.Header{"X-Redmine-Switch-User": {agent}}
	err := h.client.Ask(ctx, r, into)
	var failed *httpclient.Error
	if !errors.As(err, &failed) || !refusesAgent(failed) {
		return err
	}
	h.o.Log.Warn("Redmine refuses to act as the agent, so the hub's user does it", "agent", agent, "error", err)
	r.Header = nil
	return h.client.Ask(ctx, r, into)
}

// refusesAgent reports whether the user to switch to does not exist, or lacks the right that the hub's
// user may have. Nothing was done.
func refusesAgent(e *httpclient.Error) bool {
	return e.Status == http.StatusPreconditionFailed || e.Status == http.StatusForbidden
}

// Create implements helpdesk.HelpDesk. It is not idempotent. The queue is the identifier of the
// project, the type the name of the tracker.
func (h *HelpDesk) Create(ctx context.Context, draft helpdesk.Draft) (helpdesk.Ticket, error) {
	content, err := h.content(ctx, draft)
	if err != nil {
		return helpdesk.Ticket{}, h.explain(err)
	}
	var created struct{ Issue issue }
	err = h.write(ctx, httpclient.Request{
		Method: http.MethodPost, Path: "/issues.json", JSON: map[string]any{"issue": content},
	}, draft.Agent.Login, &created)
	if err == nil && created.Issue.ID == 0 {
		err = httpclient.Lacks("issue", true)
	}
	if err != nil {
		return helpdesk.Ticket{}, h.refused("issue", err)
	}
	if h.o.CallField != "" && !created.Issue.has(h.o.CallField, draft.CallID) {
		h.o.Log.Error("the issue has lost the call's id", "issue", created.Issue.ID, "call", draft.CallID,
			"fix", "the custom field must be for the project and the tracker, and visible to the hub's user")
	}
	return h.ticket(created.Issue.ID), nil
}

// content is the issue to create. Redmine ignores ids that do not exist, so all names are looked up.
func (h *HelpDesk) content(ctx context.Context, draft helpdesk.Draft) (map[string]any, error) {
	p, err := h.project(ctx, draft.Queue)
	if err != nil {
		return nil, err
	}
	title := cmp.Or(draft.Title, draft.DefaultTitle())
	content := map[string]any{"project_id": p.ID, "subject": title, "description": cmp.Or(draft.Body, title)}
	for _, each := range []struct {
		key, name string
		find      func(ctx context.Context, name string) (int, error)
	}{
		{"tracker_id", draft.Type, func(_ context.Context, name string) (int, error) { return p.tracker(name) }},
		{"status_id", draft.State, h.status},
		{"priority_id", draft.Priority, h.priority},
		{"assigned_to_id", draft.Owner, func(ctx context.Context, name string) (int, error) {
			return h.member(ctx, p, name)
		}},
	} {
		if each.name == "" {
			continue
		}
		id, err := each.find(ctx, each.name)
		if err != nil {
			return nil, err
		}
		content[each.key] = id
	}
	customer := ""
	if draft.Customer != nil {
		customer = draft.Customer.Login
	}
	fields := []map[string]any{}
	for _, each := range []struct{ name, value string }{
		{h.o.CallField, draft.CallID}, {h.o.CallerField, draft.Number}, {h.o.CustomerField, customer},
	} {
		if each.name == "" || each.value == "" {
			continue
		}
		id, err := p.field(each.name)
		if err != nil {
			return nil, err
		}
		fields = append(fields, map[string]any{"id": id, "value": each.value})
	}
	content["custom_fields"] = fields
	return content, nil
}

// issue is an issue of a reply.
type issue struct {
	ID           int
	Subject      string
	CustomFields []struct {
		Name  string
		Value json.RawMessage // a list for some kinds of field
	} `json:"custom_fields"`
	Journals []struct{ Notes string }
}

// has reports whether a custom field has a value.
func (i issue) has(field, value string) bool {
	return i.value(field) == value
}

// value returns the value of a custom field; empty if it has none, or several.
func (i issue) value(field string) (text string) {
	for _, f := range i.CustomFields {
		if f.Name == field && json.Unmarshal(f.Value, &text) == nil {
			return text
		}
	}
	return ""
}

func (h *HelpDesk) ticket(id int) helpdesk.Ticket {
	number := strconv.Itoa(id)
	return helpdesk.Ticket{ID: number, Number: number, URL: h.client.URL() + "/issues/" + number}
}

// hours is a talk time as Redmine accounts it: whole minutes, one at least.
func hours(talk time.Duration) string {
	minutes := max(1, int(talk.Round(time.Minute)/time.Minute))
	return fmt.Sprintf("%d:%02d", minutes/60, minutes%60)
}

// Append implements helpdesk.HelpDesk: a note of the issue, and a time entry for talk time, in one
// request. A note of an agent is private.
func (h *HelpDesk) Append(ctx context.Context, n helpdesk.Note) error {
	body := map[string]any{"issue": map[string]any{
		"notes": n.Subject + "\n\n" + n.Text(), "private_notes": n.Internal || n.Talk > 0,
	}}
	if n.Talk > 0 {
		activity, err := h.activity(ctx)
		if err != nil {
			return h.explain(err)
		}
		body["time_entry"] = map[string]any{"hours": hours(n.Talk), "activity_id": activity, "comments": n.Subject}
	}
	err := h.write(ctx, httpclient.Request{Method: http.MethodPut, Path: issuePath(n.Ticket), JSON: body},
		n.Agent.Login, nil)
	var failed *httpclient.Error
	if errors.As(err, &failed) && failed.Status == http.StatusNotFound {
		return &helpdesk.Error{
			Reason:  fmt.Sprintf("Redmine has no issue %s that the hub's user may see.", n.Ticket.Number),
			Refused: true, Err: err,
		}
	}
	return h.refused("note", err)
}

// Noted implements helpdesk.HelpDesk.
func (h *HelpDesk) Noted(ctx context.Context, n helpdesk.Note) (bool, error) {
	var reply struct{ Issue issue }
	if err := h.client.Get(ctx, issuePath(n.Ticket), url.Values{"include": {"journals"}}, &reply); err != nil {
		return false, h.explain(err)
	}
	for _, j := range reply.Issue.Journals {
		if strings.Contains(j.Notes, n.Mark()) {
			return true, nil
		}
	}
	return false, nil
}

func issuePath(t helpdesk.Ticket) string { return "/issues/" + url.PathEscape(t.ID) + ".json" }
