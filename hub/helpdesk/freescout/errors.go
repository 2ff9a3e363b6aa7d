package freescout

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// noValue is the error for a value of hub.yml that FreeScout does not have.
func noValue(key, value string) *helpdesk.Error {
	e := &helpdesk.Error{Refused: true}
	what := map[string]string{"queue": "mailbox", "state": "status", "owner": "user"}[key]
	switch {
	case key == "username":
		e.Reason = fmt.Sprintf("FreeScout has no user %q: an administrator must correct help_desk.username in hub.yml.",
			value)
	case value == "":
		e.Reason = "FreeScout requires the ticket's mailbox: an administrator must set queue in the ticket template " +
			"in hub.yml."
	default:
		e.Reason = fmt.Sprintf("FreeScout has no %s %q: an administrator must correct %s of the ticket template in "+
			"hub.yml.", what, value, key)
	}
	return e
}

// problem is what FreeScout does not accept of a request.
type problem struct{ Path, Message string }

// said returns FreeScout's own words about a refusal: its message and what it does not accept.
func said(err error) (text string, problems []problem) {
	var failed *httpclient.Error
	if !errors.As(err, &failed) || failed.Status < 400 || failed.Status >= 500 {
		return "", nil
	}
	var reply struct {
		Message  string
		Embedded struct{ Errors []problem } `json:"_embedded"`
	}
	if json.Unmarshal(failed.Body, &reply) != nil {
		return "", nil
	}
	text = reply.Message
	for _, p := range reply.Embedded.Errors {
		text += "; " + p.Path + ": " + p.Message
	}
	return strings.TrimPrefix(text, "; "), reply.Embedded.Errors
}

// refusesCustomer reports whether FreeScout refuses a ticket for its customer.
func refusesCustomer(err error) bool {
	var failed *httpclient.Error
	if !errors.As(err, &failed) || failed.Status != http.StatusBadRequest {
		return false
	}
	_, problems := said(err)
	for _, p := range problems {
		if strings.HasPrefix(p.Path, "customer") {
			return true
		}
	}
	return false
}

// explain turns an error into one for administrators; nil stays nil.
func (h *HelpDesk) explain(err error) error {
	return h.client.Explain(err, func(failed *httpclient.Error) string {
		switch text, _ := said(err); {
		case failed.Status == http.StatusUnauthorized || failed.Status == http.StatusForbidden:
			return "FreeScout does not accept the hub's API key: an administrator must correct help_desk.token in " +
				"hub.yml."
		case failed.Cause == httpclient.NotFound || failed.Cause == httpclient.WebPage:
			return fmt.Sprintf("FreeScout at %s has no API: an administrator must install its module API & Webhooks, "+
				"or correct help_desk.url.", h.client.URL())
		case failed.Cause == httpclient.Rejected && text != "":
			return "FreeScout refuses the request: " + helpdesk.Sentence(text)
		}
		return ""
	})
}

// refused is explain for a ticket.
func (h *HelpDesk) refused(err error) error {
	explained := h.explain(err)
	var failed *httpclient.Error
	var e *helpdesk.Error
	if errors.As(err, &failed) && failed.Cause == httpclient.Rejected && errors.As(explained, &e) {
		e.Refused = true
	}
	return explained
}

// refusedNote is explain for a note.
func (h *HelpDesk) refusedNote(err error, ticket string) error {
	var failed *httpclient.Error
	text, _ := said(err)
	if errors.As(err, &failed) && text != "" &&
		(failed.Cause == httpclient.Rejected || failed.Cause == httpclient.NotFound) {
		return &helpdesk.Error{
			Reason: fmt.Sprintf(
				"FreeScout refuses the note to the ticket %s: %s.",
				ticket,
				strings.TrimRight(text, "."),
			),
			Refused: true, Err: err,
		}
	}
	return h.explain(err)
}
