package desk

import (
	"testing"

	"traybell/hub/cdr"
	"traybell/hub/happened"
	"traybell/shared/protocol"
)

// listens keeps what other programs would get.
type listens struct{ happened []happened.Call }

func (l *listens) Happened(h happened.Call)   { l.happened = append(l.happened, h) }
func (l *listens) TicketMade(happened.Ticket) {}

// A test call is for one agent. It has no record, no listener and no counter, and is not missed.
func TestTestCallsLeaveNothing(t *testing.T) {
	for name, testFor := range map[string]string{"a real call": "", "a test call": "anna"} {
		t.Run(name, func(t *testing.T) {
			heard, records := &listens{}, &fakeRecords{rows: map[string]cdr.Record{}}
			openWith(t, nil, func(s *setup) { s.Listener, s.Rules.Records = heard, records }, func(o *office) {
				c := begun("84951234567", leg("101", protocol.Ringing), leg("102", protocol.Ringing))
				c.TestFor = testFor
				o.change(c)
				o.change(ended(c, 16))
				stats, err := o.Stats(o.ctx)
				if err != nil {
					t.Fatal(err)
				}
				missed := stats.Ended[cdr.Outcome{Direction: protocol.Incoming, Result: cdr.WasMissed}]
				var seen []string
				if err := o.wait(o.ctx, func(l *loop) {
					for login := range l.calls[c.ID].seenBy {
						seen = append(seen, login)
					}
				}); err != nil {
					t.Fatal(err)
				}
				switch {
				case testFor == "" && (len(heard.happened) == 0 || missed != 1 || stats.Told != 2 || len(seen) != 2):
					t.Errorf("heard %d, missed %d, told %d, seen by %q", len(heard.happened), missed, stats.Told, seen)
				case testFor != "" && (len(heard.happened) != 0 || missed != 0 || stats.Told != 0 || len(seen) != 1):
					t.Errorf("heard %d, missed %d, told %d, seen by %q", len(heard.happened), missed, stats.Told, seen)
				}
			})
			if n := len(records.rows); (n == 0) != (testFor != "") {
				t.Errorf("%d records", n)
			}
		})
	}
}
