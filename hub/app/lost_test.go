package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
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
	table.WriteString("| what was broken | what there was | what came of it | lost | doubled |\n" +
		"|---|---|---|---|---|\n")
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
				t.Errorf("%d lost, %d doubled", f.lost, f.doubled)
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
	db, err := sql.Open("sqlite",
		"file:"+filepath.Join(s.dir, "traybell.db")+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	seed := uint64(time.Now().UnixNano())
	t.Logf("the seed is %d", seed)
	x := &exchange{pbx: s.pbx, db: db, chaos: rand.New(rand.NewPCG(seed, 1)), open: true, known: map[string]bool{}}
	chaos := rand.New(rand.NewPCG(seed, 2))
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	ran := make(chan error, 1)
	go func() { ran <- x.run(ctx) }()
	for n := range cuts {
		for want := s.filed() + int64(chaos.IntN(15)*100); s.filed() < want && ctx.Err() == nil; {
			pause(ctx, 10*time.Millisecond)
		}
		if n%2 == 0 {
			s.pbx.Drop()
		} else {
			s.pbx.Cut()
		}
		for strings.Count(s.log.String(), "no connection to the PBX") <= n && ctx.Err() == nil {
			pause(ctx, 5*time.Millisecond)
		}
		// without it the hub would pause up to 30 s after so many cuts
		s.page("/pbx", url.Values{"id": {"main"}})
		if _, err := s.pbx.WaitAction(ctx, "Status", n+2); err != nil {
			t.Fatalf("%v\n%s", err, s.log)
		}
	}
	x.mu.Lock()
	x.open = false
	x.mu.Unlock()
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	for left := 1; left > 0; pause(ctx, 20*time.Millisecond) {
		if ctx.Err() != nil {
			t.Fatalf("%d records are not final or not in the file\n%s", left, s.log)
		}
		left = count(t, db, unwritten)["left"]
	}
	rows, lines, all := count(t, db, `SELECT number, count(*) FROM call_record GROUP BY number`), map[string]int{}, 0
	files, err := filepath.Glob(filepath.Join(s.dir, "pim_cdr_*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			all++
			fields := strings.Split(strings.TrimSuffix(line, "\n"), "|")
			if len(fields) != 14 || fields[4] == "" {
				t.Errorf("broken line or call without an end: %q", line)
				continue
			}
			lines[fields[8]]++
		}
	}
	if len(rows) != len(x.came) || all != len(x.came) || len(x.came) < cuts {
		t.Errorf("%d calls, %d rows, %d lines", len(x.came), len(rows), all)
	}
	f := fault{
		what: fmt.Sprintf("The wire to the PBX: cut %d times in the middle of calls, every other time in the middle "+
			"of an event",
			cuts),
		asked: fmt.Sprintf("%d calls", len(x.came)),
		came:  fmt.Sprintf("%d rows in the database, %d lines in the CDR file, each with its end", len(rows), all),
	}
	f.count(x.came, rows, lines)
	return f
}
