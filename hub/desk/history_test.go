package desk

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"traybell/hub/caller"
	"traybell/hub/cdr"
	"traybell/hub/history"
	"traybell/hub/staff"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

// history returns the earlier calls that an agent sees.
func (o *office) history(a staff.Agent, in protocol.ListHistory) protocol.History {
	o.t.Helper()
	r := o.Rules()
	log := slog.New(slog.DiscardHandler)
	reader := history.Reader{
		Rules: func() history.Rules {
			return history.Rules{Numbers: r.Numbers, Links: r.Links, Records: r.Records, Company: r.Company}
		},
		Lookup: caller.Lookup{Directory: o, Categories: &o.store, Log: log}, Log: log, Now: time.Now,
		FollowUp:   func(context.Context, cdr.Record) *protocol.FollowUp { return nil },
		Recordings: func(context.Context, string, cdr.Record) string { return "" },
	}
	h, err := reader.List(o.ctx, a, in)
	if err != nil {
		o.t.Fatal(err)
	}
	return h
}

func TestEarlierCallsInPages(t *testing.T) {
	then := time.Date(1999, 12, 31, 20, 0, 0, 0, time.UTC)
	var rows []cdr.Record
	for i := range 5 {
		rows = append(rows, cdr.Record{
			CallID: fmt.Sprint("main:1.", i), PBX: "main", State: cdr.Final, Direction: protocol.Incoming,
			Number: "84951234567", E164: "+74951234567", DID: "74950000001", Line: "Support",
			Extension: "101", Agent: "anna", Started: then.Add(time.Duration(i) * time.Minute),
			Ended: then.Add(time.Duration(i)*time.Minute + time.Second), Missed: true, Told: "anna\n",
		})
	}
	rows[3].Told = "boris\n"
	rows[4].Number, rows[4].E164 = "", ""
	rows[2].Customer, rows[2].CustomerName = "ivanov", "Ivan Ivanov"
	rows[2].Ticket, rows[2].TicketURL = "T-7", "https://desk.example/7"
	recorded(t, func(o *office, f *fakeRecords) {
		red := protocol.Category{Number: "+74951234567", Color: protocol.Red, Comment: "loud", Author: "Boris Ivanov"}
		if err := o.store.SetCategory(o.ctx, red); err != nil {
			t.Fatal(err)
		}
		first := o.history(anna, protocol.ListHistory{Limit: 2})
		if len(first.Calls) != 2 || !first.More || first.Calls[0].ID != "main:1.4" ||
			first.Calls[0].Caller.Status != protocol.Withheld || first.Calls[0].Display != "" {
			t.Fatalf("the first page: %+v", first)
		}
		want := protocol.Call{
			ID: "main:1.2", Direction: protocol.Incoming, State: protocol.Ended, Number: "84951234567",
			Display: "8 (495) 123-45-67", E164: "+74951234567", DID: "74950000001",
			Line: protocol.Line{Name: "Support"},
			Caller: protocol.Caller{
				Status: protocol.Known, Customers: []protocol.Customer{{Login: "ivanov", Name: "Ivan Ivanov"}},
				Category: red,
			},
			Legs:    []protocol.Leg{{Extension: "101", Agent: "Anna Petrova", Login: "anna", State: protocol.Ended}},
			Started: rows[2].Started, Ended: rows[2].Ended, Missed: true,
			Ticket: &protocol.Ticket{Number: "T-7", URL: "https://desk.example/7"},
			Links:  protocol.Links{CID: "https://search.example/?q=%2B74951234567"},
		}
		if diff := cmp.Diff(want, first.Calls[1]); diff != "" {
			t.Errorf("a call (-want +got):\n%s", diff)
		}
		second := o.history(anna, protocol.ListHistory{Limit: 2, Before: first.Calls[1].Started})
		if len(second.Calls) != 2 || second.More || second.Calls[0].ID != "main:1.1" ||
			second.Calls[1].ID != "main:1.0" {
			t.Errorf("the second page: %+v", second)
		}
		if h := o.history(boris, protocol.ListHistory{Limit: 100_000}); len(h.Calls) != 1 || h.More {
			t.Errorf("Boris sees: %+v", h)
		}
		if h := o.history(clara, protocol.ListHistory{}); len(h.Calls) != 0 || h.More {
			t.Errorf("Clara sees: %+v", h)
		}

		c := begun("84951234567", leg("103", protocol.Ringing))
		c.ID = "main:2.1"
		o.change(c)
		if h := o.history(clara, protocol.ListHistory{}); len(h.Calls) != 0 {
			t.Errorf("a live call is among the earlier ones: %+v", h)
		}
		o.change(ended(c, 127))
		f.of(t, c.ID)
		if h := o.history(clara, protocol.ListHistory{}); len(h.Calls) != 1 || h.Calls[0].ID != c.ID {
			t.Errorf("a call that has just ended: %+v", h)
		}
	}, rows...)
}
