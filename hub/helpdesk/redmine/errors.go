package redmine

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

const wrongKey = "Redmine refuses the hub's key: an administrator must correct help_desk.token in hub.yml."

// explain turns an error of ask into one for the agent; nil stays nil.
func (h *HelpDesk) explain(err error) error {
	return h.client.Explain(err, func(failed *httpclient.Error) string {
		switch {
		case failed.Status == http.StatusUnauthorized:
			return wrongKey
		case failed.Status == http.StatusForbidden:
			return "The hub's user lacks a right in Redmine's project: an administrator must give its role View " +
				"issues, Add issues, Add notes, Set notes as private and Log spent time."
		case failed.Cause == httpclient.NotFound, failed.Cause == httpclient.WebPage,
			failed.Cause == httpclient.Redirected:
			return fmt.Sprintf("There is no REST interface of Redmine at %s: an administrator must correct "+
				"help_desk.url, the address of its start page.", h.client.URL())
		}
		return ""
	})
}

// refused is explain for an issue or a note, whose content Redmine may refuse.
func (h *HelpDesk) refused(what string, err error) error {
	var failed *httpclient.Error
	var reply struct{ Errors []string }
	if !errors.As(err, &failed) || failed.Status != http.StatusUnprocessableEntity ||
		json.Unmarshal(failed.Body, &reply) != nil {
		return h.explain(err)
	}
	return &helpdesk.Error{
		Reason: fmt.Sprintf("Redmine refuses the %s: %s. An administrator must look at the project's fields and the "+
			"ticket template in hub.yml.", what, strings.Join(reply.Errors, "; ")),
		Refused: true, Err: err,
	}
}

func missingField(name string) string {
	return fmt.Sprintf("No project that the hub's user sees in Redmine has the custom field %q for issues: an "+
		"administrator must create it, as a filter, or correct hub.yml.", name)
}
