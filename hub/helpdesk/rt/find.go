package rt

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
	"traybell/shared/protocol"
)

// found is a ticket of a search.
type found struct {
	ID           json.Number
	Subject      string
	Requestor    []struct{ ID string }
	CustomFields []struct {
		Name   string
		Values []json.RawMessage // SQLite makes numbers of some texts
	}
}

// of reports whether a custom field has a value.
func (f found) of(field, value string) bool {
	for _, each := range f.CustomFields {
		if each.Name != field {
			continue
		}
		for _, raw := range each.Values {
			var text string
			if json.Unmarshal(raw, &text) == nil && text == value {
				return true
			}
		}
	}
	return false
}

// Find implements helpdesk.HelpDesk.
func (h *HelpDesk) Find(ctx context.Context, callID string) (ticket helpdesk.Ticket, ok bool, err error) {
	if callID == "" {
		return helpdesk.Ticket{}, false, nil
	}
	if h.o.CallField == "" {
		return helpdesk.Ticket{}, false, helpdesk.CannotLookUp("The hub stores no call ids in Request Tracker " +
			"(help_desk.custom_fields.call is empty) and cannot tell whether the ticket was created; " +
			"please look there.")
	}
	list, _, err := h.search(ctx, "CF.{"+h.o.CallField+"} = "+quote(callID), "ASC", 20)
	if err != nil {
		return helpdesk.Ticket{}, false, h.explain(err)
	}
	for _, t := range list {
		if t.of(h.o.CallField, callID) {
			return h.ticket(t.ID), true, nil
		}
	}
	if h.blind.Load() {
		return helpdesk.Ticket{}, false, helpdesk.CannotLookUp(noRight(h.o.CallField))
	}
	return helpdesk.Ticket{}, false, h.searchable(ctx)
}

// searchable returns an error if no queue has the field for the call's id: a search by such a field
// finds nothing.
func (h *HelpDesk) searchable(ctx context.Context) error {
	if h.listed.Load() {
		return nil
	}
	var reply struct{ Items []struct{ Name string } }
	if err := h.client.Get(ctx, "/queues/all", url.Values{"fields": {"Name"}, "per_page": {"100"}},
		&reply); err != nil {
		return h.explain(err)
	}
	for _, each := range reply.Items {
		q, err := h.queue(ctx, each.Name)
		if err != nil {
			return h.explain(err)
		}
		if q.field(h.o.CallField) != "" {
			h.listed.Store(true)
			return nil
		}
	}
	return helpdesk.CannotLookUp(missingField(h.o.CallField, ""))
}

// search returns tickets in the order of their ids, and the number of all.
func (h *HelpDesk) search(ctx context.Context, ticketSQL, order string, most int) ([]found, int, error) {
	var reply struct {
		Items []found
		Total int
	}
	err := h.client.Get(ctx, "/tickets", url.Values{
		"query": {ticketSQL}, "orderby": {"id"}, "order": {order}, "per_page": {strconv.Itoa(most)},
		"fields": {"Subject,Requestor,CustomFields"},
	}, &reply)
	slices.SortFunc(reply.Items, func(a, b found) int {
		c := cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
		if order == "DESC" {
			return -c
		}
		return c
	})
	return reply.Items, max(reply.Total, len(reply.Items)), err
}

// quote makes a text a literal of TicketSQL.
func quote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// ByNumber implements helpdesk.Numbers. Request Tracker answers with the ticket that a merged one has
// become.
func (h *HelpDesk) ByNumber(ctx context.Context, number string) (t helpdesk.NumberedTicket, ok bool, err error) {
	id, ok := helpdesk.Counted(number)
	if !ok {
		return t, false, nil
	}
	var reply struct {
		found
		Status string
	}
	err = h.client.Get(ctx, "/ticket/"+id, nil, &reply)
	var failed *httpclient.Error
	if message(err) != "" && errors.As(err, &failed) &&
		(failed.Status == http.StatusNotFound || failed.Status == http.StatusForbidden) {
		return t, false, nil
	}
	if err == nil && reply.ID == "" {
		err = httpclient.Lacks("ticket", false)
	}
	if err != nil || strings.EqualFold(reply.Status, "deleted") {
		return t, false, h.explain(err)
	}
	t.Ticket, t.Title = h.ticket(reply.ID), reply.Subject
	for _, r := range reply.Requestor {
		t.Customers = append(t.Customers, helpdesk.Known(h.o.UnknownCustomer, r.ID)...)
	}
	return t, true, nil
}

// OpenTickets implements helpdesk.HelpDesk. Tickets in any active status are open.
func (h *HelpDesk) OpenTickets(ctx context.Context, customer string) (helpdesk.OpenTickets, error) {
	if customer == "" {
		return helpdesk.OpenTickets{}, nil
	}
	ticketSQL := "Requestor.Name = " + quote(customer) + " AND Status = '__Active__'"
	list, count, err := h.search(ctx, ticketSQL, "DESC", helpdesk.MaxNewest)
	if err != nil {
		return helpdesk.OpenTickets{}, h.explain(err)
	}
	open := helpdesk.OpenTickets{
		Count: min(count, protocol.MostCounted),
		Page:  h.client.URL() + "/Search/Results.html?Query=" + url.QueryEscape(ticketSQL),
	}
	for _, t := range list {
		if !slices.ContainsFunc(t.Requestor, func(r struct{ ID string }) bool {
			return strings.EqualFold(r.ID, customer)
		}) {
			continue
		}
		open.Newest = append(open.Newest, helpdesk.OpenTicket{Ticket: h.ticket(t.ID), Title: t.Subject})
	}
	if len(open.Newest) == 0 {
		return helpdesk.OpenTickets{}, nil
	}
	return open, nil
}
