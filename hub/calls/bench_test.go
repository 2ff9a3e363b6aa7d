package calls_test

import (
	"strconv"
	"testing"

	"traybell/hub/ami/wire"
	"traybell/hub/calls"
)

// A working day through a tracker: the cost per event that it reads. On the wire there are six
// times as many events, which the reader skips.
func BenchmarkTracker(b *testing.B) {
	day := workingDay(b, false)
	b.ReportAllocs()
	b.ResetTimer()
	events := 0
	for b.Loop() {
		tracker := calls.NewTracker("main", nil)
		for _, m := range day {
			tracker.Apply(m, began)
		}
		events += len(day)
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
}

// A snapshot of a thousand channels without changes.
func BenchmarkResync(b *testing.B) {
	tracker := calls.NewTracker("main", nil)
	rows := thousandTalking(b)
	tracker.Resync(rows, nil, began)
	b.ReportAllocs()
	for b.Loop() {
		if changes := tracker.Resync(rows, nil, began); len(changes) > 0 {
			b.Fatal(changes)
		}
	}
}

func thousandTalking(b *testing.B) []wire.Message {
	s := newSequence(b)
	var asterisk pbx
	for i := range 500 {
		trunk, phone := strconv.Itoa(2*i), strconv.Itoa(2*i+1)
		s.channel(trunk, "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", trunk)
		s.channel(phone, "PJSIP/"+strconv.Itoa(1000+i)+"-00000002", "Down", "101", "s", trunk)
		s.begin(trunk, phone)
		s.state(phone, "Up")
		s.enter("b"+trunk, phone, trunk)
	}
	for _, h := range s.messages {
		asterisk.apply(h.m)
	}
	return asterisk.status()
}
