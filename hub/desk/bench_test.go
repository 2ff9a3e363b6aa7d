package desk

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"traybell/hub/caller"
	"traybell/hub/calls"
	"traybell/hub/cdr"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/hub/tickets"
	"traybell/hub/trace"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// idle are terminals, a directory, a help desk and a store that do nothing, and report the first
// frame of each call.
type idle struct {
	fakeHelpDesk
	fakeStore
	first chan time.Time
	known map[string]bool // calls whose first frame was sent; only the loop uses it
}

func (i *idle) Send(_ []string, m protocol.Message) {
	if m.Name != protocol.CallEvent {
		return
	}
	var c struct {
		ID string `json:"id"`
	}
	if m.Decode(&c) == nil && !i.known[c.ID] {
		i.known[c.ID] = true
		i.first <- time.Now()
	}
}

func (*idle) Phones(string) []string   { return []string{"101"} }
func (*idle) Online(string) int        { return 1 }
func (*idle) Desktops(string) []string { return []string{"windows (traybell 1.0.0, 192.0.2.7)"} }

func (*idle) Find(context.Context, phone.Number) ([]protocol.Customer, error)  { return nil, nil }
func (*idle) Known(context.Context, phone.Number) ([]protocol.Customer, error) { return nil, nil }

// paperless stores no records and no traces.
type paperless struct{ *fakeRecords }

func (paperless) KeepRecords(context.Context, []cdr.Record, []cdr.Merge) error { return nil }
func (paperless) WriteOut(context.Context) error                               { return nil }
func (paperless) PreviousRecord(context.Context, string, time.Time, string) (cdr.Record, bool, error) {
	return cdr.Record{}, false, nil
}
func (paperless) KeepTraces(context.Context, []trace.Trace) error    { return nil }
func (paperless) ForgetTraces(context.Context, time.Time, int) error { return nil }

// BenchmarkFirstFrame measures the time from a call's first change to its first frame for the
// desktops, and the loop's time for the whole call: with and without records and traces, for two
// agents and for a thousand.
func BenchmarkFirstFrame(b *testing.B) {
	for _, agents := range []int{2, 1000} {
		for _, with := range []string{"nothing", "records", "records and traces"} {
			b.Run(fmt.Sprintf("agents=%d/%s", agents, with), func(b *testing.B) { firstFrame(b, agents, with) })
		}
	}
}

func firstFrame(b *testing.B, agents int, with string) {
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		b.Fatal(err)
	}
	i := &idle{first: make(chan time.Time, 1), known: map[string]bool{}}
	i.requests, i.categories = map[string]tickets.Request{}, map[string]protocol.Category{}
	i.made = map[string]helpdesk.Ticket{}
	lines, err := tracking.New([]tracking.Line{{Number: "*", Show: tracking.ShowBound}}, numbers)
	if err != nil {
		b.Fatal(err)
	}
	var people []staff.Agent
	for n := range agents {
		people = append(people, staff.Agent{
			Login: fmt.Sprint("agent", n), Name: "Agent", Extensions: []string{fmt.Sprint(1000 + n)},
		})
	}
	log := slog.New(slog.DiscardHandler)
	o := Options{
		Rules: &Rules{
			Company: caller.Company{Staff: staff.New(people)}, Lines: lines, Numbers: numbers, PBXs: []string{"main"},
		},
		Directory: i, HelpDesk: helpdesk.One{HelpDesk: &i.fakeHelpDesk}, Categories: &i.fakeStore,
		Tickets: &i.fakeStore,
		Jobs:    jobs.New(jobs.Options{Log: log}), Log: log,
	}
	if with != "nothing" {
		o.Rules.Records = paperless{&fakeRecords{}}
	}
	if with == "records and traces" {
		o.Traces = paperless{}
	}
	d, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = d.Run(ctx, i)
	}()
	defer func() {
		stop()
		<-ended
	}()
	var frames time.Duration
	n := 0
	for b.Loop() {
		n++
		c := calls.Call{
			ID: fmt.Sprint("main:", n), PBX: "main", Direction: protocol.Incoming, State: protocol.Ringing,
			Number: fmt.Sprintf("7916%07d", n), DID: "74950000001",
			Legs: []calls.Leg{leg("1000", protocol.Ringing), leg("1001", protocol.Ringing)}, Started: time.Now(),
		}
		began := time.Now()
		if err := d.Change(ctx, calls.Change{PBX: "main", Epoch: 1, Seq: uint64(n), Call: c}); err != nil {
			b.Fatal(err)
		}
		frames += (<-i.first).Sub(began)
		if err := d.wait(ctx, func(*loop) {}); err != nil { // the rest of the loop's work for this call
			b.Fatal(err)
		}
		c.State, c.Ended = protocol.Ended, time.Now()
		if err := d.Change(ctx, calls.Change{PBX: "main", Epoch: 1, Seq: uint64(n) + 1, Call: c}); err != nil {
			b.Fatal(err)
		}
		if err := d.wait(ctx, func(*loop) {}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(frames.Nanoseconds())/float64(n)/1000, "µs/frame")
}
