package zammad

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
	"traybell/shared/protocol"
)

// named is a group, a state or a priority.
type named struct {
	Name   string
	Active *bool // nil: it has no such flag
}

// Check implements helpdesk.Adapter: the token, the names in the templates and the attributes.
func (h *HelpDesk) Check(ctx context.Context, templates []helpdesk.Wanted) (works []string, err error) {
	var me user
	err = h.client.Get(ctx, "/users/me", nil, &me)
	if err == nil && me.Login == "" {
		err = httpclient.Lacks("login", false)
	}
	if err != nil {
		return nil, h.explain(err)
	}
	works = append(works, fmt.Sprintf("Signed in to %s as %q.", h.client.URL(), me.Login))
	var missing []error
	complain := func(format string, args ...any) {
		missing = append(missing, &helpdesk.Error{Reason: fmt.Sprintf(format, args...)})
	}
	lists := map[string][]named{}
	for _, path := range []string{"/groups", "/ticket_states", "/ticket_priorities"} {
		var list []named
		if err := h.client.Get(ctx, path, url.Values{"per_page": {"500"}}, &list); err != nil {
			return works, h.explain(err)
		}
		lists[path] = list
	}
	for _, w := range templates {
		at := "ticket_templates." + w.Template
		whole := len(missing)
		for _, each := range []struct{ key, value, path string }{
			{"queue", w.Queue, "/groups"},
			{"state", w.State, "/ticket_states"},
			{"priority", w.Priority, "/ticket_priorities"},
		} {
			if each.value != "" && !slices.ContainsFunc(lists[each.path], func(n named) bool {
				return strings.EqualFold(n.Name, each.value) && (n.Active == nil || *n.Active)
			}) {
				complain("%s.%s: Zammad has no %q in %s, or it is not active; correct it in hub.yml.", at, each.key,
					each.value, strings.ReplaceAll(strings.TrimPrefix(each.path, "/"), "_", " "))
			}
		}
		if w.Type != "" {
			complain("%s.type: the hub sets no type in Zammad; remove type %q in hub.yml.", at, w.Type)
		}
		if w.Owner != "" {
			_, ok, err := h.user(ctx, w.Owner)
			if err != nil {
				return works, h.explain(err)
			}
			if !ok {
				complain("%s.owner: Zammad has no user %q; correct it in hub.yml.", at, w.Owner)
			}
		}
		if len(missing) == whole {
			works = append(works, fmt.Sprintf("The names of the ticket template %q exist.", w.Template))
		}
	}
	if name := h.o.UnknownCustomer; name != "" {
		_, ok, err := h.user(ctx, name)
		if err != nil {
			return works, h.explain(err)
		}
		if !ok {
			complain("help_desk.unknown_customer: Zammad has no user %q; correct it in hub.yml, or add it.", name)
		}
	} else {
		works = append(works, helpdesk.Doubt+"No unknown_customer is set: tickets of unknown callers will be refused.")
	}
	fields, err := h.checkFields(ctx, complain)
	works = append(works, fields...)
	if err != nil {
		return works, h.explain(err)
	}
	return works, errors.Join(missing...)
}

// checkFields looks for the attributes in a ticket: each ticket shows all.
func (h *HelpDesk) checkFields(ctx context.Context, complain func(string, ...any)) (works []string, err error) {
	if h.o.CallField == "" {
		works = append(
			works,
			helpdesk.Doubt+"No attribute for the call's id is set: after a lost answer the hub cannot tell whether a "+
				"ticket was created.",
		)
	}
	var list []ticket
	if err := h.client.Get(ctx, "/tickets", url.Values{"per_page": {"1"}}, &list); err != nil {
		return works, err
	}
	for _, name := range []string{h.o.CallField, h.o.CallerField} {
		switch {
		case name == "":
		case len(list) == 0:
			works = append(
				works,
				fmt.Sprintf(helpdesk.Doubt+"There is no ticket yet, so the attribute %q cannot be checked.", name),
			)
		default:
			if _, has := list[0][name]; !has {
				complain("%s", missingField(name))
				continue
			}
			works = append(works, fmt.Sprintf("Tickets have the attribute %q.", name))
		}
	}
	return works, nil
}

type user struct {
	ID           json.Number
	Login        string
	Firstname    string
	Lastname     string
	Email        string
	Phone        string
	Mobile       string
	Fax          string
	Street       string
	City         string
	Active       bool
	Organization string
	Roles        []string
	Updated      string `json:"updated_at"`
}

// Customers implements helpdesk.Customers: active users with the role Customer.
func (h *HelpDesk) Customers(ctx context.Context, page int) (helpdesk.CustomersPage, error) {
	const most = 100 // users on a page
	var list []user
	err := h.client.Get(ctx, "/users", url.Values{
		"page": {strconv.Itoa(page + 1)}, "per_page": {strconv.Itoa(most)}, "expand": {"true"},
	}, &list)
	if err != nil {
		return helpdesk.CustomersPage{}, h.explain(err)
	}
	got := helpdesk.CustomersPage{More: len(list) == most, Total: page*most + len(list)}
	for _, u := range list {
		row := helpdesk.CustomerRow{Key: u.ID.String(), Version: u.Updated}
		if u.Active && slices.Contains(u.Roles, "Customer") && cmp.Or(u.Phone, u.Mobile, u.Fax) != "" {
			row.Who = protocol.Customer{
				Login: u.Login, Name: cmp.Or(strings.TrimSpace(u.Firstname+" "+u.Lastname), u.Login), Email: u.Email,
				Company: u.Organization, Phone: u.Phone, Mobile: u.Mobile, Fax: u.Fax, Street: u.Street, City: u.City,
			}
		}
		got.Rows = append(got.Rows, row)
	}
	return got, nil
}
