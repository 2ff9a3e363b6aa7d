package glpi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"traybell/hub/helpdesk"
	"traybell/shared/protocol"
)

// Check implements helpdesk.Adapter: the tokens, and the categories, codes and users.
func (h *HelpDesk) Check(ctx context.Context, templates []helpdesk.Wanted) (works []string, err error) {
	external, err := h.external(ctx)
	if err != nil {
		return nil, h.explain(err)
	}
	where := "at the end of its text"
	if external {
		where = "in the field externalid"
	}
	works = append(works, fmt.Sprintf("Signed in to GLPI %s at %s. A ticket has its call's id %s.", *h.version.Load(),
		h.client.URL(), where))
	return checkNames(ctx, works, templates, h.o.UnknownCustomer, h)
}

// directory is what names are looked up in. Its errors are explained by explain.
type directory interface {
	category(ctx context.Context, name string) (json.Number, error)
	user(ctx context.Context, login string) (json.Number, error)
	explain(err error) error
}

// checkNames looks up what the templates name.
func checkNames(ctx context.Context, works []string, templates []helpdesk.Wanted, unknown string, in directory,
) ([]string, error) {
	var missing []error
	complain := func(template, key, value string) {
		missing = append(missing, &helpdesk.Error{
			Reason: "ticket_templates." + template + ": " + noValue(key, value).Reason,
		})
	}
	for _, w := range templates {
		whole := len(missing)
		for _, each := range []struct {
			key, value string
			names      map[string]int
		}{{"priority", w.Priority, priorities}, {"state", w.State, states}, {"type", w.Type, kinds}} {
			if _, ok := code(each.value, each.names); each.value != "" && !ok {
				complain(w.Template, each.key, each.value)
			}
		}
		for _, each := range []struct {
			key, value string
			find       func(context.Context, string) (json.Number, error)
		}{{"queue", w.Queue, in.category}, {"owner", w.Owner, in.user}} {
			if each.value == "" {
				continue
			}
			id, err := each.find(ctx, each.value)
			if err != nil {
				return works, in.explain(err)
			}
			if id == "" {
				complain(w.Template, each.key, each.value)
			}
		}
		if len(missing) == whole {
			works = append(works, fmt.Sprintf("The names of the ticket template %q exist.", w.Template))
		}
	}
	if unknown != "" {
		id, err := in.user(ctx, unknown)
		if err != nil {
			return works, in.explain(err)
		}
		if id == "" {
			missing = append(missing, &helpdesk.Error{
				Reason: fmt.Sprintf(
					"help_desk.unknown_customer: GLPI has no user %q; correct it in hub.yml, or add it.",
					unknown,
				),
			})
		}
	}
	return works, errors.Join(missing...)
}

// Customers implements helpdesk.Customers: the active users with a number. The list does not tell
// customers from agents.
func (h *HelpDesk) Customers(ctx context.Context, page int) (helpdesk.CustomersPage, error) {
	const most = 100 // users on a page
	var list []struct {
		ID                                               json.Number
		Name, Realname, Firstname, Phone, Phone2, Mobile string
		Active                                           json.Number `json:"is_active"`
		Deleted                                          json.Number `json:"is_deleted"`
		Modified                                         string      `json:"date_mod"`
	}
	header, err := h.ask(ctx, request{path: "User", query: url.Values{
		"range": {fmt.Sprintf("%d-%d", page*most, page*most+most-1)}, "sort": {"date_mod"}, "order": {"DESC"},
	}}, &list)
	if code, _ := refusal(err); code == "ERROR_RANGE_EXCEED_TOTAL" {
		return helpdesk.CustomersPage{ByChange: true, Total: page * most}, nil
	}
	if err != nil {
		return helpdesk.CustomersPage{}, h.explain(err)
	}
	got := helpdesk.CustomersPage{ByChange: true, Total: page*most + len(list)}
	if _, text, ok := strings.Cut(header.Get("Content-Range"), "/"); ok { // 0-99/4120
		if total, err := strconv.Atoi(text); err == nil {
			got.Total = total
		}
	}
	got.More = (page+1)*most < got.Total
	for _, u := range list {
		row := helpdesk.CustomerRow{Key: u.ID.String(), Version: u.Modified}
		if u.Active != "0" && u.Deleted != "1" && cmp.Or(u.Phone, u.Phone2, u.Mobile) != "" {
			row.Who = protocol.Customer{
				Login: u.Name, Name: cmp.Or(strings.TrimSpace(u.Firstname+" "+u.Realname), u.Name),
				Phone: u.Phone, HomePhone: u.Phone2, Mobile: u.Mobile,
			}
		}
		got.Rows = append(got.Rows, row)
	}
	return got, nil
}
