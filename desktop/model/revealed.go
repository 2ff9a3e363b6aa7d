package model

import "traybell/shared/protocol"

// Revealed are the hidden numbers that the agent asked for, as they are for people, by call.
type Revealed map[string]string

// Show shows the number of a call until the program ends.
func (r Revealed) Show(call, number string) {
	if len(r) >= maxCalls {
		clear(r)
	}
	r[call] = number
}

// of is a call with its number, if the agent asked for that.
func (r Revealed) of(c protocol.Call) protocol.Call {
	if number := r[c.ID]; c.Hidden && number != "" {
		c.Display, c.Hidden = number, false
	}
	return c
}
