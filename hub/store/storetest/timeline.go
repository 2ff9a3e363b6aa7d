package storetest

import (
	"testing"
	"time"

	"traybell/hub/timeline"
)

// Timeline is the part of a store that keeps the timeline.
type Timeline interface {
	timeline.Store
	timeline.Kept
}

func timelineKept(t *testing.T, s Store, reopen func() Store) {
	minute := func(n int) time.Time { return at.Add(time.Duration(n) * time.Minute) }
	in := timeline.Event{At: minute(0), Subject: timeline.Agent, Who: "anna", What: timeline.In, Where: "windows"}
	out := timeline.Event{
		At: minute(1), Subject: timeline.Agent, Who: "anna", What: timeline.Out, Where: "windows", Code: 4001,
		Text: "slow '\"|\n",
	}
	away := timeline.Event{At: minute(2), Subject: timeline.PBX, Who: "anna", What: timeline.Away, Text: "refused"}
	again := in
	again.At = minute(3)
	must(t, s.KeepEvents(t.Context(), []timeline.Event{in, out, away}))
	must(t, s.KeepEvents(t.Context(), []timeline.Event{again}))
	of := func(subject timeline.Subject, until time.Time, limit int) []timeline.Event {
		list, err := reopen().EventsOf(t.Context(), subject, "anna", until, limit)
		must(t, err)
		return list
	}
	equal(t, of(timeline.Agent, minute(9), 9), []timeline.Event{again, out, in})
	equal(t, of(timeline.Agent, minute(1), 9), []timeline.Event{out, in})
	equal(t, of(timeline.Agent, minute(9), 1), []timeline.Event{again})
	equal(t, of(timeline.PBX, minute(9), 9), []timeline.Event{away})

	must(t, s.ForgetEvents(t.Context(), minute(9), 100, 100))
	equal(t, of(timeline.Agent, minute(9), 9), []timeline.Event{again, out})
	equal(t, of(timeline.PBX, minute(9), 9), []timeline.Event{away})
	must(t, s.ForgetEvents(t.Context(), minute(0), 1, 100))
	equal(t, of(timeline.Agent, minute(9), 9), []timeline.Event{again})
	equal(t, len(of(timeline.PBX, minute(9), 9)), 0)

	// An agent who signs in all the time pushes out only the agent's own events.
	quiet := away
	quiet.Who = "main"
	flood := []timeline.Event{quiet}
	for n := range 30 {
		in.At = minute(10 + n)
		flood = append(flood, in)
	}
	must(t, s.KeepEvents(t.Context(), flood))
	must(t, s.ForgetEvents(t.Context(), minute(0), 10, 5))
	list, err := reopen().EventsOf(t.Context(), timeline.PBX, "main", minute(99), 9)
	must(t, err)
	equal(t, list, []timeline.Event{quiet})
	equal(t, len(of(timeline.Agent, minute(99), 99)), 5)
}
