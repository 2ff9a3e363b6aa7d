package callpage

import (
	"context"
	"errors"
	"testing"
	"time"

	"traybell/hub/access"
	"traybell/hub/audit"
	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/hub/tracking"
	"traybell/shared/protocol"
)

// desk counts what pages make.
type desk struct{ notes int }

func (*desk) CreateTicket(context.Context, staff.Agent, ticketing.CreateTicket) (ticketing.TicketAnswer, error) {
	return ticketing.TicketAnswer{}, nil
}

func (d *desk) NoteTicket(context.Context, staff.Agent, ticketing.NewNote) (ticketing.NoteAnswer, error) {
	d.notes++
	return ticketing.NoteAnswer{}, nil
}

type log []audit.Entry

func (l *log) Add(e audit.Entry) { *l = append(*l, e) }

// commands are those of the page of Anna's call.
func (o *office) commands(rights ...protocol.Right) (*Commands, *desk, *log) {
	made, entries := &desk{}, &log{}
	people := staff.New([]staff.Agent{{Login: "anna", Extensions: []string{"101"}, Rights: rights}})
	o.shown(incoming(protocol.Answered, leg("101", protocol.Answered)), true)
	return &Commands{
		Service: o.Service, Desk: made, Audit: entries, Staff: func() *staff.Staff { return people },
		Now: func() time.Time { return o.now },
	}, made, entries
}

var annas = access.Principal{Kind: access.Page, Name: "anna", Call: "main:1"}

func is(err error, want protocol.Problem) bool {
	failed := new(fail.Error)
	return errors.As(err, &failed) && failed.Problem == want
}

func TestPageNeedsTheRightOfItsAgent(t *testing.T) {
	pages := tracking.Pages{Script: template(t, "https://crm.example.com/")}
	x, made, entries := open(t, pages).commands()
	if c, err := x.Call(t.Context(), annas); !is(err, protocol.RightMissing) || c.ID != "" {
		t.Errorf("without the right the page reads %+v, %v", c, err)
	}
	if err := x.AddNote(t.Context(), annas, "x"); !is(err, protocol.RightMissing) || made.notes > 0 ||
		len(*entries) != 1 || (*entries)[0].Error == "" {
		t.Errorf("%v, %+v", err, *entries)
	}
	x, made, _ = open(t, pages).commands(protocol.RightTicket)
	if c, err := x.Call(t.Context(), annas); err != nil || c.Number != "84951234567" {
		t.Errorf("%+v, %v", c, err)
	}
	if err := x.AddNote(t.Context(), annas, "x"); err != nil || made.notes != 1 {
		t.Errorf("%v, %d notes", err, made.notes)
	}
}

func TestPageIsLimited(t *testing.T) {
	o := open(t, tracking.Pages{Script: template(t, "https://crm.example.com/")})
	x, made, entries := o.commands(protocol.RightTicket)
	for i := range 13 {
		var err error
		if i%2 == 0 {
			err = x.AddNote(t.Context(), annas, "x")
		} else {
			_, err = x.CreateTicket(t.Context(), annas, PageTicket{})
		}
		if failed := new(fail.Error); (i >= changesBurst) != (errors.As(err, &failed) && failed.Code == fail.Limited) {
			t.Errorf("change %d: %v", i+1, err)
		}
	}
	if made.notes != 5 || len(*entries) != changesBurst {
		t.Errorf("%d notes, %d entries of the audit", made.notes, len(*entries))
	}
	if _, err := x.Call(t.Context(), annas); err != nil {
		t.Errorf("reading is limited: %v", err)
	}
	o.now = o.now.Add(changeEvery)
	if err := x.AddNote(t.Context(), annas, "x"); err != nil {
		t.Errorf("after a while: %v", err)
	}
	if err := x.AddNote(t.Context(), annas, "x"); err == nil {
		t.Error("the limit is gone")
	}
}
