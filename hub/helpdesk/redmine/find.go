package redmine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
	"traybell/shared/protocol"
)

// Find implements helpdesk.HelpDesk.
func (h *HelpDesk) Find(ctx context.Context, callID string) (ticket helpdesk.Ticket, ok bool, err error) {
	if callID == "" {
		return helpdesk.Ticket{}, false, nil
	}
	if h.o.CallField == "" {
		return helpdesk.Ticket{}, false, helpdesk.CannotLookUp("The hub stores no call ids in Redmine " +
			"(help_desk.custom_fields.call is empty) and cannot tell whether the issue was created; please look there.")
	}
	id, err := h.fieldID(ctx, h.o.CallField)
	if err != nil {
		return helpdesk.Ticket{}, false, h.explain(err)
	}
	if id == 0 {
		return helpdesk.Ticket{}, false, helpdesk.CannotLookUp(missingField(h.o.CallField))
	}
	list, _, err := h.search(ctx, id, callID, "*", "id", 100)
	if err != nil {
		return helpdesk.Ticket{}, false, h.explain(err)
	}
	for _, i := range list {
		if i.has(h.o.CallField, callID) {
			return h.ticket(i.ID), true, nil
		}
	}
	if len(list) > 0 {
		return helpdesk.Ticket{}, false, helpdesk.CannotLookUp(fmt.Sprintf(
			"Redmine does not search by the custom field %q: an administrator must tick \"Used as a filter\" there.",
			h.o.CallField,
		))
	}
	// A wrong key finds nothing, without an error.
	if err := h.who(ctx); err != nil {
		return helpdesk.Ticket{}, false, h.explain(err)
	}
	return helpdesk.Ticket{}, false, nil
}

// fieldID returns the id of a custom field of issues; 0 if no project that the user sees has it.
func (h *HelpDesk) fieldID(ctx context.Context, name string) (int, error) {
	h.names.mu.Lock()
	for _, p := range h.names.projects {
		if id, ok := find(p.value.Fields, name); ok {
			h.names.mu.Unlock()
			return id, nil
		}
	}
	h.names.mu.Unlock()
	var reply struct{ Projects []project }
	query := url.Values{"include": {"trackers,issue_custom_fields"}, "limit": {"100"}}
	err := h.client.Get(ctx, "/projects.json", query, &reply)
	if err != nil {
		return 0, err
	}
	for _, p := range reply.Projects {
		if id, ok := find(p.Fields, name); ok {
			return id, nil
		}
	}
	return 0, h.who(ctx)
}

// search returns issues with a value of a custom field, and the number of all. With status "o" they
// are open, with "*" any.
func (h *HelpDesk) search(ctx context.Context, field int, value, status, sort string, most int) ([]issue, int, error) {
	name := "cf_" + strconv.Itoa(field)
	var reply struct {
		Issues []issue
		Total  int `json:"total_count"`
	}
	err := h.client.Get(ctx, "/issues.json", url.Values{
		"set_filter": {"1"}, "f[]": {name, "status_id"}, "op[" + name + "]": {"="}, "v[" + name + "][]": {value},
		"op[status_id]": {status}, "sort": {sort}, "limit": {strconv.Itoa(most)},
	}, &reply)
	return reply.Issues, reply.Total, err
}

// ByNumber implements helpdesk.Numbers.
func (h *HelpDesk) ByNumber(ctx context.Context, number string) (t helpdesk.NumberedTicket, ok bool, err error) {
	id, ok := helpdesk.Counted(number)
	if !ok {
		return t, false, nil
	}
	var reply struct{ Issue issue }
	err = h.client.Get(ctx, "/issues/"+id+".json", nil, &reply)
	var failed *httpclient.Error
	if errors.As(err, &failed) && (failed.Status == http.StatusNotFound || failed.Status == http.StatusForbidden) {
		return t, false, h.explain(h.who(ctx)) // or there is no Redmine
	}
	if err == nil && reply.Issue.ID == 0 {
		err = httpclient.Lacks("issue", false)
	}
	if err != nil {
		return t, false, h.explain(err)
	}
	t.Ticket, t.Title = h.ticket(reply.Issue.ID), reply.Issue.Subject
	if h.o.CustomerField != "" {
		t.Customers = helpdesk.Known("", reply.Issue.value(h.o.CustomerField))
	}
	return t, true, nil
}

// OpenTickets implements helpdesk.HelpDesk.
func (h *HelpDesk) OpenTickets(ctx context.Context, customer string) (helpdesk.OpenTickets, error) {
	if customer == "" || h.o.CustomerField == "" {
		return helpdesk.OpenTickets{}, nil
	}
	id, err := h.fieldID(ctx, h.o.CustomerField)
	if err != nil {
		return helpdesk.OpenTickets{}, h.explain(err)
	}
	if id == 0 {
		return helpdesk.OpenTickets{}, helpdesk.CannotLookUp(missingField(h.o.CustomerField))
	}
	list, count, err := h.search(ctx, id, customer, "o", "id:desc", helpdesk.MaxNewest)
	if err != nil {
		return helpdesk.OpenTickets{}, h.explain(err)
	}
	name := "cf_" + strconv.Itoa(id)
	open := helpdesk.OpenTickets{
		Count: min(count, protocol.MostCounted),
		Page: h.client.URL() + "/issues?" + url.Values{
			"set_filter": {"1"}, "f[]": {name, "status_id"}, "op[" + name + "]": {"="}, "v[" + name + "][]": {customer},
			"op[status_id]": {"o"},
		}.Encode(),
	}
	slices.SortFunc(list, func(a, b issue) int { return cmp.Compare(b.ID, a.ID) })
	for _, i := range list {
		if i.has(h.o.CustomerField, customer) {
			open.Newest = append(open.Newest, helpdesk.OpenTicket{Ticket: h.ticket(i.ID), Title: i.Subject})
		}
	}
	if len(open.Newest) == 0 { // none, or the field is not a filter
		return helpdesk.OpenTickets{}, nil
	}
	return open, nil
}

// who asks who the hub's user is: where anybody may read, a wrong key reads as an empty list.
func (h *HelpDesk) who(ctx context.Context) error {
	_, err := h.me(ctx)
	return err
}

// user is the hub's user.
type user struct {
	Login string
	Admin bool
}

func (h *HelpDesk) me(ctx context.Context) (user, error) {
	var reply struct{ User user }
	err := h.client.Get(ctx, "/users/current.json", nil, &reply)
	var failed *httpclient.Error
	switch {
	case err == nil:
	case !errors.As(err, &failed):
	case failed.Status == http.StatusUnauthorized:
		err = &helpdesk.Error{Reason: wrongKey, Err: err}
	case failed.Status == http.StatusForbidden:
		err = &helpdesk.Error{Reason: "Redmine's REST interface is off: an administrator must enable it there " +
			"(Administration, Settings, API).", Err: err}
	}
	return reply.User, err
}
