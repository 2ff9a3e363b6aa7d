package rt

import (
	"cmp"
	"context"
	"net/url"
	"strconv"

	"traybell/hub/helpdesk"
	"traybell/shared/protocol"
)

// Customers implements helpdesk.Customers: all users with a number. The list does not tell customers
// from agents.
func (h *HelpDesk) Customers(ctx context.Context, page int) (helpdesk.CustomersPage, error) {
	var reply struct {
		Items []struct {
			Name, RealName, EmailAddress, Organization, MobilePhone, HomePhone, Address1, City, LastUpdated string

			WorkPhone *string // missing without the right AdminUsers
		}
		Total    int
		NextPage string `json:"next_page"`
	}
	err := h.client.Get(ctx, "/users", url.Values{
		"fields": {"Name,RealName,EmailAddress,Organization,WorkPhone,MobilePhone,HomePhone,Address1,City,LastUpdated"},
		// the page after the last one is the last one again
		"per_page": {"100"}, "page": {strconv.Itoa(page + 1)}, "orderby": {"LastUpdated"}, "order": {"DESC"},
	}, &reply)
	if err != nil {
		return helpdesk.CustomersPage{}, h.explain(err)
	}
	got := helpdesk.CustomersPage{More: reply.NextPage != "", Total: reply.Total, ByChange: true}
	for _, u := range reply.Items {
		if u.WorkPhone == nil {
			return got, &helpdesk.Error{Reason: "Request Tracker hides the numbers of its users: an administrator " +
				"must give the hub's user the global right AdminUsers."}
		}
		row := helpdesk.CustomerRow{Key: u.Name, Version: u.LastUpdated}
		if cmp.Or(*u.WorkPhone, u.MobilePhone, u.HomePhone) != "" {
			row.Who = protocol.Customer{
				Login: u.Name, Name: cmp.Or(u.RealName, u.Name), Email: u.EmailAddress, Company: u.Organization,
				Phone: *u.WorkPhone, Mobile: u.MobilePhone, HomePhone: u.HomePhone, Street: u.Address1, City: u.City,
			}
		}
		got.Rows = append(got.Rows, row)
	}
	return got, nil
}
