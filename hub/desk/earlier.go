package desk

import (
	"cmp"
	"context"
	"strings"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/desk/internal/earlier"
	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/routing"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/hub/tickets"
	"traybell/shared/protocol"
)

// earlier reads the calls that the loop does not know.
func (d *Desk) earlier() earlier.Reader {
	r := d.Rules()
	return earlier.Reader{Company: r.Company, Records: r.Records, Numbers: r.Numbers, Callers: d.lookups.Callers}
}

// draftEarlier fills in the ticket as it would have been during the call: with the customer of the
// record unless the agent chooses another one, and the line's template of today.
func (r *Rules) draftEarlier(e earlier.Call, a staff.Agent, in ticketing.CreateTicket) (helpdesk.Draft, error) {
	in.Customer = cmp.Or(in.Customer, e.Customer)
	line := r.Lines.Of(e.DID)
	return in.Wish().Draft(r.Templates, e.Seen(line), routing.Decision{Line: line}.Template(), e.Customers, a)
}

// pressEarlier begins or joins a press on a call that the loop does not know. made is set if the
// call has its ticket already. in gets the call that the ticket was requested for.
func (t ticketDesk) pressEarlier(ctx context.Context, a staff.Agent, in *ticketing.NewNote,
	fill func(earlier.Call) (helpdesk.Draft, error),
) (p *ticketing.Press, made *ticketing.TicketAnswer, err error) {
	r, asked, err := t.opts.Tickets.TicketOf(ctx, in.Call)
	var e earlier.Call
	var shown bool
	if err == nil {
		e, shown, err = t.earlier().Read(ctx, a.Login, in.Call)
	}
	if asked && r.State != tickets.Failed {
		in.Call = r.CallID
	}
	switch {
	case err != nil:
		t.log.Error("cannot read earlier call", "call", in.Call, "error", err)
		return nil, nil, fail.New(protocol.HubBusy, "").Because(err)
	case !shown && (!asked || r.Agent != a.Login):
		return nil, nil, errUnknownCall
	case asked && r.State == tickets.Made:
		created := ticketing.Created(r, t.Staff(), false)
		return ticketing.NewPress(r.ActionID), &ticketing.TicketAnswer{Created: &created}, nil
	case asked && r.State == tickets.Failed && (!shown || fill == nil):
		return nil, nil, r.Failure()
	case !asked && fill == nil && e.State == cdr.Open: // the loop will know it
		return nil, nil, fail.New(protocol.HubBusy, "")
	case !asked && fill == nil:
		return nil, nil, errUnknownCall
	}
	var draft helpdesk.Draft
	if shown && fill != nil {
		if draft, err = fill(e); err != nil {
			return nil, nil, err
		}
		draft.CallID = in.Call
	}
	err = t.wait(ctx, func(l *loop) {
		if p = l.presses.byCall[in.Call]; p == nil && draft.CallID != "" {
			var talk time.Duration
			if l.rules.TalkTime {
				talk = e.Talked()
			}
			p = l.presses.start(a, in.ActionID, draft, talk)
			l.presses.told[in.Call] = strings.Fields(e.Told)
		}
	})
	if err == nil && p == nil {
		err = fail.New(protocol.TicketBusy, "")
	}
	return p, nil, err
}
