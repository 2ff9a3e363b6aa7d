package ticketing

import (
	"context"

	"traybell/hub/fail"
	"traybell/hub/jobs"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// DropLeft ends a request that no press of this hub works on; false: none of the call waits. One
// that another hub works on is busy.
func (t *Tickets) DropLeft(ctx context.Context, callID, reason string) (bool, error) {
	r, ok, err := t.left(ctx, callID)
	if err != nil || !ok {
		return false, err
	}
	dropped := droppedFor(reason)
	r.State, r.Error, r.Problem, r.About = tickets.Failed, dropped.Error(), dropped.Problem, dropped.About
	r.Claim = t.Jobs.NewClaim()
	err = jobs.Keep(ctx, func(ctx context.Context) error { return t.Store.EndTicket(ctx, r) })
	if err == nil {
		t.desk.TicketEnded(ctx, nil, r, []string{r.Agent})
	}
	return err == nil, err
}

func droppedFor(reason string) *fail.Error {
	return fail.New(protocol.TicketDropped, reason).Explain("An administrator dropped this request: %s", reason)
}

// RetryLeft says why a request that no press of this hub works on is not tried; false: none of the
// call waits.
func (t *Tickets) RetryLeft(ctx context.Context, callID string) (bool, error) {
	_, ok, err := t.left(ctx, callID)
	if err != nil || !ok {
		return false, err
	}
	return false, &fail.Error{
		Code: fail.Conflict, Text: "An earlier version saved this request without the ticket's text: the agent has " +
			"to press again.",
	}
}

// left returns the request of a call if it waits and no other hub works on it.
func (t *Tickets) left(ctx context.Context, callID string) (r tickets.Request, ok bool, err error) {
	r, ok, err = t.Store.TicketOf(ctx, callID)
	switch {
	case err != nil || !ok || r.State != tickets.Pending:
		return r, false, err
	case !r.Claim.FreeFor(t.Jobs.Owner, t.Now()):
		return r, false, fail.New(protocol.TicketBusy, "").Explain("Another hub works on this request.")
	}
	return r, true, nil
}
