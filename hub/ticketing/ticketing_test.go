package ticketing

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/hub/trace"
	"traybell/shared/protocol"
)

var anna = staff.Agent{Login: "anna", Name: "Anna Petrova"}

// fakeDesk is desk, help desk and store. It records the results.
type fakeDesk struct {
	helpdesk.HelpDesk
	tickets.Store

	away    time.Duration // how long the help desk takes
	failure error         // of the help desk
	request tickets.Request
	note    tickets.Note

	late  []string
	notes []tickets.Note // that ended
	steps []trace.What
}

func (d *fakeDesk) Background(ctx context.Context, f func(context.Context)) { go f(ctx) }

func (d *fakeDesk) TicketEnded(_ context.Context, _ *Press, r tickets.Request, late []string) {
	d.request, d.late = r, late
}

func (d *fakeDesk) NoteEnded(_ context.Context, n tickets.Note) { d.notes = append(d.notes, n) }

func (d *fakeDesk) Trace(_ string, s trace.Step) { d.steps = append(d.steps, s.What) }

func (d *fakeDesk) Create(context.Context, helpdesk.Draft) (helpdesk.Ticket, error) {
	time.Sleep(d.away)
	return helpdesk.Ticket{ID: "9", Number: "T-9"}, d.failure
}

func (d *fakeDesk) Append(context.Context, helpdesk.Note) error {
	time.Sleep(d.away)
	return d.failure
}

func (d *fakeDesk) BeginTicket(_ context.Context, r tickets.Request) (tickets.Request, bool, error) {
	return r, true, nil
}

func (d *fakeDesk) RetryTicket(context.Context, tickets.Request) error { return nil }

func (d *fakeDesk) OweTicket(context.Context, string, string) error { return nil }

func (d *fakeDesk) EndTicket(context.Context, tickets.Request) error { return nil }

func (d *fakeDesk) BeginNote(_ context.Context, n tickets.Note) (tickets.Note, bool, error) {
	n.ID, n.Ticket = 1, helpdesk.Ticket{ID: "9", Number: "T-9"}
	return n, true, nil
}

func (d *fakeDesk) RetryNote(context.Context, tickets.Note) error { return nil }

func (d *fakeDesk) EndNote(_ context.Context, n tickets.Note) error {
	d.note = n
	return nil
}

func (d *fakeDesk) open() (*Tickets, *Notes) {
	log := slog.New(slog.DiscardHandler)
	return New(Options{
		Store: d, HelpDesk: helpdesk.One{HelpDesk: d}, Jobs: jobs.New(jobs.Options{
			Owner:    "test",
			Classify: tickets.Classify, Log: log,
		}),
		Patience: 5 * time.Second, Staff: func() *staff.Staff { return staff.New([]staff.Agent{anna}) },
		Log: log, Now: time.Now,
	}, d)
}

func TestTicket(t *testing.T) {
	for _, test := range []struct {
		name    string
		away    time.Duration
		failure error
		waits   time.Duration
		number  string // now; empty: later, or never
		problem protocol.Problem
		late    []string
		state   tickets.State
	}{
		{"at once", time.Second, nil, time.Second, "T-9", "", nil, tickets.Made},
		{"slow", 20 * time.Second, nil, 5 * time.Second, "", "", []string{"anna"}, tickets.Made},
		{
			"refused", 0, &helpdesk.Error{Reason: "No.", Refused: true}, 0, "", protocol.HelpDeskRefused, nil,
			tickets.Failed,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &fakeDesk{away: test.away, failure: test.failure}
				made, _ := d.open()
				p := NewPress("press")
				go made.Begin(t.Context(), p, "anna", helpdesk.Draft{CallID: "main:1"}, 0)
				began := time.Now()
				answer, err := made.Answer(t.Context(), p, anna, "main:1")
				if waited := time.Since(began); waited != test.waits {
					t.Errorf("the agent waited %v", waited)
				}
				switch {
				case test.problem != "":
					if err == nil || fail.Of(err).Problem != test.problem {
						t.Errorf("refused with %v", err)
					}
				case test.number == "":
					if err != nil || answer.Queued == nil || answer.Queued.Problem != protocol.TicketSaved {
						t.Errorf("%+v, %v", answer, err)
					}
				case err != nil || answer.Created == nil || answer.Created.Number != test.number ||
					answer.Created.By != "Anna Petrova":
					t.Errorf("%+v, %v", answer, err)
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				if d.request.State != test.state || !slices.Equal(d.late, test.late) {
					t.Errorf("ended as %q, to be sent to %q", d.request.State, d.late)
				}
			})
		})
	}
}

func TestNote(t *testing.T) {
	refusal := &helpdesk.Error{Reason: "No.", Refused: true}
	for _, test := range []struct {
		name    string
		away    time.Duration
		failure error
		added   bool // while the agent waits
		later   bool
		state   tickets.State
		owed    bool
	}{
		{"at once", time.Second, nil, true, false, tickets.Made, false},
		{"slow", 20 * time.Second, nil, false, true, tickets.Made, false},
		{"refused", time.Second, refusal, false, false, tickets.Failed, false},
		{"slowly refused", 20 * time.Second, refusal, false, true, tickets.Failed, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &fakeDesk{away: test.away, failure: test.failure}
				_, notes := d.open()
				answer, err := notes.Add(t.Context(), anna, NewNote{ActionID: "note", Call: "main:1", Text: "paper"})
				if (answer.Noted != nil) != test.added || (answer.Queued != nil) != test.later ||
					(err != nil) == (test.added || test.later) {
					t.Errorf("%+v, %v", answer, err)
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				if d.note.State != test.state || d.note.Owed != test.owed || d.note.Text != "paper" {
					t.Errorf("ended as %+v", d.note)
				}
				if reported := len(d.notes) == 1; reported != test.later {
					t.Errorf("reported: %+v", d.notes)
				}
				if !slices.Equal(d.steps, []trace.What{trace.Noted}) {
					t.Errorf("trace: %q", d.steps)
				}
			})
		})
	}
}

// An agent is put off once, and only while the press is in progress.
func TestPressPutsOffUntilItEnds(t *testing.T) {
	p := LeftPress(tickets.Request{Agent: "anna", Owed: []string{"boris"}})
	for _, login := range []string{"clara", "anna", "clara"} {
		if _, ok := p.putOff(login); !ok {
			t.Errorf("%s was not put off", login)
		}
	}
	late := p.end(protocol.CreatedTicket{}, nil)
	if !slices.Equal(late, []string{"boris", "anna", "clara"}) {
		t.Errorf("late: %q", late)
	}
	if _, ok := p.putOff("dora"); ok {
		t.Error("put off after the end")
	}
}
