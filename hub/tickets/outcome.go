package tickets

import (
	"errors"

	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
)

// Classify is jobs.Options.Classify for a help desk. Errors that do not come from the help desk are
// uncertain.
func Classify(err error) jobs.Outcome {
	o := jobs.Outcome{CannotLookUp: errors.Is(err, helpdesk.ErrCannotLookUp)}
	var e *helpdesk.Error
	if !errors.As(err, &e) {
		o.Uncertain = true
		return o
	}
	o.Retry, o.Uncertain, o.Refused = e.Retry, e.Uncertain, e.Refused
	return o
}

// Reason is the sentence for the agent about an error of the help desk or its task.
func Reason(err error) string {
	var e *helpdesk.Error
	switch {
	case errors.Is(err, jobs.ErrUndecided):
		return "The help desk did not answer, and the hub cannot look up whether it made the ticket. Check the " +
			"help desk; if the ticket is missing, press again."
	case errors.Is(err, jobs.ErrSettling):
		return "The help desk did not say whether it made the ticket."
	case errors.As(err, &e):
		return e.Reason
	}
	return "The hub cannot reach the help desk; its log says why."
}
