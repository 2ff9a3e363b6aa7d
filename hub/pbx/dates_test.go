package pbx

import (
	"fmt"
	"testing"
	"time"

	"traybell/hub/ami/wire"
)

// fakeSession is a session whose PBX has another clock.
type fakeSession struct {
	behind   time.Duration
	measured bool
	delayed  time.Time
}

func (s *fakeSession) Clock() (time.Duration, bool) { return s.behind, s.measured }
func (s *fakeSession) Delayed() time.Time           { return s.delayed }

// sentAt is an event with its time by the PBX's clock; zero: without.
func sentAt(at time.Time) wire.Message {
	fields := []wire.Field{{Key: "Event", Value: "Hangup"}, {Key: "Privilege", Value: "call,all"}}
	if !at.IsZero() {
		fields = append(fields, wire.Field{
			Key: "Timestamp", Value: fmt.Sprintf("%d.%06d", at.Unix(), at.Nanosecond()/1000),
		})
	}
	return wire.NewMessage(fields...)
}

func TestEventsAreDatedByThePBX(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	const behind = 40 * time.Second // the PBX's clock
	now := noon.Add(-time.Second)
	of := &fakeSession{behind: behind, measured: true}
	d := newDates(func() time.Time { return now }, of)
	check := func(what string, at time.Time, want, wantSince time.Time) {
		t.Helper()
		m := sentAt(time.Time{})
		if !at.IsZero() {
			m = sentAt(at.Add(-behind))
		}
		got, since, _ := d.of(m)
		if !got.Equal(want) || !since.Equal(wantSince) {
			t.Errorf("%s: at %v since %v, want %v since %v", what, got, since, want, wantSince)
		}
	}
	check("before the session began", noon.Add(-time.Hour), now, time.Time{})
	now = noon
	stands := func(long time.Duration) { now = now.Add(long) }
	check("in time", noon.Add(-time.Millisecond), noon.Add(-time.Millisecond), time.Time{})
	check("in time, without a time", time.Time{}, noon, time.Time{})
	stands(8 * time.Second)
	check("late", noon.Add(2*time.Second), noon.Add(2*time.Second), time.Time{})
	check("late, without a time", time.Time{}, now, noon)
	check("earlier than the one before", noon.Add(3*time.Second), now, time.Time{})
	check("from the future", now.Add(time.Hour), now, time.Time{})
	stands(2 * time.Second)
	d.beat(now)
	check("a moment later, without a time", time.Time{}, now, time.Time{})
	of.delayed = now.Add(-5 * time.Second)
	check("when Pings are answered late", now.Add(-time.Second), now, time.Time{})
	check("when Pings are answered late, without a time", time.Time{}, now, of.delayed)
	of.measured, of.delayed = false, time.Time{}
	check("by a clock that is not measured", noon.Add(2*time.Second), now, time.Time{})
}

// Without the time of an event, a channel's Uniqueid says when it began.
func TestLateChannelsAreDatedByTheirUniqueid(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	const behind = 40 * time.Second
	for id, want := range map[string]time.Duration{
		fmt.Sprintf("%d.7", noon.Add(3*time.Second-behind).Unix()):       3 * time.Second,
		fmt.Sprintf("pbx-1-%d.7", noon.Add(3*time.Second-behind).Unix()): 3 * time.Second,
		fmt.Sprintf("%d.7", noon.Add(-time.Hour).Unix()):                 8 * time.Second,
		fmt.Sprintf("%d.7", noon.Add(time.Hour).Unix()):                  8 * time.Second,
		"": 8 * time.Second, "x.1": 8 * time.Second,
	} {
		now := noon
		d := newDates(func() time.Time { return now }, &fakeSession{behind: behind, measured: true})
		now = noon.Add(8 * time.Second)
		at, since, _ := d.of(wire.NewMessage(wire.Field{Key: "Event", Value: "Newchannel"},
			wire.Field{Key: "Uniqueid", Value: id}))
		if at.Sub(noon) != want || !since.Equal(noon) {
			t.Errorf("%q began after %s, want %s", id, at.Sub(noon), want)
		}
	}
}

func TestHeardOfBeforeTheHubStoodStill(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		sent []time.Duration // events by the PBX, read after the hub stood still from 0 to 25 s; 0: without a time
		want time.Duration
	}{
		"nothing came":              {nil, 0},
		"an event came":             {[]time.Duration{3 * time.Second}, 3 * time.Second},
		"an event without its time": {[]time.Duration{0}, 0},
	} {
		now := noon
		d := newDates(func() time.Time { return now }, &fakeSession{measured: true})
		now = noon.Add(25 * time.Second)
		for _, at := range test.sent {
			m := sentAt(time.Time{})
			if at > 0 {
				m = sentAt(noon.Add(at))
			}
			d.of(m)
		}
		if got := d.heard(now).Sub(noon); got != test.want {
			t.Errorf("%s: heard of until %s, want %s", name, got, test.want)
		}
	}
}
