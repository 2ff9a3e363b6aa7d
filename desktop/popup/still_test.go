package popup

import (
	"image"
	"slices"
	"testing"
	"time"
)

func TestNewCardTakesFarEnd(t *testing.T) {
	s := tell(t)
	s.m.Set([]Item{item("a"), item("b")}, s.now)
	s.see(time.Second, "b holding 1.0; a holding 1.0")
	s.m.Hover("b", true, s.now)
	s.m.Set([]Item{item("a"), item("b"), item("c"), item("d")}, s.now)
	s.see(time.Second, "b holding 1.0; a holding 1.0; d holding 1.0; c holding 1.0")
	s.m.Hover("b", false, s.now)
	s.m.Set([]Item{item("a"), item("b"), item("c"), item("d"), item("e")}, s.now)
	s.see(Rest-time.Millisecond, "b holding 1.0; a holding 1.0; d holding 1.0; c holding 1.0; e holding 1.0")
	s.m.Close("c", s.now)
	s.see(time.Second, "b holding 1.0; a holding 1.0; d holding 1.0; e holding 1.0")
	s.m.Set([]Item{item("a"), item("b"), item("d"), item("e"), item("f")}, s.now)
	s.see(time.Second, "f holding 1.0; b holding 1.0; a holding 1.0; d holding 1.0; e holding 1.0")
}

func TestFullStackKeepsStill(t *testing.T) {
	s := tell(t)
	items := []Item{item("a"), item("b")}
	s.m.Room(2)
	s.m.Set(items, s.now)
	s.pass(time.Second)
	s.m.Hover("a", true, s.now)
	items = append(items, item("c"))
	s.m.Set(items, s.now)
	s.see(time.Second, "b holding 1.0; a holding 1.0")
	if s.m.Waiting() != 1 {
		t.Errorf("%d wait", s.m.Waiting())
	}
	s.m.Hover("a", false, s.now)
	s.see(Rest, "c appearing 0.0; b holding 1.0") // the newest has its place as soon as nothing is pointed at
}

// A ringing phone does not wait for a pointer that was left on a card: other cards yield.
func TestRingingDoesNotWaitForPointer(t *testing.T) {
	s := tell(t)
	items := []Item{item("a"), item("b"), item("c"), item("d"), item("e")}
	s.m.Set(items, s.now)
	s.pass(time.Second)
	s.m.Hover("c", true, s.now)
	ringing := item("ringing")
	ringing.Hold = true
	s.m.Set(append(items, ringing), s.now)
	s.see(time.Second, "e holding 1.0; d holding 1.0; c holding 1.0; b holding 1.0; ringing holding 1.0")
}

func TestRestEnds(t *testing.T) {
	s := tell(t)
	s.m.Set([]Item{item("a"), item("b")}, s.now)
	s.pass(time.Second)
	s.m.Hover("b", true, s.now)
	s.pass(time.Second)
	s.m.Set([]Item{item("a")}, s.now) // it is removed below the pointer
	s.pass(time.Second)
	if _, next := s.m.Step(s.now); s.m.Still(s.now.Add(Rest)) || next.IsZero() {
		t.Errorf("still, and the next step is at %v", next)
	}
	s.m.Hover("a", true, s.now)
	s.m.Hover("a", false, s.now)
	if _, next := s.m.Step(s.now); !s.m.Still(s.now) || !next.Equal(s.now.Add(Rest)) {
		t.Errorf("the step at which the stack may move again is at %v", next.Sub(s.now))
	}
	if s.m.Still(s.now.Add(-time.Hour)) {
		t.Error("a clock that was set back keeps the stack still")
	}
}

func TestKeptPlaces(t *testing.T) {
	work := image.Rect(0, 0, 1000, 1000)
	card := image.Pt(380, 100)
	for _, corner := range []Corner{BottomRight, TopRight} {
		first := Stack(work, corner, 12, 8, []image.Point{card, card, card}, nil)
		var kept []int
		for _, p := range first {
			kept = append(kept, From(work, corner, p))
		}
		// The nearest card has disappeared, the next has grown within its space, and a new one has
		// come.
		now := Stack(work, corner, 12, 8, []image.Point{card, card, card}, []int{kept[1], kept[2], 0})
		if now[0] != first[1] || now[1] != first[2] || From(work, corner, now[2]) != kept[2]+108 {
			t.Errorf("%s: %v, where there were %v", corner, now, first)
		}
		// If the nearest grows, the others move as little as possible.
		now = Stack(work, corner, 12, 8, []image.Point{card.Add(image.Pt(0, 20)), card}, []int{kept[0], kept[2]})
		if From(work, corner, now[0]) != kept[0] || From(work, corner, now[1]) != kept[2] {
			t.Errorf("%s: %v: one that had room for the other's growth has moved", corner, now)
		}
		if full := Stack(image.Rect(0, 0, 1000, 340), corner, 12, 8, []image.Point{card, card, card},
			slices.Clone(kept[1:])); len(full) != 2 {
			t.Errorf("%s: %d have room", corner, len(full))
		}
	}
}

// A pointer that was left on an ended card does not keep it nearest to the corner.
func TestRestingPointerIsForgotten(t *testing.T) {
	s := tell(t)
	ended := item("ended")
	s.m.Set([]Item{ended}, s.now)
	s.pass(time.Second)
	s.m.Hover("ended", true, s.now)
	ended.Over, ended.Stay = true, time.Minute
	ringing := item("ringing")
	ringing.Hold = true
	s.m.Set([]Item{ended, ringing}, s.now)
	s.see(Idle-time.Second, "ended holding 1.0; ringing holding 1.0")
	s.m.Hover("ended", true, s.now) // it moves
	s.see(Idle-time.Second, "ended holding 1.0; ringing holding 1.0")
	next := item("next")
	next.Hold = true
	s.m.Set([]Item{ended, ringing, next}, s.now)
	s.see(time.Second+Rest, "ringing holding 1.0; next holding 1.0; ended holding 1.0")
}
