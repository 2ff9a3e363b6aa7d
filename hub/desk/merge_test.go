package desk

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/hub/cdr"
	"traybell/hub/helpdesk"
	"traybell/hub/staff"
	"traybell/hub/ticketing"
	"traybell/shared/protocol"
)

// consultation is a call of a customer, whom Anna puts on hold to ask Boris.
type consultation struct {
	*office
	customers, theirs calls.Call
}

func consult(o *office) *consultation {
	c := &consultation{office: o}
	c.customers = answered(from("main:1.1", "84951234567", leg("101", protocol.Ringing)), "101")
	c.customers.Channels = []calls.Channel{{Uniqueid: "1.1"}, {Uniqueid: "1.2", Extension: "101"}}
	c.theirs = from("main:1.3", "101", calls.Leg{Extension: "101", State: protocol.Answered, Calling: true},
		leg("102", protocol.Ringing))
	c.theirs.Direction, c.theirs.DID = protocol.Internal, "102"
	c.theirs = answered(c.theirs, "102")
	c.theirs.Channels = []calls.Channel{{Uniqueid: "1.3", Extension: "101"}, {Uniqueid: "1.4", Extension: "102"}}
	o.change(c.customers)
	o.change(c.theirs)
	return c
}

// transferred is the customer's call after the transfer.
func (c *consultation) transferred() calls.Call {
	now := c.customers
	boris := calls.Leg{Extension: "102", State: protocol.Answered, Answered: time.Now()}
	now.Legs = []calls.Leg{leg("101", protocol.Ended), boris}
	now.Channels = []calls.Channel{{Uniqueid: "1.1"}, {Uniqueid: "1.4", Extension: "102"}}
	return now
}

// transfer connects Boris with the customer.
func (c *consultation) transfer() {
	gone := ended(c.theirs, 16)
	gone.Into = c.customers.ID
	c.change(gone)
	c.customers = c.transferred()
	c.change(c.customers)
}

func (c *consultation) end() {
	time.Sleep(time.Minute)
	c.customers = ended(c.customers, 16)
	c.change(c.customers)
}

// on presses on a call.
func (c *consultation) on(call calls.Call, a staff.Agent, id string) string {
	c.t.Helper()
	number, failure := did(c.CreateTicket(c.ctx, a, ticketing.CreateTicket{ActionID: id, Call: call.ID}))
	if failure != nil {
		c.t.Fatalf("%s on %s: %v", id, call.ID, failure)
	}
	return number
}

// The ticket that Boris requests on the consultation is that of the customer's call.
func TestTicketOfAConsultationMovesWithIt(t *testing.T) {
	for _, test := range []struct {
		name   string
		before func(c *consultation) // the transfer
		after  func(c *consultation)
		record string // its tickets
		shown  string // the tickets on the card
		made   int
	}{
		{
			"pressed before", func(c *consultation) { c.on(c.theirs, boris, "1") }, nil, "T-1", "T-1", 1,
		},
		{
			"made after", func(c *consultation) {
				c.desk.slow = 10 * time.Second
				c.on(c.theirs, boris, "1")
			}, func(*consultation) { time.Sleep(10 * time.Second) }, "T-1", "T-1", 1,
		},
		{
			"pressed on both cards", func(c *consultation) {
				c.on(c.customers, anna, "1")
				c.on(c.theirs, boris, "2")
			}, nil, "T-1,T-2", "T-1, T-2", 2,
		},
		{
			"pressed again after", func(c *consultation) { c.on(c.theirs, boris, "1") },
			func(c *consultation) {
				for i, call := range []calls.Call{c.customers, c.theirs} {
					for _, a := range []staff.Agent{anna, boris} {
						if number := c.on(call, a, call.ID+a.Login); number != "T-1" {
							c.t.Errorf("call %d, %s: %s", i, a.Login, number)
						}
					}
				}
			}, "T-1", "T-1", 1,
		},
		{
			"pressed on the old card after", nil, func(c *consultation) { c.on(c.theirs, boris, "1") }, "T-1", "T-1", 1,
		},
		{
			"refused, then pressed again", func(c *consultation) {
				c.desk.failing([]error{&helpdesk.Error{Reason: "No.", Refused: true}})
				c.desk.slow = time.Second
				go func() {
					_, _ = c.CreateTicket(c.ctx, boris, ticketing.CreateTicket{
						ActionID: "1",
						Call:     c.theirs.ID,
					})
				}()
				synctest.Wait()
			}, func(c *consultation) {
				time.Sleep(10 * time.Second)
				c.on(c.customers, boris, "2")
			}, "T-2", "T-2", 2,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			recorded(t, func(o *office, f *fakeRecords) {
				c := consult(o)
				if test.before != nil {
					test.before(c)
				}
				c.transfer()
				if test.after != nil {
					test.after(c)
				}
				synctest.Wait()
				card, _ := o.last(c.customers.ID)
				if card.Ticket == nil || card.Ticket.Number != test.shown || len(card.Caller.Customers) != 1 ||
					card.Caller.Customers[0].Login != "ivanov" {
					t.Errorf("the card has %+v of %+v", card.Ticket, card.Caller.Customers)
				}
				c.end()
				r := f.of(t, c.customers.ID)
				if r.Ticket != test.record || r.Customer != "ivanov" || r.Told != "anna\nboris\n" ||
					r.State != cdr.Final {
					t.Errorf("the record: %+v", r)
				}
				if len(f.rows) != 1 || o.desk.count() != test.made {
					t.Errorf("%d records, %d tickets", len(f.rows), o.desk.count())
				}
			})
		})
	}
}

// Notes and the talk time of the call get into the ticket that was requested for the consultation.
func TestNotesAndTalkTimeAfterAConsultation(t *testing.T) {
	recorded(t, func(o *office, _ *fakeRecords) {
		c := consult(o)
		c.on(c.theirs, boris, "1")
		time.Sleep(time.Minute)
		c.transfer()
		answer, err := o.NoteTicket(o.ctx, boris, ticketing.NewNote{ActionID: "2", Call: c.customers.ID, Text: "paper"})
		if err != nil || answer.Noted == nil || answer.Noted.Number != "T-1" || answer.Noted.Call != c.customers.ID {
			t.Errorf("the note: %+v, %v", answer, err)
		}
		c.end()
		synctest.Wait()
		var talks []time.Duration
		for _, n := range o.desk.notes {
			if n.Ticket.Number != "T-1" {
				t.Errorf("a note in %+v", n.Ticket)
			}
			if n.Talk > 0 {
				talks = append(talks, n.Talk)
			}
		}
		if !slices.Equal(talks, []time.Duration{2 * time.Minute}) {
			t.Errorf("talk times: %v", talks)
		}
	})
}

// An agent who only was called in the consultation does not see the customer's call.
func TestCallIsShownToThoseWhoTalkedInTheConsultation(t *testing.T) {
	recorded(t, func(o *office, f *fakeRecords) {
		c := consult(o)
		c.theirs.Legs = append(slices.Clone(c.theirs.Legs), leg("103", protocol.Ended))
		c.change(c.theirs)
		c.transfer()
		c.end()
		if r := f.of(t, c.customers.ID); r.Told != "anna\nboris\n" {
			t.Errorf("shown to %q", r.Told)
		}
	})
}

// The hub is stopped during the consultation and the transfer.
func TestTransferThatTheHubDidNotSee(t *testing.T) {
	for _, test := range []struct {
		name   string
		before func(c *consultation)
		record string
	}{
		{"no ticket", func(*consultation) {}, ""},
		{"a ticket", func(c *consultation) { c.on(c.theirs, boris, "1") }, "T-1"},
		{"a ticket that is made later", func(c *consultation) {
			c.desk.failing(away(3))
			c.on(c.theirs, boris, "1")
		}, "T-4"},
	} {
		t.Run(test.name, func(t *testing.T) {
			recorded(t, func(o *office, f *fakeRecords) {
				c := consult(o)
				test.before(c)
				written()
				o.stop()
				synctest.Wait()
				defer o.restart()()
				c.customers = c.transferred()
				c.change(c.customers)
				if err := o.PBX(o.ctx, protocol.PBX{ID: "main", State: protocol.PBXWorking}); err != nil {
					t.Fatal(err)
				}
				written()
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				if card, _ := o.last(c.customers.ID); test.record != "" &&
					(card.Ticket == nil || card.Ticket.Number != test.record) {
					t.Errorf("the card has %+v", card.Ticket)
				}
				c.end()
				r := f.of(t, c.customers.ID)
				if r.Ticket != test.record || r.Missed || r.Direction != protocol.Incoming || r.EndUnseen {
					t.Errorf("the record: %+v", r)
				}
				if len(f.rows) != 1 {
					t.Errorf("%d records: %+v", len(f.rows), f.rows)
				}
			})
		})
	}
}

// The call that goes on for the PBX is the older one, which had no outside party.
func TestRecordsOfATransferThatTheHubDidNotSee(t *testing.T) {
	then := time.Date(1999, 12, 31, 23, 0, 0, 0, time.UTC)
	inside := cdr.Record{
		CallID: "main:1.1", PBX: "main", State: cdr.Open, Direction: protocol.Internal, Number: "101", Extension: "101",
		Agent: "anna", Started: then, Answered: then.Add(time.Second), Seen: then.Add(time.Minute), Channels: "1.1 1.2",
		Ticket: "T-8",
	}
	outside := cdr.Record{
		CallID: "main:1.3", PBX: "main", State: cdr.Open, Direction: protocol.Incoming, Number: "84951234567",
		DID: "74950000001", Extension: "101", Agent: "anna", Started: then.Add(10 * time.Second),
		Answered: then.Add(12 * time.Second), Seen: then.Add(time.Minute), Channels: "1.3 1.4", Ticket: "T-9",
	}
	recorded(t, func(o *office, f *fakeRecords) {
		c := answered(begun("84951234567", leg("102", protocol.Answered)), "102")
		c.Channels = []calls.Channel{{Uniqueid: "1.2", Extension: "102"}, {Uniqueid: "1.3"}}
		o.change(c)
		if err := o.PBX(o.ctx, protocol.PBX{ID: "main", State: protocol.PBXWorking}); err != nil {
			t.Fatal(err)
		}
		r := f.of(t, c.ID)
		if r.Direction != protocol.Incoming || r.Number != "84951234567" || r.DID != "74950000001" ||
			!r.Answered.Equal(outside.Answered) || r.Ticket != "T-9,T-8" || r.State != cdr.Open {
			t.Errorf("%+v", r)
		}
		if len(f.rows) != 1 {
			t.Errorf("%d records", len(f.rows))
		}
	}, inside, outside)
}
