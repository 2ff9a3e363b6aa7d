//go:build e2e

package e2e

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/helpdesk/znuny"
	"traybell/hub/jobs"
	"traybell/hub/tickettemplate"
	"traybell/test/lab"
	"traybell/test/ticketing"
)

// TestZnunyIsKilledInTheMiddle creates tickets while Znuny's web server is killed and restarted
// several times: each call gets one ticket with its text, and its agent the number. At each kill a
// press finds Znuny down.
func TestZnunyIsKilledInTheMiddle(t *testing.T) {
	lab.Alone(t)
	real := lab.StartZnuny(t)
	const presses, kills = 120, 6
	adapter, err := znuny.New(znuny.Options{
		URL: real.URL, Username: real.User, Password: real.Password, UnknownCustomer: "unknown",
		CallField: "CallUniqueID", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	numbers := ticketing.NewNumbers(presses)
	var log hubLog
	d := ticketing.Start(t, ticketing.Options{
		HelpDesk: adapter, Store: ticketing.OpenStore(t), Numbers: numbers,
		Template: tickettemplate.Text{Queue: "Raw", Title: "Killed {{.Call.ID}}"},
		Patience: time.Second, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Pace: jobs.Pace{Settle: 10 * time.Second, First: 200 * time.Millisecond, Longest: 3 * time.Second},
	})
	failed := func() int { return strings.Count(log.String(), `msg="attempt failed"`) }

	run := "killed-" + rand.Text()[:8]
	var work sync.WaitGroup
	next := make(chan int)
	for range 12 {
		work.Go(func() {
			for i := range next {
				call := fmt.Sprintf("%s:%d", run, i)
				if err := d.Ring(ctx, 1, uint64(i+1), call); err != nil {
					t.Error(err)
				}
				if err := d.Press(ctx, call); err != nil {
					t.Errorf("%s: %v", call, err)
				}
			}
		})
	}
	for i := range presses {
		if i%(presses/kills) != presses/kills/2 {
			next <- i
			continue
		}
		if err := real.Kill(ctx); err != nil {
			t.Fatal(err)
		}
		before := failed()
		next <- i
		until(ctx, t, "an attempt fails while Znuny is down", func() bool { return failed() > before })
		if err := real.Start(ctx); err != nil {
			t.Fatal(err)
		}
	}
	close(next)
	work.Wait()
	select {
	case <-numbers.All():
	case <-time.After(3 * time.Minute):
		t.Errorf("agents got the ticket of %d of %d calls", numbers.Calls(), presses)
	}
	for call, numbers := range numbers.Ambiguous() {
		t.Errorf("call %s has several tickets: %v", call, numbers)
	}
	out, err := real.SQL(ctx,
		"select count(*), count(distinct title), (select count(*) from article a join ticket t on t.id = "+
			"a.ticket_id where t.title like 'Killed "+run+":%') from ticket where title like 'Killed "+run+":%'")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(out, "\n")
	if got := strings.Fields(rows[len(rows)-1]); fmt.Sprint(got) != fmt.Sprint([]int{presses, presses, presses}) {
		t.Errorf("tickets, calls that have one, articles: %v; want %d of each", got, presses)
	}
	again := failed()
	t.Logf("%d presses, Znuny killed %d times, %d retries; tickets, calls, articles: %s", presses, kills,
		again, rows[len(rows)-1])
	var made, of, articles int
	if _, err := fmt.Sscan(rows[len(rows)-1], &made, &of, &articles); err != nil {
		t.Fatal(err)
	}
	t.Logf("the row of docs/quality.md:\n| Znuny 6.5: Apache killed (SIGKILL) %d times during presses; the hub "+
		"repeated %d requests | %d presses of OK | %d tickets, %d articles, each number reported to the "+
		"agent | **%d** | **%d** |",
		kills, again, presses, made, articles, presses-of, made-of)
	if again < kills {
		t.Errorf("%d attempts failed although Znuny was killed %d times", again, kills)
	}
}
