package redmine

import (
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

// perPage is the most that Redmine returns at once.
const perPage = 100

// Customers implements helpdesk.Customers: active users with a number in one of PhoneFields. Only
// administrators may list users.
func (h *HelpDesk) Customers(ctx context.Context, page int) (helpdesk.CustomersPage, error) {
	var reply struct {
		Users []struct {
			ID                         int
			Login, Firstname, Lastname string
			Mail                       string
			Updated                    string `json:"updated_on"`
			CustomFields               []struct {
				Name  string
				Value json.RawMessage
			} `json:"custom_fields"`
		}
		Total int `json:"total_count"`
	}
	err := h.client.Get(ctx, "/users.json", url.Values{
		"status": {"1"}, "sort": {"updated_on:desc"}, "limit": {strconv.Itoa(perPage)},
		"offset": {strconv.Itoa(page * perPage)},
	}, &reply)
	var failed *httpclient.Error
	if errors.As(err, &failed) && failed.Status == http.StatusForbidden {
		if err := h.who(ctx); err != nil {
			return helpdesk.CustomersPage{}, h.explain(err)
		}
		return helpdesk.CustomersPage{}, &helpdesk.Error{Reason: "Redmine lists its users only to " +
			"administrators: use the key of one in help_desk.token.", Err: err}
	}
	if err != nil {
		return helpdesk.CustomersPage{}, h.explain(err)
	}
	got := helpdesk.CustomersPage{More: (page+1)*perPage < reply.Total, Total: reply.Total, ByChange: true}
	for _, u := range reply.Users {
		var numbers []string
		for _, f := range u.CustomFields {
			var number string
			if slices.Contains(h.o.PhoneFields, f.Name) && json.Unmarshal(f.Value, &number) == nil && number != "" {
				numbers = append(numbers, number)
			}
		}
		row := helpdesk.CustomerRow{Key: strconv.Itoa(u.ID), Version: u.Updated}
		if len(numbers) > 0 {
			row.Who = protocol.Customer{
				Login: u.Login, Name: strings.TrimSpace(u.Firstname + " " + u.Lastname), Email: u.Mail,
				Phone: strings.Join(numbers, "; "),
			}
		}
		got.Rows = append(got.Rows, row)
	}
	return got, nil
}
