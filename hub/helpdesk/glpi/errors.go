package glpi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/httpclient"
)

// noValue is the error for a value of a ticket template that GLPI does not have.
func noValue(key, value string) *helpdesk.Error {
	what := map[string]string{
		"queue": "category", "priority": "priority", "state": "status", "type": "type", "owner": "user",
	}[key]
	return &helpdesk.Error{
		Reason: fmt.Sprintf("GLPI has no %s %q: an administrator must correct %s of the ticket template in hub.yml.",
			what, value, key),
		Refused: true,
	}
}

// refusal is GLPI's code of an error and its sentence: ["ERROR_RIGHT_MISSING", "…"].
func refusal(err error) (code, text string) {
	var failed *httpclient.Error
	if !errors.As(err, &failed) || failed.Status < 400 || failed.Status >= 500 {
		return "", ""
	}
	var reply []any
	if json.Unmarshal(failed.Body, &reply) != nil || len(reply) == 0 {
		return "", ""
	}
	code, _ = reply[0].(string)
	if len(reply) > 1 {
		switch second := reply[1].(type) {
		case string:
			text = second
		default: // of several inputs
			encoded, _ := json.Marshal(second)
			text = string(encoded)
		}
	}
	return code, text
}

// explain turns an error of ask into one for administrators; nil stays nil.
func (h *HelpDesk) explain(err error) error {
	return h.client.Explain(err, func(failed *httpclient.Error) string {
		switch code, text := refusal(err); {
		case code == "ERROR_GLPI_LOGIN_USER_TOKEN":
			return "GLPI does not accept the hub's token: an administrator must correct help_desk.token in hub.yml."
		case strings.Contains(code, "APP_TOKEN"):
			return "GLPI does not accept the hub's App-Token: an administrator must correct help_desk.app_token in " +
				"hub.yml."
		case strings.Contains(code, "NOT_ALLOWED_IP"), code == "ERROR_LOGIN_WITH_CREDENTIALS_DISABLED":
			return "GLPI's API client does not let the hub in: an administrator must allow the hub's address there."
		case code == "ERROR_RIGHT_MISSING":
			return "GLPI denies it to the hub's user: an administrator must give its profile the rights on tickets, " +
				"followups, tasks, users and categories."
		case code != "" && failed.Cause == httpclient.Rejected:
			return fmt.Sprintf("GLPI refuses the request: %s (%s).", strings.TrimRight(text, ". \n"), code)
		}
		return ""
	})
}

// refused is explain for a ticket: GLPI rejects it by its rules.
func (h *HelpDesk) refused(err error) error { return refusedIf(h.explain(err), "ERROR_GLPI_ADD", err) }

// refusedNote is explain for a note. GLPI reports a ticket that does not exist as a missing right or
// as an input that cannot be added.
func (h *HelpDesk) refusedNote(err error, ticket string) error {
	code, text := refusal(err)
	if code == "ERROR_GLPI_ADD" || code == "ERROR_RIGHT_MISSING" || code == "ERROR_ITEM_NOT_FOUND" {
		return &helpdesk.Error{
			Reason: fmt.Sprintf(
				"GLPI refuses the note: the ticket %s does not exist, or the hub's user lacks rights on it: "+
					"%s.",
				ticket,
				strings.TrimRight(text, ". \n"),
			),
			Refused: true, Err: err,
		}
	}
	return h.explain(err)
}

func refusedIf(explained error, code string, err error) error {
	var e *helpdesk.Error
	if got, _ := refusal(err); got == code && errors.As(explained, &e) {
		e.Refused = true
	}
	return explained
}
