package rt

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// Check implements helpdesk.Adapter: the token, and the queues, owners, fields and rights. Statuses
// cannot be listed.
func (h *HelpDesk) Check(ctx context.Context, templates []helpdesk.Wanted) (works []string, err error) {
	var version struct{ Version string }
	err = h.client.Get(ctx, "/rt", nil, &version)
	if err == nil && version.Version == "" {
		err = httpclient.Lacks("Version", false)
	}
	if err != nil {
		return nil, h.explain(err)
	}
	works = append(works, fmt.Sprintf("Signed in to Request Tracker %s at %s.", version.Version, h.client.URL()))
	var missing []error
	complain := func(format string, args ...any) {
		missing = append(missing, &helpdesk.Error{Reason: fmt.Sprintf(format, args...)})
	}
	user := func(what, name string) error {
		known, err := h.knows(ctx, name)
		if err == nil && !known {
			complain("%s: Request Tracker has no user %q; correct it in hub.yml.", what, name)
		}
		return err
	}
	for _, w := range templates {
		at := "ticket_templates." + w.Template
		if w.Type != "" {
			complain("%s.type: Request Tracker has no types of tickets; remove type %q in hub.yml.", at, w.Type)
		}
		if w.Owner != "" {
			if err := user(at+".owner", w.Owner); err != nil {
				return works, h.explain(err)
			}
		}
		if w.Queue == "" {
			continue // the hub warns
		}
		q, err := h.queue(ctx, w.Queue)
		var unknown *helpdesk.Error
		switch {
		case errors.As(err, &unknown):
			complain("%s.queue: %s", at, unknown.Reason)
			continue
		case err != nil:
			return works, h.explain(err)
		}
		whole := len(missing)
		if !q.creates() {
			complain("%s.queue: the hub's user lacks the right CreateTicket on the queue %q; give it there, or "+
				"correct hub.yml.", at, w.Queue)
		}
		for _, field := range []string{h.o.CallField, h.o.CallerField} {
			if field != "" && q.field(field) == "" {
				complain("%s.queue: %s", at, missingField(field, w.Queue))
			}
		}
		if len(missing) == whole {
			works = append(works, fmt.Sprintf("The queue %q accepts tickets. Its form, filled in: %s",
				w.Queue, h.form(q)))
		}
	}
	if h.o.UnknownCustomer != "" {
		if err := user("help_desk.unknown_customer", h.o.UnknownCustomer); err != nil {
			return works, h.explain(err)
		}
	}
	if h.o.CallField == "" {
		works = append(
			works,
			helpdesk.Doubt+"No custom field for the call's id is set: after a lost answer the hub cannot tell "+
				"whether a ticket was created.",
		)
	}
	return works, errors.Join(missing...)
}

// creates reports whether the user may create tickets in the queue.
func (q queue) creates() bool {
	for _, link := range q.Hyperlinks {
		if link.Ref == "create" && link.Type == "ticket" {
			return true
		}
	}
	return false
}

// FormLink implements helpdesk.Form.
func (h *HelpDesk) FormLink(ctx context.Context, of helpdesk.Wanted) (string, error) {
	q, err := h.queue(ctx, of.Queue)
	if err != nil {
		return "", h.explain(err)
	}
	return h.form(q), nil
}

func (h *HelpDesk) form(q queue) string {
	link := h.client.URL() + "/Ticket/Create.html?Queue=" + q.ID.String() +
		"&Requestors=<PIM_CUSTOMER_UserEmail>&Subject=<PIM_CID>"
	for _, each := range []struct{ field, value string }{
		{h.o.CallField, "<PIM_CALLID>"}, {h.o.CallerField, "<PIM_CID_E164>"},
	} {
		if id := q.field(each.field); id != "" {
			link += "&" + url.QueryEscape("Object-RT::Ticket--CustomField-"+id+"-Value") + "=" + each.value
		}
	}
	return link
}
