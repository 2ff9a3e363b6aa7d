package calls_test

import (
	"strconv"
	"testing"
	"time"

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

// ringsPhones are the messages of a call that rings many phones, of which one answers.
func ringsPhones(t testing.TB, phones int) (list []wire.Message) {
	s := newSequence(t)
	s.channel("0", "PJSIP/trunk-00000001", "Ring", "79161234567", "74950000001", "0")
	for i := range phones {
		id := strconv.Itoa(i + 1)
		s.channel(id, "PJSIP/"+strconv.Itoa(1000+i)+"-00000002", "Down", "101", "s", "0")
		s.begin("0", id)
	}
	s.enter("b", "1", "0")
	for _, h := range s.messages {
		list = append(list, h.m)
	}
	return list
}

func follow(messages []wire.Message) {
	tracker := calls.NewTracker("main", nil)
	for _, m := range messages {
		tracker.Apply(m, began)
	}
}

func BenchmarkPhonesOfACall(b *testing.B) {
	for _, phones := range []int{100, calls.MaxParts - 1} {
		b.Run(strconv.Itoa(phones), func(b *testing.B) {
			messages := ringsPhones(b, phones)
			for b.Loop() {
				follow(messages)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*phones), "µs/phone")
		})
	}
}

// A phone costs a call of many phones not much more than one of few: twice as much, as
// measured. A search of all legs for each channel made it fifty times as much.
func TestPhonesOfACallCostAlike(t *testing.T) {
	const few, many, most = 100, calls.MaxParts - 1, 25
	took := func(phones int) time.Duration {
		messages := ringsPhones(t, phones)
		best := time.Hour
		for range 5 {
			began := time.Now()
			follow(messages)
			best = min(best, time.Since(began))
		}
		return best / time.Duration(phones)
	}
	var one, of time.Duration
	for range 5 { // other programs may take the processor, from one of the two alone, too
		if one, of = took(few), took(many); of <= most*one {
			return
		}
	}
	t.Errorf("a phone costs %v, and %v of %d phones", one, of, many)
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
