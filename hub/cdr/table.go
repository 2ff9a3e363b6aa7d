package cdr

import (
	"io"
	"strconv"
	"time"

	"traybell/hub/table"
)

// Table writes records as CSV.
type Table struct {
	to   *table.Writer
	zone *time.Location
}

// NewTable returns a table whose times are RFC 3339 in a zone.
func NewTable(to io.Writer, zone *time.Location) *Table {
	return &Table{table.NewWriter(to, ','), zone}
}

// Header writes the names of the columns.
func (t *Table) Header() error {
	return t.to.Write(
		"started", "answered", "ended", "direction", "number", "name", "did", "extension", "agent", "ring_seconds",
		"talk_seconds", "cause", "customer", "ticket",
		"line", "customer_name", "pbx", "call", "state", "missed", "end_unseen",
		"callee", "callee_agent", "blocked", "answer_unseen",
	)
}

// Write writes a record.
func (t *Table) Write(r Record) error {
	at := func(moment time.Time) string {
		if moment.IsZero() {
			return ""
		}
		return moment.In(t.zone).Format(time.RFC3339)
	}
	seconds := func(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
	cause := ""
	if r.Cause > 0 {
		cause = strconv.Itoa(r.Cause)
	}
	return t.to.Write(
		at(r.Started), at(r.Answered), at(r.Ended), string(r.Direction), r.Number, r.Name, r.DID,
		r.Extension, r.Agent, seconds(r.Rang), seconds(r.Talked()), cause,
		r.Customer, r.Ticket, r.Line, r.CustomerName, r.PBX, r.CallID, string(r.State),
		strconv.FormatBool(r.Missed), strconv.FormatBool(r.EndUnseen), r.Callee(), r.CalleeAgent, r.Blocked,
		strconv.FormatBool(r.AnswerUnseen),
	)
}

// Flush writes what is buffered.
func (t *Table) Flush() error { return t.to.Flush() }
