// Package worktime sums up how agents worked: by day, agent, mode, state, reason of the pause and
// task. It is pure, but for the store that it reads.
//
// Times are in whole seconds and add up: each moment counts with its second, so the states of a shift
// have exactly the seconds between its begin and its end, and a state in two days has those of both. A
// day begins at midnight of its zone, and has 23 to 25 hours.
package worktime

import (
	"cmp"
	"context"
	"slices"
	"time"

	"traybell/hub/agentstate"
	"traybell/shared/protocol"
)

// Store has the times that have ended, and the finished tasks.
type Store interface {
	// Spans returns the spans of an agent, empty: of all, that have a part between two times, sorted by
	// login and begin.
	Spans(ctx context.Context, login string, from, to time.Time) ([]agentstate.Span, error)
	// Tasks is the same for finished tasks.
	Tasks(ctx context.Context, login string, from, to time.Time) ([]agentstate.Done, error)
}

// Present is what goes on now, and not in the store yet.
type Present interface {
	Spans(ctx context.Context, login string) []agentstate.Span
}

// Row is the time that an agent spent in the same way on one day.
type Row struct {
	Day     time.Time // its begin
	Login   string
	Mode    protocol.Mode
	State   protocol.AgentState
	Reason  string // code of the pause
	Project string // code, of the task
	Kind    string // code, of the task
	Seconds int64
}

// compare orders rows as people read them.
func (r Row) compare(o Row) int {
	order := func(s protocol.AgentState) int { return slices.Index(protocol.AgentStates(), s) }
	return cmp.Or(r.Day.Compare(o.Day), cmp.Compare(r.Login, o.Login), cmp.Compare(r.Mode, o.Mode),
		cmp.Compare(order(r.State), order(o.State)), cmp.Compare(r.Reason, o.Reason), cmp.Compare(r.Project, o.Project),
		cmp.Compare(r.Kind, o.Kind))
}

// Sum sums spans up from one time to another. The days are those of the zone.
func Sum(spans []agentstate.Span, from, to time.Time, zone *time.Location) []Row {
	sums := map[Row]int64{}
	for _, s := range spans {
		began, ended := later(s.Began, from), earlier(s.Ended, to)
		for began.Before(ended) {
			year, month, date := began.In(zone).Date()
			day := midnight(year, month, date, zone)
			until := earlier(ended, midnight(year, month, date+1, zone))
			sums[Row{
				Day: day, Login: s.Login, Mode: s.Mode, State: s.State, Reason: s.Reason, Project: s.Project,
				Kind: s.Kind,
			}] += until.Unix() - began.Unix()
			began = until
		}
	}
	rows := make([]Row, 0, len(sums))
	for row, seconds := range sums {
		if row.Seconds = seconds; seconds > 0 {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, Row.compare)
	return rows
}

// midnight is the first moment of a day. Where the clocks skip midnight, Date may return an hour of the
// day before.
func midnight(year int, month time.Month, day int, zone *time.Location) time.Time {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if t.Hour() > 12 {
		t = t.Add(time.Hour)
	}
	return t
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if a.After(b) {
		return b
	}
	return a
}

// daysAtOnce bounds the memory: two hundred agents have some 50,000 states a day.
const daysAtOnce = 7

// Times reads and sums up. It may be used from any goroutine.
type Times struct {
	Store   Store
	Present Present
}

// Rows returns the times of an agent, empty: of all.
func (t *Times) Rows(ctx context.Context, login string, from, to time.Time, zone *time.Location) ([]Row, error) {
	present := t.Present.Spans(ctx, login) // first: a state that ends meanwhile is in both
	rows := []Row{}
	for from.Before(to) {
		year, month, day := from.In(zone).Date()
		until := earlier(to, midnight(year, month, day+daysAtOnce, zone))
		spans, err := t.Store.Spans(ctx, login, from, until)
		if err != nil {
			return nil, err
		}
		rows = append(rows, Sum(append(spans, missing(spans, present)...), from, until, zone)...)
		from = until
	}
	return rows, nil
}

// missing returns the parts of present that are not kept yet.
func missing(kept, present []agentstate.Span) (list []agentstate.Span) {
	ends := map[string]time.Time{}
	for _, s := range kept {
		ends[s.Login] = later(s.Ended, ends[s.Login])
	}
	for _, s := range present {
		if s.Began = later(s.Began, ends[s.Login]); s.Began.Before(s.Ended) {
			list = append(list, s)
		}
	}
	return list
}

// Tasks returns the finished tasks of an agent, empty: of all.
func (t *Times) Tasks(ctx context.Context, login string, from, to time.Time) ([]agentstate.Done, error) {
	return t.Store.Tasks(ctx, login, from, to)
}
