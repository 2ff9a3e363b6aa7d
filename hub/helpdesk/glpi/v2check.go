package glpi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
	"traybell/shared/protocol"
)

// Check implements helpdesk.Adapter: the client and the user, and the categories, codes and users.
func (h *V2) Check(ctx context.Context, templates []helpdesk.Wanted) (works []string, err error) {
	var me struct{ Username string }
	if _, err := h.ask(ctx, request{path: "Administration/User/Me"}, &me); err != nil {
		return nil, h.explain(err)
	}
	works = append(works, fmt.Sprintf("Signed in to GLPI at %s as %q. A ticket has its call's id in the field "+
		"externalid.", h.client.URL(), me.Username))
	return checkNames(ctx, works, templates, h.o.UnknownCustomer, h)
}

// Customers implements helpdesk.Customers, as that of HelpDesk.
func (h *V2) Customers(ctx context.Context, page int) (helpdesk.CustomersPage, error) {
	const most = 100 // users on a page
	var list []struct {
		ID                                                   json.Number
		Username, Realname, Firstname, Phone, Phone2, Mobile string
		Emails                                               []struct{ Email string }
		Active                                               *bool  `json:"is_active"`
		Deleted                                              bool   `json:"is_deleted"`
		Modified                                             string `json:"date_mod"` // from API 2.2 on
	}
	resp, err := h.ask(ctx, request{path: "Administration/User", query: url.Values{
		"start": {strconv.Itoa(page * most)}, "limit": {strconv.Itoa(most)}, "sort": {"id:asc"},
	}}, &list)
	if err != nil {
		return helpdesk.CustomersPage{}, h.explain(err)
	}
	got := helpdesk.CustomersPage{Total: page*most + len(list)}
	if _, text, ok := strings.Cut(resp.Header.Get("Content-Range"), "/"); ok { // 0-99/4120
		if total, err := strconv.Atoi(text); err == nil {
			got.Total = total
		}
	}
	got.More = (page+1)*most < got.Total
	for _, u := range list {
		row := helpdesk.CustomerRow{Key: u.ID.String(), Version: u.Modified}
		if (u.Active == nil || *u.Active) && !u.Deleted && cmp.Or(u.Phone, u.Phone2, u.Mobile) != "" {
			row.Who = protocol.Customer{
				Login: u.Username, Name: cmp.Or(strings.TrimSpace(u.Firstname+" "+u.Realname), u.Username),
				Phone: u.Phone, HomePhone: u.Phone2, Mobile: u.Mobile,
			}
			if len(u.Emails) > 0 {
				row.Who.Email = u.Emails[0].Email
			}
		}
		got.Rows = append(got.Rows, row)
	}
	return got, nil
}

// v2Refusal is GLPI's code of an error and its sentence, also those of OAuth.
func v2Refusal(err error) (code, text string) {
	var failed *httpclient.Error
	if !errors.As(err, &failed) || failed.Status < 400 || failed.Status >= 500 {
		return "", ""
	}
	var reply struct {
		Status, Title string
		Error         string
		Description   string `json:"error_description"`
	}
	if json.Unmarshal(failed.Body, &reply) != nil {
		return "", ""
	}
	return cmp.Or(reply.Status, reply.Error), cmp.Or(reply.Title, reply.Description)
}

func (h *V2) explain(err error) error {
	return h.client.Explain(err, func(failed *httpclient.Error) string {
		switch code, text := v2Refusal(err); {
		case code == "invalid_client" || code == "unauthorized_client" || code == "unsupported_grant_type":
			return "GLPI does not accept the hub's OAuth client: an administrator must correct help_desk.client_id " +
				"and help_desk.client_secret in hub.yml, or allow the client the grant Password."
		case code == "invalid_grant",
			code == "invalid_credentials",
			failed.Status == http.StatusUnauthorized && code != "":
			return "GLPI does not accept the hub's user: an administrator must correct help_desk.username and " +
				"help_desk.password in hub.yml."
		case code == "ERROR_RIGHT_MISSING":
			return "GLPI denies it to the hub's user: an administrator must give its profile the rights on tickets, " +
				"followups, tasks, users and categories. Before 11.0.6 GLPI denies notes to everybody: update it, or " +
				"use token."
		case code != "" && failed.Cause == httpclient.Rejected:
			return fmt.Sprintf("GLPI refuses the request: %s (%s).", strings.TrimRight(text, ". \n"), code)
		}
		return ""
	})
}

// refused is explain for a ticket: GLPI rejects it by its rules.
func (h *V2) refused(err error) error {
	explained := h.explain(err)
	var e *helpdesk.Error
	if code, _ := v2Refusal(err); strings.HasPrefix(code, "ERROR_INVALID") || code == "ERROR_GENERIC" {
		if errors.As(explained, &e) {
			e.Refused = true
		}
	}
	return explained
}

// refusedNote is explain for a note.
func (h *V2) refusedNote(err error, ticket string) error {
	if code, text := v2Refusal(err); code == "ERROR_ITEM_NOT_FOUND" || code == "ERROR_RIGHT_MISSING" ||
		strings.HasPrefix(code, "ERROR_INVALID") {
		return &helpdesk.Error{
			Reason: fmt.Sprintf(
				"GLPI refuses the note: the ticket %s does not exist, or the hub's user lacks rights on "+
					"it, or GLPI is older than 11.0.6: %s.",
				ticket,
				strings.TrimRight(text, ". \n"),
			),
			Refused: true, Err: err,
		}
	}
	return h.explain(err)
}
