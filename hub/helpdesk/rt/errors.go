package rt

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// message returns Request Tracker's sentence on a request that it refuses.
func message(err error) string {
	var failed *httpclient.Error
	var reply struct{ Message string }
	if !errors.As(err, &failed) || json.Unmarshal(failed.Body, &reply) != nil {
		return ""
	}
	return reply.Message
}

// explain turns an error of ask into one for the agent; nil stays nil.
func (h *HelpDesk) explain(err error) error {
	return h.client.Explain(err, func(failed *httpclient.Error) string {
		switch {
		case failed.Status == http.StatusUnauthorized:
			return "Request Tracker refuses the hub's token: an administrator must correct help_desk.token in hub.yml."
		case failed.Status == http.StatusForbidden && message(err) != "":
			return fmt.Sprintf("The hub's user lacks a right in Request Tracker (%s): an administrator must give it.",
				message(err))
		case failed.Cause == httpclient.Redirected, failed.Cause == httpclient.NotFound,
			failed.Cause == httpclient.WebPage:
			return fmt.Sprintf("There is no REST interface of Request Tracker below %s: an administrator must correct "+
				"help_desk.url, the address of its start page.", h.client.URL())
		}
		return ""
	})
}

// refused is explain for a ticket.
func (h *HelpDesk) refused(err error, draft helpdesk.Draft) error {
	said := message(err)
	if said == "" || !rejected(err) {
		return h.explain(err)
	}
	e := &helpdesk.Error{Refused: true, Err: err}
	switch {
	case draft.Queue == "":
		e.Reason = "Request Tracker requires the ticket's queue: an administrator must set queue in the ticket " +
			"template in hub.yml."
	case strings.HasPrefix(said, "No permission to create tickets"):
		e.Reason = fmt.Sprintf("The queue %q does not exist in Request Tracker, or the hub's user lacks the right "+
			"CreateTicket on it: an administrator must correct queue of the ticket template in hub.yml, or give the "+
			"right.", draft.Queue)
	case strings.HasPrefix(said, "Status "):
		e.Reason = fmt.Sprintf("The state %q does not exist in Request Tracker's queue %q: an administrator must "+
			"correct state of the ticket template in hub.yml.", draft.State, draft.Queue)
	default:
		e.Reason = fmt.Sprintf("Request Tracker refuses the ticket: %s", helpdesk.Sentence(said))
	}
	return e
}

// refusedNote is explain for a note. A ticket that does not exist is "Permission Denied".
func (h *HelpDesk) refusedNote(err error, ticket string) error {
	if said := message(err); said != "" && rejected(err) {
		return &helpdesk.Error{
			Reason: fmt.Sprintf("Request Tracker refuses the note: the ticket %s does not exist, or the hub's user "+
				"lacks the right CommentOnTicket: %s", ticket, helpdesk.Sentence(said)),
			Refused: true, Err: err,
		}
	}
	return h.explain(err)
}

// rejected reports whether the request itself was refused.
func rejected(err error) bool {
	var failed *httpclient.Error
	return errors.As(err, &failed) &&
		(failed.Cause == httpclient.Rejected || failed.Status == http.StatusForbidden ||
			failed.Status == http.StatusNotFound)
}

func missingField(name, queue string) string {
	in := "no queue that the hub's user sees"
	if queue != "" {
		in = fmt.Sprintf("not the queue %q", queue)
	}
	return fmt.Sprintf("Of Request Tracker's tickets, %s has the custom field %q: an administrator must create it, "+
		"apply it to the queue and give the hub's user the right SeeCustomField, or correct help_desk.custom_fields "+
		"in hub.yml.", in, name)
}

func noRight(field string) string {
	return fmt.Sprintf("Request Tracker drops the call's id of new tickets, so the hub cannot tell whether a ticket "+
		"was created: an administrator must give the hub's user the rights ModifyCustomField and SeeCustomField "+
		"on %q.", field)
}
