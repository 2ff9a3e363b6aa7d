package desk

import (
	"context"
	"slices"
	"time"

	"traybell/hub/callcontrol/offer"
	"traybell/hub/desk/internal/seats"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

// Seats are the places of agents in live calls. All methods may be called from any goroutine.
type Seats struct{ desk *Desk }

// SeatsOf returns the seats of a desk.
func SeatsOf(d *Desk) Seats { return Seats{d} }

// Seat returns the agent's extension in a live call, empty if there is none, and what the agent may do
// there.
func (s Seats) Seat(ctx context.Context, a staff.Agent, call string) (extension string, seat offer.Seat, err error) {
	known := false
	if err := s.desk.wait(ctx, func(l *loop) {
		c := l.calls[call]
		if known = c != nil && c.State != protocol.Ended; known {
			extension, seat = l.seats.Of(c.at(), a)
			_, seen := c.seenBy[a.Login]
			known = seen || extension != "" // what others see is not to be taken
		}
	}); err != nil {
		return "", offer.Seat{}, err
	}
	if !known {
		return "", offer.Seat{}, fail.New(protocol.ControlNotNow, "")
	}
	return extension, seat, nil
}

// Trace keeps a step of a call's trace.
func (s Seats) Trace(call string, step trace.Step) { s.desk.traces.Step(call, step) }

// Changed shows a live call of a PBX, or all if it is empty, to those who may do something else with it
// now.
func (s Seats) Changed(ctx context.Context, pbx, only string) {
	s.desk.later(ctx, func(l *loop) {
		var of []*call
		for c := range l.live {
			if c.PBX == pbx && (only == "" || only == c.ID) {
				of = append(of, c)
			}
		}
		l.each(inOrder(slices.Values(of)), func(c *call) {
			if c.State != protocol.Ended {
				l.show(c)
			}
		})
	})
}

// at is the call as far as it says who may do what with it.
func (c *call) at() seats.Call {
	return seats.Call{
		PBX: c.PBX, ID: c.ID, State: c.State, Test: c.TestFor != "", Legs: c.Legs, Consult: c.Consult, Taken: c.takenBy,
	}
}

// sendCall sends a call to agents, each with what the agent may do. Those who may do the same get the
// same message.
func (l *loop) sendCall(c *call, logins []string, seen protocol.Call, read time.Time) {
	for len(logins) > 0 {
		can := l.seats.Can(c.at(), logins[0])
		same, others := logins[:1:1], []string(nil)
		for _, login := range logins[1:] {
			if l.seats.Can(c.at(), login) == can {
				same = append(same, login)
			} else {
				others = append(others, login)
			}
		}
		seen.Can = can.List()
		l.send(same, protocol.Event, protocol.CallEvent, seen, read)
		logins = others
	}
}
