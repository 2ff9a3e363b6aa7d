package freescout

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"traybell/hub/helpdesk"
	"traybell/shared/protocol"
)

// Check implements helpdesk.Adapter: the key, the mailboxes and the users.
func (h *HelpDesk) Check(ctx context.Context, templates []helpdesk.Wanted) (works []string, err error) {
	var wrong *helpdesk.Error
	if _, err := h.mailbox(ctx, ""); !errors.As(err, &wrong) {
		return nil, h.explain(err)
	}
	works = append(works, fmt.Sprintf("FreeScout at %s accepts the API key.", h.client.URL()))
	var missing []error
	user := func(at, key, value string) error {
		id, err := h.user(ctx, value)
		if err == nil && id == "" {
			missing = append(missing, &helpdesk.Error{Reason: at + ": " + noValue(key, value).Reason})
		}
		return err
	}
	for _, w := range templates {
		whole, at := len(missing), "ticket_templates."+w.Template
		if w.Queue != "" {
			switch box, err := h.mailbox(ctx, w.Queue); {
			case errors.As(err, &wrong):
				missing = append(missing, &helpdesk.Error{Reason: at + ": " + wrong.Reason})
			case err != nil:
				return works, h.explain(err)
			default:
				works = append(
					works,
					fmt.Sprintf("The form of the mailbox %q, filled in: %s", w.Queue, h.form(box.String())),
				)
			}
		}
		if w.Owner != "" {
			if err := user(at, "owner", w.Owner); err != nil {
				return works, h.explain(err)
			}
		}
		if len(missing) == whole {
			works = append(works, fmt.Sprintf("The names of the ticket template %q exist.", w.Template))
		}
	}
	if err := user("help_desk.username", "username", h.o.Username); err != nil {
		return works, h.explain(err)
	}
	if h.o.UnknownCustomer == "" {
		works = append(
			works,
			helpdesk.Doubt+"No unknown_customer is set: tickets of callers without e-mail will be refused.",
		)
	}
	return works, errors.Join(missing...)
}

// FormLink implements helpdesk.Form.
func (h *HelpDesk) FormLink(ctx context.Context, of helpdesk.Wanted) (string, error) {
	box, err := h.mailbox(ctx, of.Queue)
	if err != nil {
		return "", h.explain(err)
	}
	return h.form(box.String()), nil
}

func (h *HelpDesk) form(mailbox string) string {
	return h.client.URL() + "/mailbox/" + mailbox + "/new-ticket?to=<PIM_CUSTOMER_UserEmail>&subject=<PIM_CID>%20" +
		"(<PIM_CALLID>)"
}

// Customers implements helpdesk.Customers.
func (h *HelpDesk) Customers(ctx context.Context, page int) (helpdesk.CustomersPage, error) {
	type entry struct{ Value, Type string }
	var reply struct {
		Embedded struct {
			Customers []struct {
				ID                           int
				FirstName, LastName, Company string
				UpdatedAt                    string
				Embedded                     struct{ Emails, Phones []entry } `json:"_embedded"`
			}
		} `json:"_embedded"`
		Page paging
	}
	err := h.client.Get(ctx, "/customers", url.Values{
		"page": {strconv.Itoa(page + 1)}, "pageSize": {"100"}, "sortField": {"updatedAt"}, "sortOrder": {"desc"},
	}, &reply)
	if err != nil {
		return helpdesk.CustomersPage{}, h.explain(err)
	}
	got := helpdesk.CustomersPage{More: page+1 < reply.Page.Pages, Total: reply.Page.Total, ByChange: true}
	for _, c := range reply.Embedded.Customers {
		row := helpdesk.CustomerRow{Key: strconv.Itoa(c.ID), Version: c.UpdatedAt}
		who := protocol.Customer{
			Login: idLogin + row.Key, Name: strings.TrimSpace(c.FirstName + " " + c.LastName), Company: c.Company,
		}
		for i, e := range c.Embedded.Emails {
			if i == 0 {
				who.Email, who.Login = e.Value, e.Value
			}
		}
		var phones []string
		for _, p := range c.Embedded.Phones {
			if p.Type == "mobile" && who.Mobile == "" {
				who.Mobile = p.Value
				continue
			}
			phones = append(phones, p.Value)
		}
		if who.Phone = strings.Join(phones, ", "); who.Phone+who.Mobile != "" {
			row.Who = who
		}
		got.Rows = append(got.Rows, row)
	}
	return got, nil
}
