package model

import (
	"strings"

	"traybell/shared/protocol"
)

// Keyed returns the call that a hotkey for a control is about: the newest of those that offer it. To
// hang up, one that the agent talks on comes before one that rings.
func (t *Terminal) Keyed(what protocol.Control) (call string, ok bool) {
	var found protocol.Call
	for _, c := range t.calls.byID {
		if !offered(c.now, what) {
			continue
		}
		rings, ringing := c.now.State == protocol.Ringing, found.State == protocol.Ringing
		if !ok || ringing && !rings || ringing == rings && c.now.Started.After(found.Started) {
			found, ok = c.now, true
		}
	}
	return found.ID, ok
}

// Selected returns the number in a text that the agent has selected in another program: its digits,
// *, # and a leading +. What is not one number is refused as in Dialled.
func Selected(text string) (number string, err error) {
	if len(text) > longestAddress {
		return "", ErrLongAddress
	}
	text = strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || strings.ContainsRune("+*#", c) {
			return c
		}
		return -1
	}, text)
	return Dialled(SchemeTel + ":" + text)
}
