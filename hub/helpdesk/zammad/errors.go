package zammad

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// said is Zammad's own words about a request that it refused; empty if it was not.
func said(err error) string {
	var failed *httpclient.Error
	if !errors.As(err, &failed) || failed.Status < 400 || failed.Status >= 500 {
		return ""
	}
	var reply struct {
		Error string
		Human string `json:"error_human"`
	}
	if json.Unmarshal(failed.Body, &reply) != nil {
		return ""
	}
	if reply.Human != "" {
		return reply.Human
	}
	return reply.Error
}

// Matches the reply to a name that does not exist: No lookup value found for 'group': "Support".
var lookupFailed = regexp.MustCompile(`No lookup value found for '(\w+)'`)

// missing is the name of the field whose value does not exist.
func missing(err error) string {
	if m := lookupFailed.FindStringSubmatch(said(err)); m != nil {
		return m[1]
	}
	return ""
}

// hidden reports whether Zammad refused a request and tells only administrators why.
func hidden(err error) bool {
	return strings.HasSuffix(said(err), "Please contact your administrator.")
}

func mayLackCustomer(err error) bool {
	var failed *httpclient.Error
	return errors.As(err, &failed) && failed.Status == http.StatusUnprocessableEntity &&
		(missing(err) == "customer" || hidden(err))
}

func noSuchUser(err error) bool { return strings.HasPrefix(said(err), "No such user") }

// explain turns an error of ask into one for administrators; nil stays nil.
func (h *HelpDesk) explain(err error) error {
	return h.client.Explain(err, func(failed *httpclient.Error) string {
		switch text := said(err); {
		case failed.Status == http.StatusUnauthorized:
			return "Zammad does not accept the hub's token: an administrator must correct help_desk.token in hub.yml."
		case failed.Status == http.StatusForbidden && text != "":
			return fmt.Sprintf("Zammad denies it to the hub's user: %s. Its token needs the permission ticket.agent, "+
				"with admin.user for help_desk.as_agent and for customers, and its roles the groups of the tickets.",
				strings.TrimRight(text, ".!"))
		case failed.Cause == httpclient.Rejected && text != "":
			return "Zammad refuses the request: " + helpdesk.Sentence(text)
		}
		return ""
	})
}

// refused is explain for a ticket.
func (h *HelpDesk) refused(err error, draft helpdesk.Draft, customer string) error {
	var failed *httpclient.Error
	if !errors.As(err, &failed) || failed.Cause != httpclient.Rejected {
		return h.explain(err)
	}
	e := &helpdesk.Error{Refused: true, Err: err}
	field := func(what, value, key string) string {
		return fmt.Sprintf(
			"The %s %q does not exist in Zammad: an administrator must correct %s of the ticket template "+
				"in hub.yml.",
			what,
			value,
			key,
		)
	}
	switch name := missing(err); {
	case draft.Queue == "":
		e.Reason = "Zammad requires the ticket's group: an administrator must set queue in the ticket template " +
			"in hub.yml."
	case name == "group":
		e.Reason = field("group", draft.Queue, "queue")
	case name == "state":
		e.Reason = field("state", draft.State, "state")
	case name == "priority":
		e.Reason = field("priority", draft.Priority, "priority")
	case name == "owner":
		e.Reason = field("owner", draft.Owner, "owner")
	case name == "customer" && customer == h.o.UnknownCustomer:
		e.Reason = fmt.Sprintf("Zammad does not know the customer %q: an administrator must correct "+
			"help_desk.unknown_customer in hub.yml, or add that customer.", customer)
	case name == "customer":
		e.Customer = customer
		e.Reason = fmt.Sprintf("Zammad does not know the customer %q; an administrator can set another one for such "+
			"calls in hub.yml: help_desk.unknown_customer.", customer)
	case hidden(err):
		e.Reason = "Zammad refuses the ticket and tells only administrators why: run `traybell-hub check`, or look " +
			"for " +
			"the ID in Zammad's log: " + helpdesk.Sentence(
			said(err),
		)
	default:
		e.Reason = "Zammad refuses the ticket: " + helpdesk.Sentence(said(err))
	}
	return e
}

// refusedNote is explain for a note.
func (h *HelpDesk) refusedNote(err error, ticket string) error {
	var failed *httpclient.Error
	if errors.As(err, &failed) &&
		(failed.Cause == httpclient.Rejected || failed.Cause == httpclient.NotFound && said(err) != "") {
		return &helpdesk.Error{
			Reason:  fmt.Sprintf("Zammad refuses the note to the ticket %s: %s", ticket, helpdesk.Sentence(said(err))),
			Refused: true, Err: err,
		}
	}
	return h.explain(err)
}

func missingField(name string) string {
	return fmt.Sprintf(
		"Zammad's tickets have no attribute %q: an administrator must add it as a text attribute of tickets "+
			"(Objects), or correct help_desk.custom_fields in hub.yml.",
		name,
	)
}
