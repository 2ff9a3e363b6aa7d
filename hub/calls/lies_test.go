package calls_test

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/calls"
	"traybell/shared/protocol"
)

// witness checks each change against the earlier ones.
type witness struct {
	t     testing.TB
	about string
	seq   uint64
	calls map[string]calls.Call
}

func (w *witness) see(tracker *calls.Tracker, changes []calls.Change) {
	w.t.Helper()
	for _, c := range changes {
		if c.Seq <= w.seq {
			w.t.Fatalf("%s: seq %d after %d", w.about, c.Seq, w.seq)
		}
		w.seq = c.Seq
		ringing := 0
		seen := map[string]bool{}
		for _, l := range c.Call.Legs {
			if seen[l.Extension] {
				w.t.Fatalf("%s: two legs of %s: %+v", w.about, l.Extension, c.Call)
			}
			seen[l.Extension] = true
			if l.State != protocol.Ended {
				ringing++
			}
			if (l.State == protocol.Ended) == l.Ended.IsZero() {
				w.t.Fatalf("%s: leg %+v", w.about, l)
			}
		}
		if c.Call.State == protocol.Ended && ringing > 0 {
			w.t.Fatalf("%s: an ended call has live legs: %+v", w.about, c.Call)
		}
		if (c.Call.State == protocol.Ended) == c.Call.Ended.IsZero() {
			w.t.Fatalf("%s: %+v", w.about, c.Call)
		}
		w.calls[c.Call.ID] = c.Call
	}
	if err := tracker.Check(); err != nil {
		w.t.Fatalf("%s: %v", w.about, err)
	}
}

// over checks that all calls have ended and nothing is kept.
func (w *witness) over(tracker *calls.Tracker) {
	w.t.Helper()
	if channels, live, bridges := tracker.Remembered(); channels+live+bridges > 0 {
		w.t.Fatalf("%s: kept are %d channels, %d calls, %d bridges: %+v", w.about, channels, live, bridges,
			tracker.Live())
	}
	for id, c := range w.calls {
		if c.State != protocol.Ended {
			w.t.Fatalf("%s: %s has not ended: %+v", w.about, id, c)
		}
	}
}

func testTracker(t testing.TB, about string) (*calls.Tracker, *witness) {
	tracker := newTracker()
	tracker.Connected(1, time.Time{})
	return tracker, &witness{t: t, about: about, calls: map[string]calls.Call{}}
}

// Events come in the wrong order, twice, or not at all: calls may then be wrong, but none outlives
// its channels and nothing is kept.
func TestNoCallOutlivesItsChannels(t *testing.T) {
	all := traces(t)
	names := slices.Sorted(maps.Keys(all))
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		name := names[r.IntN(len(names))]
		var stream []wire.Message
		for _, h := range all[name] {
			stream = append(stream, h.m)
		}
		for range r.IntN(3) { // some of another scenario between
			other := all[names[r.IntN(len(names))]]
			for _, h := range other {
				stream = slices.Insert(stream, r.IntN(len(stream)+1), h.m)
			}
		}
		lost := false
		switch seed % 4 {
		case 0: // neighbours change places
			for range len(stream) {
				i := r.IntN(len(stream) - 3)
				j := i + r.IntN(3)
				stream[i], stream[j] = stream[j], stream[i]
			}
		case 1: // all is mixed up
			r.Shuffle(len(stream), func(i, j int) { stream[i], stream[j] = stream[j], stream[i] })
		case 2: // twice
			for range len(stream) / 2 {
				stream = slices.Insert(stream, r.IntN(len(stream)), stream[r.IntN(len(stream))])
			}
		case 3: // cut out
			from := r.IntN(len(stream))
			stream = slices.Delete(stream, from, from+r.IntN(len(stream)-from))
			lost = true
		}
		tracker, w := testTracker(t, name)
		for i, m := range stream {
			w.see(tracker, tracker.Apply(m, began.Add(time.Duration(i)*time.Millisecond)))
		}
		if lost { // who never hung up is found out by the next look
			w.see(tracker, tracker.Resync(nil, nil, began.Add(time.Hour)))
		}
		w.over(tracker)
	}
}

// A working day leaves nothing behind, and what a tracker does not ask for tells it nothing.
func TestWorkingDayLeavesNothing(t *testing.T) {
	var day [2]map[string]calls.Call
	for i, all := range []bool{true, false} {
		tracker, w := testTracker(t, "working day")
		began := began
		for _, m := range workingDay(t, all) {
			w.see(tracker, tracker.Apply(m, began))
		}
		w.over(tracker)
		day[i] = w.calls
	}
	if len(day[0]) < 60 {
		t.Errorf("only %d calls on a working day", len(day[0]))
	}
	for id, c := range day[0] {
		if other := day[1][id]; len(other.Legs) != len(c.Legs) || other.Missed != c.Missed ||
			other.Cause != c.Cause || other.Into != c.Into {
			t.Errorf("with all events: %+v\nwith those asked for: %+v", c, other)
		}
	}
}

// The tracker survives any input, and an empty Status empties it.
func FuzzTracker(f *testing.F) {
	for _, messages := range traces(f) {
		var stream bytes.Buffer
		for _, h := range wanted(messages) {
			stream.WriteString(h.m.String())
			stream.WriteString("\r\n")
		}
		f.Add(stream.Bytes())
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		tracker, w := testTracker(t, "fuzz")
		reader := wire.NewReader(bytes.NewReader(stream))
		var rows []wire.Message
		for i := 0; ; i++ {
			m, err := reader.Next()
			if err != nil {
				break
			}
			rows = append(rows, m)
			w.see(tracker, tracker.Apply(m, began.Add(time.Duration(i)*time.Second)))
		}
		// The same again as the answer to Status, and as the events meanwhile.
		w.see(tracker, tracker.Resync(rows, rows, began.Add(time.Hour)))
		for _, m := range rows {
			w.see(tracker, tracker.Apply(m, began.Add(time.Hour)))
		}
		w.see(tracker, tracker.Resync(nil, nil, began.Add(2*time.Hour)))
		w.over(tracker)
	})
}

// The events of a call in any order, any number of times, with snapshots in between: the first byte
// selects the recording, each other byte an event of it, and 255 a snapshot of what Asterisk would
// show.
func FuzzOrder(f *testing.F) {
	all := traces(f)
	names := slices.Sorted(maps.Keys(all))
	var recordings [][]recorded
	for i, name := range names {
		recordings = append(recordings, wanted(all[name]))
		program := []byte{byte(i)}
		for j := range min(len(recordings[i]), 255) {
			program = append(program, byte(j))
		}
		f.Add(program)
		f.Add(slices.Insert(program, len(program)/2, 255))
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) == 0 {
			return
		}
		messages := recordings[int(program[0])%len(recordings)]
		tracker, w := testTracker(t, "fuzz")
		var asterisk pbx
		for i, op := range program[1:] {
			if op == 255 {
				w.see(tracker, tracker.Resync(asterisk.status(), nil, tick(i)))
				continue
			}
			m := messages[int(op)%len(messages)].m
			asterisk.apply(m)
			w.see(tracker, tracker.Apply(m, tick(i)))
		}
		w.see(tracker, tracker.Resync(nil, nil, tick(len(program))))
		w.over(tracker)
	})
}
