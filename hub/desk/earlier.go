package desk

import (
	"context"
	"strings"

	"traybell/hub/cdr"
)

// calledBack finds the first call after a missed one in which somebody talked with the same party;
// nil where nobody did.
func (d *Desk) calledBack(ctx context.Context, r cdr.Record) *cdr.Record {
	if !r.Missed || r.Party() == "" {
		return nil
	}
	later, ok, err := d.Records.AnsweredAfter(ctx, r.Party(), r.Started)
	if err != nil {
		d.Log.Warn("whether somebody called back could not be read", "call", r.CallID, "error", err)
	}
	if !ok {
		return nil
	}
	return &later
}

// whoTalked names the agents that a record is put down to, or the extension where it is nobody's.
func (d *Desk) whoTalked(r cdr.Record) string {
	if r.Agent == "" {
		return r.Extension
	}
	names := strings.Split(r.Agent, ",")
	for i, login := range names {
		names[i] = d.nameOf(login)
	}
	return strings.Join(names, ", ")
}
