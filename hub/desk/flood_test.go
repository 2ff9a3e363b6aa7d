package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/blocking"
	"traybell/hub/caller"
	"traybell/hub/calls"
	"traybell/hub/desk/internal/turns"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/hub/tickettemplate"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// flooded is a desk under a flood of calls, with terminals that encode what they are sent.
type flooded struct {
	*Desk
	fakeHelpDesk
	fakeStore
	t     *testing.T
	ctx   context.Context //nolint:containedctx // the test's
	rules Rules

	mu   sync.Mutex
	sent map[string]int // messages by login
	seq  uint64
}

func (f *flooded) Send(logins []string, m protocol.Message) {
	if _, err := json.Marshal(m); err != nil {
		f.t.Error(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, login := range logins {
		f.sent[login]++
	}
}

func (*flooded) Phones(string) []string   { return nil }
func (*flooded) Online(string) int        { return 1 }
func (*flooded) Desktops(string) []string { return []string{"windows (traybell 1.0.0, 192.0.2.7)"} }

// owners is a directory that has every number.
type owners []protocol.Customer

func (o owners) Find(context.Context, phone.Number) ([]protocol.Customer, error)  { return o, nil }
func (o owners) Known(context.Context, phone.Number) ([]protocol.Customer, error) { return o, nil }

func (f *flooded) OpenTickets(context.Context, string) (helpdesk.OpenTickets, error) {
	return helpdesk.OpenTickets{Count: 1, Newest: []helpdesk.OpenTicket{{Title: "Broken"}}}, nil
}

// flood runs a desk with thirty agents, whose extensions are 1000 to 1029, on these lines.
func flood(t *testing.T, lines []tracking.Line, found owners) *flooded {
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	tracked, err := tracking.New(lines, numbers)
	if err != nil {
		t.Fatal(err)
	}
	templates, errs := tickettemplate.New(nil)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var people []staff.Agent
	for n := range 30 {
		people = append(people, staff.Agent{
			Login: fmt.Sprintf("agent%02d", n), Name: "Agent", Extensions: []string{fmt.Sprint(1000 + n)},
		})
	}
	log := slog.New(slog.DiscardHandler)
	f := &flooded{t: t, sent: map[string]int{}, rules: Rules{
		Company: caller.Company{Staff: staff.New(people)}, Lines: tracked, Numbers: numbers, PBXs: []string{"main"},
		Templates: templates, Records: paperless{&fakeRecords{}},
	}}
	f.requests, f.fakeStore.categories = map[string]tickets.Request{}, map[string]protocol.Category{}
	f.made = map[string]helpdesk.Ticket{}
	f.Desk, err = New(Options{
		Rules: &f.rules, Traces: paperless{}, Directory: found, HelpDesk: helpdesk.One{HelpDesk: f},
		Categories: &f.fakeStore,
		Tickets:    &f.fakeStore, Jobs: jobs.New(jobs.Options{Log: log, Classify: tickets.Classify}), Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	f.ctx = ctx
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = f.Run(ctx, f)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	return f
}

func (f *flooded) change(c calls.Call) {
	f.t.Helper()
	f.seq++
	if err := f.Change(f.ctx, calls.Change{PBX: "main", Epoch: 1, Seq: f.seq, Call: c}); err != nil {
		f.t.Fatal(err)
	}
}

// on waits until f has run on the loop.
func (f *flooded) on(do func(*loop)) {
	f.t.Helper()
	if err := f.wait(f.ctx, do); err != nil {
		f.t.Fatal(err)
	}
}

// rest waits until the loop has done all its work.
func (f *flooded) rest() {
	f.t.Helper()
	for busy := true; busy; time.Sleep(10 * time.Millisecond) {
		f.on(func(l *loop) { busy = l.backlog.Due() != nil || l.desk.queue.Waiting() > 0 })
	}
}

// count returns how many messages each agent got since the last call of it, if all got the same.
func (f *flooded) count() int {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.sent["agent00"]
	for login, times := range f.sent {
		if times != n {
			f.t.Errorf("%s was sent %d messages, agent00 %d", login, times, n)
		}
	}
	clear(f.sent)
	return n
}

// number returns the i-th valid number of Moscow.
func number(i int) string { return fmt.Sprintf("7495%07d", 1_000_000+i) }

// Each call costs a desktop the messages about itself, whatever other calls there are.
func TestCallsOfOneNumberAreSentOnce(t *testing.T) {
	for _, n := range []int{1, 40, 200} {
		t.Run(fmt.Sprint(n, " calls"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := flood(t, []tracking.Line{{Number: "*", Show: tracking.ShowBound}}, nil)
				list := make([]calls.Call, n)
				for i := range list {
					list[i] = from(fmt.Sprint("main:", i), number(0), leg("1000", protocol.Ringing))
					list[i].Started = list[i].Started.Add(time.Duration(i) * time.Millisecond)
					f.change(list[i])
				}
				synctest.Wait()
				time.Sleep(time.Minute)
				if got, want := f.count(), 2*n; got != want { // looking, unknown
					t.Errorf("%d messages when they rang, want %d", got, want)
				}
				for _, c := range list {
					f.change(ended(c, 16))
				}
				synctest.Wait()
				// Two live calls get the end of the third last one, and one that of the second last.
				if got, want := f.count(), n+min(n-1, 1+2); got != want {
					t.Errorf("%d messages when they ended, want %d", got, want)
				}
				f.BlockChanged(f.ctx, blocking.Block{Number: "+" + number(0), Blocked: true, At: time.Now()}, "")
				time.Sleep(turns.Pause / 2)
				if got, want := f.count(), min(n, turns.MostMessages)+1; got != want {
					t.Errorf("%d messages at once when it was blocked, want %d", got, want)
				}
				time.Sleep(time.Minute)
				if got, want := f.count(), n-min(n, turns.MostMessages); got != want {
					t.Errorf("%d messages after that, want %d", got, want)
				}
			})
		})
	}
}
