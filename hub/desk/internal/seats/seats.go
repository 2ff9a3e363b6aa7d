// Package seats finds the places of agents in calls, and what they may do there.
package seats

import (
	"slices"

	"traybell/hub/callcontrol/offer"
	"traybell/hub/calls"
	"traybell/hub/desk/internal/sharing"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Seats decides what agents may do with calls.
type Seats struct {
	// Facts says what is known of a PBX, a call and the phone of an extension; nil: agents do nothing
	// with calls.
	Facts   func(pbx, call, extension string) offer.Facts
	Sharing sharing.Extensions
}

// Call is a call as far as it says who may do what with it.
type Call struct {
	PBX     string
	ID      string
	State   protocol.State
	Test    bool
	Legs    []calls.Leg
	Consult calls.Consult
	Taken   sharing.Taken
}

// Of returns the agent's extension in a call, empty if there is none, and the place there. Of several
// extensions in it, the one that talks counts.
func (s Seats) Of(c Call, a staff.Agent) (extension string, seat offer.Seat) {
	seat = offer.Seat{Right: a.May(protocol.RightControl), Record: a.May(protocol.RightRecord), Test: c.Test}
	for _, leg := range c.Legs {
		mine := slices.ContainsFunc(s.Sharing.At(leg.Extension, c.Taken), func(at staff.Agent) bool {
			return at.Login == a.Login
		})
		switch {
		case leg.State == protocol.Ended:
		case !mine:
			seat.Rings = seat.Rings || leg.State == protocol.Ringing && !leg.Calling
		case seat.Leg == "" || leg.State != protocol.Ringing:
			extension, seat.Leg, seat.Calling = leg.Extension, leg.State, leg.Calling
		}
	}
	if seat.Calling && c.State == protocol.Ringing && seat.Leg == protocol.Answered {
		seat.Leg = protocol.Ringing // the phone is lifted, and the other side is not there yet
	}
	switch consult := c.Consult; {
	case consult.Extension == "":
	case consult.Extension != extension:
		seat.Aside = true
	case consult.Answered:
		seat.Consult = protocol.Answered
	default:
		seat.Consult = protocol.Ringing
	}
	if s.Facts != nil {
		seat.Facts = s.Facts(c.PBX, c.ID, extension)
	}
	return extension, seat
}

// Can is what an agent may do with a call now.
func (s Seats) Can(c Call, login string) offer.Set {
	if s.Facts == nil || c.State == protocol.Ended {
		return 0
	}
	a, ok := s.Sharing.Staff().Agent(login)
	if !ok || !a.May(protocol.RightControl) && !a.May(protocol.RightRecord) {
		return 0
	}
	_, seat := s.Of(c, a)
	return seat.Controls()
}
