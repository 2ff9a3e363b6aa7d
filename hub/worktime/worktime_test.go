package worktime_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"traybell/hub/agentstate"
	"traybell/hub/worktime"
	"traybell/shared/protocol"

	"github.com/google/go-cmp/cmp"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func span(login string, began, ended time.Time, state protocol.AgentState) agentstate.Span {
	return agentstate.Span{
		Login: login,
		Shift: began,
		Began: began,
		Ended: ended,
		Mode:  protocol.ModeIncoming,
		State: state,
	}
}

func TestShiftOverMidnight(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 10, day, hour, minute, 0, 0, berlin) }
	for name, of := range map[string]struct {
		began, ended time.Time
		want         []int64 // seconds of each day
	}{
		"an evening and a morning":          {at(5, 22, 0), at(6, 6, 0), []int64{2 * 3600, 6 * 3600}},
		"the night of 25 hours":             {at(24, 22, 0), at(25, 6, 0), []int64{2 * 3600, 7 * 3600}},
		"two whole days, one with 25 hours": {at(25, 0, 0), at(27, 0, 0), []int64{25 * 3600, 24 * 3600}},
		"ends at midnight":                  {at(5, 22, 0), at(6, 0, 0), []int64{2 * 3600}},
		"the night of 23 hours, half a minute": {
			time.Date(2026, 3, 28, 23, 59, 30, 0, berlin), time.Date(2026, 3, 29, 4, 0, 0, 0, berlin),
			[]int64{30, 3 * 3600},
		},
	} {
		rows := worktime.Sum([]agentstate.Span{span("anna", of.began, of.ended, protocol.AgentWaiting)},
			of.began.AddDate(0, 0, -2), of.ended.AddDate(0, 0, 2), berlin)
		var got []int64
		for _, r := range rows {
			got = append(got, r.Seconds)
		}
		if diff := cmp.Diff(of.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// However a shift is cut into states, the seconds are those between its begin and its end.
func TestStatesAddUpToTheShift(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	states := protocol.AgentStates()[1:]
	for _, name := range []string{"Europe/Berlin", "Europe/Moscow", "America/St_Johns", "Asia/Kathmandu", "UTC"} {
		in := zone(t, name)
		for range 200 {
			began := time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC).
				Add(time.Duration(random.Int64N(int64(48 * time.Hour))))
			var spans []agentstate.Span
			next := began
			for range random.IntN(60) + 1 {
				end := next.Add(time.Duration(random.Int64N(int64(30 * time.Minute)))).Truncate(time.Microsecond)
				spans = append(spans, span("anna", next, end, states[random.IntN(len(states))]))
				next = end
			}
			var sum int64
			for _, r := range worktime.Sum(spans, began.AddDate(0, 0, -1), next.AddDate(0, 0, 1), in) {
				sum += r.Seconds
			}
			if want := next.Unix() - began.Unix(); sum != want {
				t.Fatalf("%s: the shift from %s to %s has %d s, its states %d", name, began, next, want, sum)
			}
		}
	}
}

func TestRows(t *testing.T) {
	at := func(minutes int) time.Time { return time.Date(2026, 11, 23, 9, minutes, 0, 0, time.UTC) }
	task := span("anna", at(20), at(30), protocol.AgentTask)
	task.Mode, task.Project, task.Kind = protocol.ModeOffline, "1200", "mail"
	lunch := span("anna", at(10), at(20), protocol.AgentPause)
	lunch.Reason = "lunch"
	got := worktime.Sum([]agentstate.Span{
		span("boris", at(0), at(5), protocol.AgentTalking), span("anna", at(0), at(4), protocol.AgentWaiting),
		span(
			"anna",
			at(4),
			at(5),
			protocol.AgentTalking,
		), span("anna", at(5), at(10), protocol.AgentWaiting), lunch, task,
	}, at(1), at(25), time.UTC)
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	want := []worktime.Row{
		{Day: day, Login: "anna", Mode: "incoming", State: "waiting", Seconds: 8 * 60},
		{Day: day, Login: "anna", Mode: "incoming", State: "pause", Reason: "lunch", Seconds: 600},
		{Day: day, Login: "anna", Mode: "incoming", State: "talking", Seconds: 60},
		{Day: day, Login: "anna", Mode: "offline", State: "task", Project: "1200", Kind: "mail", Seconds: 300},
		{Day: day, Login: "boris", Mode: "incoming", State: "talking", Seconds: 240},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// West of Greenwich time.Date returns an hour of the day before where the clocks skip midnight.
func TestDayWithoutMidnight(t *testing.T) {
	for name, began := range map[string]time.Time{
		"America/Santiago": time.Date(2026, 9, 5, 22, 0, 0, 0, zone(t, "America/Santiago")),
		"Africa/Cairo":     time.Date(2026, 4, 23, 22, 0, 0, 0, zone(t, "Africa/Cairo")),
	} {
		in := began.Location()
		rows := worktime.Sum([]agentstate.Span{span("anna", began, began.Add(4*time.Hour), protocol.AgentWaiting)},
			began.AddDate(0, 0, -1), began.AddDate(0, 0, 2), in)
		if len(rows) != 2 || rows[0].Seconds != 7200 || rows[1].Seconds != 7200 ||
			rows[0].Day.Day() != began.Day() || rows[1].Day.Day() != began.Day()+1 {
			t.Errorf("%s: %+v", name, rows)
		}
	}
}

type kept []agentstate.Span

func (k kept) Spans(context.Context, string, time.Time, time.Time) ([]agentstate.Span, error) {
	return k, nil
}

func (kept) Tasks(context.Context, string, time.Time, time.Time) ([]agentstate.Done, error) {
	return nil, nil
}

type present []agentstate.Span

func (p present) Spans(context.Context, string) []agentstate.Span { return p }

// A year of a large office is not read at once.
func TestRowsAreReadInParts(t *testing.T) {
	began := time.Date(2026, 9, 1, 8, 30, 0, 0, time.UTC)
	s := &shifts{t: t}
	for day := range 30 {
		at := began.AddDate(0, 0, day)
		s.all = append(s.all, span("anna", at, at.Add(20*time.Hour), protocol.AgentWaiting)) // past midnight
	}
	times := worktime.Times{Store: s, Present: present{}}
	rows, err := times.Rows(t.Context(), "", began.Add(-time.Hour), began.AddDate(0, 0, 31), time.UTC)
	days, sum := map[time.Time]bool{}, int64(0)
	for _, r := range rows {
		days[r.Day] = true
		sum += r.Seconds
	}
	if err != nil || len(rows) != 31 || len(days) != 31 || sum != 30*20*3600 {
		t.Errorf("%d rows of %d days, %d s, %v", len(rows), len(days), sum, err)
	}
}

type shifts struct {
	kept
	t   *testing.T
	all []agentstate.Span
}

func (s *shifts) Spans(_ context.Context, _ string, from, to time.Time) (list []agentstate.Span, err error) {
	if to.Sub(from) > 8*24*time.Hour {
		s.t.Errorf("%s are read at once", to.Sub(from))
	}
	for _, one := range s.all {
		if one.Began.Before(to) && one.Ended.After(from) {
			list = append(list, one)
		}
	}
	return list, nil
}

// A state that ends while the times are read counts once.
func TestPresentState(t *testing.T) {
	at := func(minutes int) time.Time { return time.Date(2026, 11, 23, 9, minutes, 0, 0, time.UTC) }
	for name, of := range map[string]struct {
		kept kept
		want int64
	}{
		"it goes on":        {nil, 600},
		"it ended":          {kept{span("anna", at(0), at(8), protocol.AgentWaiting)}, 600},
		"another has begun": {kept{span("anna", at(0), at(12), protocol.AgentWaiting)}, 720},
	} {
		times := worktime.Times{Store: of.kept, Present: present{span("anna", at(0), at(10), protocol.AgentWaiting)}}
		rows, err := times.Rows(t.Context(), "anna", at(0).AddDate(0, 0, -1), at(0).AddDate(0, 0, 1), time.UTC)
		if err != nil || len(rows) != 1 || rows[0].Seconds != of.want {
			t.Errorf("%s: %+v, %v", name, rows, err)
		}
	}
}
