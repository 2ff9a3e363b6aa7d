package tickets

import (
	"errors"

	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/shared/protocol"
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
	o.Retry, o.Uncertain, o.Refused, o.Done = e.Retry, e.Uncertain, e.Refused, e.Created
	return o
}

// Failure is an error of the help desk or its task for the agent, with its Reason for
// administrators.
func Failure(err error) *fail.Error {
	if dropped := new(fail.Error); errors.As(err, &dropped) {
		return dropped
	}
	problem, about := problemOf(err)
	f := fail.New(problem, about).Because(err)
	o := Classify(err)
	f.Retry, f.Detail = (o.Retry || o.Uncertain) && problem != protocol.HelpDeskCreated, Reason(err)
	return f
}

func problemOf(err error) (problem protocol.Problem, about string) {
	var e *helpdesk.Error
	switch {
	case errors.Is(err, jobs.ErrUndecided) && errors.As(err, &e) && e.Created:
		return protocol.HelpDeskCreated, ""
	case errors.Is(err, jobs.ErrUndecided):
		return protocol.HelpDeskUncertain, ""
	case errors.Is(err, jobs.ErrSettling):
		return protocol.HelpDeskSettling, ""
	case !errors.As(err, &e), e.Retry, e.Uncertain:
		return protocol.HelpDeskDown, ""
	case e.Customer != "":
		return protocol.HelpDeskCustomer, e.Customer
	case errors.Is(err, helpdesk.ErrGone):
		return protocol.HelpDeskGone, ""
	case e.Refused:
		return protocol.HelpDeskRefused, ""
	}
	return protocol.HelpDeskSetup, ""
}

// Reason is the sentence for administrators about an error of the help desk or its task.
func Reason(err error) string {
	var e *helpdesk.Error
	known := errors.As(err, &e)
	switch {
	case errors.Is(err, jobs.ErrUndecided) && known && e.Created:
		return e.Reason + " The ticket was created: look for it in the help desk, and do not press again."
	case errors.Is(err, jobs.ErrUndecided) && known:
		return e.Reason +
			" The hub cannot look up whether the help desk made the ticket. Check the help desk; if the " +
			"ticket is missing, press again."
	case errors.Is(err, jobs.ErrUndecided):
		return "The help desk did not answer, and the hub cannot look up whether it made the ticket. Check the " +
			"help desk; if the ticket is missing, press again."
	case errors.Is(err, jobs.ErrSettling):
		return "The help desk did not say whether it made the ticket."
	case known:
		return e.Reason
	}
	return "The hub cannot reach the help desk; its log says why."
}
