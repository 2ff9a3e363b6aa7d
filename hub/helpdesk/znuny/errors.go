package znuny

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// refusal is the error of an operation: nothing was done.
type refusal struct {
	Code    string `json:"ErrorCode"`
	Message string `json:"ErrorMessage"`
}

func (r *refusal) Error() string { return r.Code + ": " + r.Message }

func (r *refusal) auth() bool { return strings.HasSuffix(r.Code, ".AuthFail") }

// Matches the last name in "Ticket->QueueID or Ticket->Queue parameter is invalid!", the one sent.
var parameterName = regexp.MustCompile(`(\w+)->(\w+) parameter`)

// parameter returns the name of the ticket's field that is wrong or missing; empty if the refusal
// is about something else.
func (r *refusal) parameter() string {
	if !strings.HasSuffix(r.Code, "Parameter") {
		return ""
	}
	m := parameterName.FindStringSubmatch(r.Message)
	switch {
	case m == nil:
		return ""
	case m[1] == "Ticket":
		return m[2]
	default:
		return m[1] + "." + m[2]
	}
}

// The texts with which the Generic Interface rejects a request before it runs an operation, with
// status 500 and text/plain.
var (
	noRouteTexts    = []string{"determine Operation", "RouteOperationMapping"}
	unreadableTexts = []string{
		"Error while decoding request content", "Unsupported request content structure", "Could not read input data",
	}
)

// reclassify tells rejections with status 500 from internal errors: nothing was done.
func (h *HelpDesk) reclassify(err error, route string) error {
	var e *httpclient.Error
	if !errors.As(err, &e) || e.Status != http.StatusInternalServerError {
		return err
	}
	contains := func(part string) bool { return strings.Contains(string(e.Body), part) }
	switch {
	case slices.ContainsFunc(noRouteTexts, contains):
		return &helpdesk.Error{
			Reason: fmt.Sprintf("The web service %q has no route %s: an administrator must import the one that comes "+
				"with traybell, or correct help_desk.routes.", h.o.WebService, route),
			Err: err,
		}
	case slices.ContainsFunc(unreadableTexts, contains):
		e.Cause, e.Uncertain = httpclient.Rejected, false
	}
	return err
}

// explain turns an error of send into one for the agent; nil stays nil. draft and customer are
// those of the ticket to create, empty for other requests.
func (h *HelpDesk) explain(err error, draft helpdesk.Draft, customer string) error {
	var refused *refusal
	if errors.As(err, &refused) {
		e := &helpdesk.Error{
			Reason: h.refusalSentence(refused, draft, customer), Refused: !refused.auth(), Err: refused,
		}
		if refused.parameter() == "CustomerUser" && customer != h.o.UnknownCustomer {
			e.Customer = customer
		}
		return e
	}
	return h.client.Explain(err, func(failed *httpclient.Error) string {
		switch failed.Cause {
		case httpclient.NoReply:
			return fmt.Sprintf("The help desk ended the connection without an answer; if that happens each time, it "+
				"has no valid web service named %q, or its REST transport is incomplete.", h.o.WebService)
		case httpclient.NotFound, httpclient.WebPage:
			return fmt.Sprintf("There is no web service at %s: an administrator must correct help_desk.url, which is "+
				"the address up to and without index.pl.", h.client.URL())
		}
		return ""
	})
}

func (h *HelpDesk) refusalSentence(r *refusal, draft helpdesk.Draft, customer string) string {
	missing := strings.HasSuffix(r.Code, "MissingParameter")
	field := func(what, value, key string) string {
		if missing || value == "" {
			return fmt.Sprintf("The help desk requires the ticket's %s: an administrator must set %s in the ticket "+
				"template in hub.yml.",
				what, key)
		}
		return fmt.Sprintf("The %s %q does not exist in the help desk, or is not valid there: an administrator must "+
			"correct %s of the ticket template in hub.yml.",
			what, value, key)
	}
	switch {
	case r.auth():
		return fmt.Sprintf("The help desk refuses the hub's user %q: an administrator must correct "+
			"help_desk.username and its password in hub.yml.",
			h.o.Username)
	case strings.HasSuffix(r.Code, ".AccessDenied"):
		if draft.Queue == "" {
			return fmt.Sprintf("The hub's user %q may not read the ticket: an administrator of the help desk must "+
				"give it rights on the queue's group.",
				h.o.Username)
		}
		return fmt.Sprintf("The hub's user %q may not create tickets in the queue %q: an administrator of the help "+
			"desk must give it the right rw on the queue's group.",
			h.o.Username, draft.Queue)
	}
	switch p := r.parameter(); {
	case p == "QueueID", p == "Queue":
		return field("queue", draft.Queue, "queue")
	case p == "StateID", p == "State":
		return field("state", draft.State, "state")
	case p == "PriorityID", p == "Priority":
		return field("priority", draft.Priority, "priority")
	case p == "TypeID", p == "Type":
		return field("type", draft.Type, "type")
	case p == "OwnerID", p == "Owner":
		return field("owner", draft.Owner, "owner")
	case p == "CustomerUser" && customer == h.o.UnknownCustomer:
		return fmt.Sprintf("The help desk does not know the customer %q: an administrator must correct "+
			"help_desk.unknown_customer in hub.yml, or add that customer.",
			customer)
	case p == "CustomerUser":
		return fmt.Sprintf("The help desk does not know the customer %q; an administrator can set another one for "+
			"such calls in hub.yml: help_desk.unknown_customer.",
			customer)
	case strings.HasPrefix(p, "DynamicField."):
		return fmt.Sprintf("The help desk lacks a dynamic field that the hub fills (%s): an administrator must add "+
			"them there as text fields of a ticket, or correct help_desk.dynamic_fields.",
			strings.Join(h.fields(), ", "))
	case p != "":
		return fmt.Sprintf("The help desk refuses the ticket's %s: an administrator must look at its rules.",
			strings.Replace(p, ".", " ", 1))
	default:
		return "The help desk refuses: " + r.Message
	}
}

func missingField(name string) string {
	return fmt.Sprintf("The help desk has no dynamic field %q for tickets: an administrator must add it there as a "+
		"text field, or correct help_desk.dynamic_fields.", name)
}
