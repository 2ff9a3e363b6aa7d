package cdr

import (
	"cmp"
	"strings"

	"traybell/hub/calldata"
	"traybell/hub/calls"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// New returns what a call and its number say: the record without agents, customer, line and ticket.
func New(c calls.Call, number phone.Number) Record {
	r := Record{
		CallID: c.ID, PBX: c.PBX, State: Open, Direction: c.Direction, Number: number.Local, E164: number.E164,
		DID: c.DID, Started: c.Started, Answered: c.Answered, Ended: c.Ended, Rang: c.Rang, Cause: c.Cause,
		AnswerUnseen: c.AnswerUnseen, EndUnseen: c.EndUnseen, Extension: c.MainExtension(),
		Exten: c.DID, AnsweredBy: c.AnsweredBy(), Data: calldata.Encode(c.Data.Kept()),
	}
	switch {
	case number.Kind == phone.Withheld:
		r.Number = ""
	case r.E164 != "":
		r.Number = number.Shown
	}
	switch {
	case c.Direction == protocol.Outgoing:
		r.Exten, r.CID = cmp.Or(r.Exten, c.Number), r.Extension
	case number.Kind != phone.Withheld:
		r.CID = number.Raw
	}
	if c.Direction != protocol.Incoming {
		r.DID = ""
	}
	if !c.Ended.IsZero() {
		r.State = Ended
	}
	if c.State != protocol.Ended {
		var ids []string
		for _, ch := range c.Channels {
			ids = append(ids, ch.Uniqueid)
		}
		r.Channels = strings.Join(ids, " ")
	}
	return r
}
