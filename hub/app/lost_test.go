package app_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// fault is a row of the table of faults and losses.
type fault struct {
	what, asked, came string
	lost, doubled     int
}

// count compares what was expected with how often it is in each place.
func (f *fault) count(there []string, places ...map[string]int) {
	for _, each := range there {
		for _, place := range places {
			switch n := place[each]; {
			case n == 0:
				f.lost++
			case n > 1:
				f.doubled += n - 1
			}
		}
	}
}

// TestTableOfFaults breaks each part that a call passes and counts losses. It prints the table of
// docs/quality.md:
//
//	go test -count=1 -run TestTableOfFaults -v ./hub/app
func TestTableOfFaults(t *testing.T) {
	var table strings.Builder
	table.WriteString("| Fault | Load | Result | Lost | Duplicated |\n|---|---|---|---|---|\n")
	for _, run := range []struct {
		name    string
		happens func(*testing.T) fault
	}{
		{"a thousand presses under faults make a thousand tickets", aThousandPresses},
		{"killed twenty times, the CDR has every call once", killedTwentyTimes},
		{"cut off twenty times, the CDR has every call once", cutTwentyTimes},
	} {
		t.Run(run.name, func(t *testing.T) {
			f := run.happens(t)
			if f.lost+f.doubled > 0 {
				t.Errorf("%d lost, %d duplicated", f.lost, f.doubled)
			}
			fmt.Fprintf(&table, "| %s | %s | %s | **%d** | **%d** |\n", f.what, f.asked, f.came, f.lost, f.doubled)
		})
	}
	t.Logf("the table:\n%s", table.String())
}

// After 20 cuts of the AMI connection during calls, some within an event, every call is recorded
// once, with its end.
func cutTwentyTimes(t *testing.T) fault {
	const cuts = 20
	s := tell(t)
	s.yaml += "cdr: {grace: 150ms, retention: 0s}\n"
	s.start()
	s.working()
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	x := s.newExchange(ctx)
	for n := range cuts {
		x.progress(ctx)
		if n%2 == 0 {
			s.pbx.Drop()
		} else {
			s.pbx.Cut()
		}
		for strings.Count(s.log.String(), "no connection to the PBX") <= n && ctx.Err() == nil {
			pause(ctx, 5*time.Millisecond)
		}
		// reconnect now: after so many cuts the hub pauses up to 30 s
		s.page("/pbx", url.Values{"id": {"main"}})
		if _, err := s.pbx.WaitAction(ctx, "Status", n+2); err != nil {
			t.Fatalf("%v\n%s", err, s.log)
		}
	}
	x.finish(ctx, s.log)
	rows, lines, cdr := x.records()
	if len(x.came) < cuts {
		t.Errorf("only %d calls", len(x.came))
	}
	f := fault{
		what: fmt.Sprintf("PBX connection: cut %d times during calls, every other time in the middle of an event",
			cuts),
		asked: fmt.Sprintf("%d calls", len(x.came)),
		came:  fmt.Sprintf("%d database rows, %d CDR lines, each with its end", len(rows), len(cdr)),
	}
	f.count(x.came, rows, lines)
	return f
}
