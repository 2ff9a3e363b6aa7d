package popup

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)

var usual = Times{Appear: 400 * time.Millisecond, Show: 10 * time.Second, Disappear: 400 * time.Millisecond}

func item(id string) Item { return Item{ID: id, Turn: start, Times: usual} }

// story advances a machine from wake-up to wake-up, as its owner does.
type story struct {
	*testing.T
	m     *Machine
	now   time.Time
	steps int
}

func tell(t *testing.T) *story { return &story{T: t, m: New(), now: start} }

// pass advances the time and returns what is on the screen then.
func (s *story) pass(d time.Duration) string {
	end := s.now.Add(d)
	for {
		views, next := s.m.Step(s.now)
		s.steps++
		if next.IsZero() || next.After(end) {
			if s.now.Equal(end) {
				return show(views)
			}
			next = end
		}
		if !next.After(s.now) {
			s.Fatalf("the machine asks to be woken at %v, which is not later than %v", next, s.now)
		}
		s.now = next
	}
}

func (s *story) see(d time.Duration, want string) {
	s.Helper()
	if got := s.pass(d); got != want {
		s.Errorf("after %v: on the screen %q, want %q", s.now.Sub(start), got, want)
	}
}

func show(views []View) string {
	var b strings.Builder
	for _, v := range views {
		fmt.Fprintf(&b, "%s %s %.1f; ", v.ID, v.Phase, v.Alpha)
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func TestLifeOfACard(t *testing.T) {
	s := tell(t)
	s.m.Set([]Item{item("a")}, s.now)
	s.see(0, "a appearing 0.0")
	s.see(200*time.Millisecond, "a appearing 0.5")
	s.see(300*time.Millisecond, "a holding 1.0")
	s.see(9*time.Second, "a holding 1.0")
	s.see(1100*time.Millisecond, "a disappearing 0.5")
	s.see(time.Second, "")
	s.steps = 0
	s.see(time.Hour, "")
	if s.steps > 2 {
		t.Errorf("%d steps in an hour in which nothing happened", s.steps)
	}
	s.m.Set([]Item{item("a")}, s.now)
	s.see(time.Second, "") // shown once
}

func TestNoStepsWhileHolding(t *testing.T) {
	s := tell(t)
	s.m.Set([]Item{item("a")}, s.now)
	s.pass(time.Second)
	s.steps = 0
	s.pass(9 * time.Second)
	if s.steps > 3 {
		t.Errorf("%d steps while the card did not change", s.steps)
	}
}

func TestRingingCardStays(t *testing.T) {
	s := tell(t)
	ringing := item("a")
	ringing.Hold = true
	s.m.Set([]Item{ringing}, s.now)
	s.see(time.Minute, "a holding 1.0")
	over := item("a")
	over.Over = true
	s.m.Set([]Item{over}, s.now)
	s.see(Linger-100*time.Millisecond, "a holding 1.0")
	s.see(time.Second, "")
}

func TestShowZero(t *testing.T) {
	s := tell(t)
	talk := item("a")
	talk.Times.Show = 0
	s.m.Set([]Item{talk}, s.now)
	s.see(time.Hour, "a holding 1.0")
	talk.Over = true
	s.m.Set([]Item{talk}, s.now)
	s.see(Linger+time.Second, "")
}

func TestOverNeverProlongs(t *testing.T) {
	s := tell(t)
	a := item("a")
	s.m.Set([]Item{a}, s.now)
	s.pass(9900 * time.Millisecond)
	a.Over = true
	s.m.Set([]Item{a}, s.now)
	s.see(600*time.Millisecond, "a disappearing 0.8")
}

func TestAnswerInPlace(t *testing.T) {
	s := tell(t)
	a := item("a")
	a.Hold = true
	s.m.Set([]Item{a, item("b")}, s.now)
	s.see(5*time.Second, "b holding 1.0; a holding 1.0")
	answered := item("a")
	answered.Turn = s.now
	answered.Times.Show = 0
	s.m.Set([]Item{answered, item("b")}, s.now)
	s.see(0, "b holding 1.0; a holding 1.0")
	s.see(20*time.Second, "a holding 1.0")
}

func TestNewTurnEndsFade(t *testing.T) {
	s := tell(t)
	s.m.Set([]Item{item("a")}, s.now)
	s.see(10600*time.Millisecond, "a disappearing 0.5")
	again := item("a")
	again.Turn = s.now
	s.m.Set([]Item{again}, s.now)
	s.see(0, "a appearing 0.5")
	s.see(300*time.Millisecond, "a holding 1.0")
}

func TestRingingBringsCardBack(t *testing.T) {
	s := tell(t)
	a := item("a")
	s.m.Set([]Item{a}, s.now)
	s.see(time.Minute, "")
	a.Hold = true
	s.m.Set([]Item{a}, s.now)
	s.see(time.Minute, "a holding 1.0")
	s.m.Close("a", s.now)
	a.Hold = false
	s.m.Set([]Item{a}, s.now)
	a.Hold = true
	s.m.Set([]Item{a}, s.now)
	s.see(time.Second, "") // closed is closed
}

func TestPointerStopsClock(t *testing.T) {
	s := tell(t)
	s.m.Set([]Item{item("a")}, s.now)
	s.pass(9 * time.Second)
	s.m.Hover("a", true, s.now)
	s.see(time.Hour, "a holding 1.0")
	s.m.Hover("a", false, s.now)
	s.see(time.Second, "a holding 1.0")
	s.see(time.Second, "")
}

func TestPointerEndsFade(t *testing.T) {
	s := tell(t)
	s.m.Set([]Item{item("a")}, s.now)
	s.see(10600*time.Millisecond, "a disappearing 0.5")
	s.m.Hover("a", true, s.now)
	s.see(time.Minute, "a holding 1.0")
}

func TestClose(t *testing.T) {
	s := tell(t)
	ringing := item("a")
	ringing.Hold = true
	s.m.Set([]Item{ringing}, s.now)
	s.pass(time.Second)
	s.m.Hover("a", true, s.now)
	s.m.Close("a", s.now)
	s.m.Hover("a", true, s.now)
	s.see(time.Second, "")
	s.m.Set([]Item{ringing}, s.now)
	s.see(time.Second, "") // closed for this turn
	ringing.Turn = s.now
	s.m.Set([]Item{ringing}, s.now)
	s.see(time.Second, "a holding 1.0")
}

func TestRemovedCard(t *testing.T) {
	s := tell(t)
	ringing := item("a")
	ringing.Hold = true
	s.m.Set([]Item{ringing}, s.now)
	s.pass(time.Second)
	s.m.Set(nil, s.now)
	s.see(200*time.Millisecond, "a disappearing 0.5")
	s.see(time.Second, "")
	if len(s.m.cards) != 0 {
		t.Errorf("%d cards remembered", len(s.m.cards))
	}
}

func TestLimit(t *testing.T) {
	s := tell(t)
	var items []Item
	for i := range 8 {
		items = append(items, item(fmt.Sprint(i)))
	}
	s.m.Set(items, s.now)
	s.see(time.Second, "7 holding 1.0; 6 holding 1.0; 5 holding 1.0; 4 holding 1.0; 3 holding 1.0")
	if s.m.Waiting() != 3 {
		t.Errorf("%d wait, want 3", s.m.Waiting())
	}
	s.m.Close("5", s.now)
	s.see(time.Second, "7 holding 1.0; 6 holding 1.0; 4 holding 1.0; 3 holding 1.0; 2 holding 1.0")
	if s.m.Waiting() != 2 {
		t.Errorf("%d wait, want 2", s.m.Waiting())
	}
}

func TestRingingComesBeforeNewer(t *testing.T) {
	s := tell(t)
	ringing := item("ringing")
	ringing.Hold = true
	items := []Item{ringing}
	for i := range 6 {
		items = append(items, item(fmt.Sprint(i)))
	}
	s.m.Set(items, s.now)
	s.see(time.Second, "5 holding 1.0; 4 holding 1.0; 3 holding 1.0; 2 holding 1.0; ringing holding 1.0")
}

func TestSmallScreen(t *testing.T) {
	s := tell(t)
	ringing := item("ringing")
	ringing.Hold = true
	s.m.Set([]Item{ringing, item("a"), item("b")}, s.now)
	s.m.Room(2)
	s.see(time.Second, "b holding 1.0; ringing holding 1.0")
	s.m.Room(1)
	s.see(time.Second, "ringing holding 1.0")
}

func TestWithoutFading(t *testing.T) {
	s := tell(t)
	a := item("a")
	a.Times.Appear, a.Times.Disappear = 0, 0
	s.m.Set([]Item{a}, s.now)
	s.see(0, "a holding 1.0")
	s.see(10*time.Second, "")
}

// both are those of some that are among others, too.
func both(some, others []string) []string {
	var in []string
	for _, s := range some {
		if slices.Contains(others, s) {
			in = append(in, s)
		}
	}
	return in
}

// TestRandomSteps runs random steps and checks: at most five cards, no card twice, newest first,
// valid alphas, the next step in the future, and an empty screen at the end.
func TestRandomSteps(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		m, now := New(), start
		items := map[string]Item{}
		order := map[string]int{}
		var shown []string
		for n := range 200 {
			id := fmt.Sprint(r.IntN(12))
			switch r.IntN(7) {
			case 0, 1:
				i := item(id)
				i.Turn, i.Hold = now, r.IntN(3) == 0
				items[id] = i
			case 2:
				if i, ok := items[id]; ok {
					i.Hold, i.Over = false, true
					items[id] = i
				}
			case 3:
				delete(items, id)
			case 4:
				m.Close(id, now)
			case 5:
				m.Hover(id, r.IntN(2) == 0, now)
			case 6:
				m.Room(1 + r.IntN(5))
			}
			now = now.Add(time.Duration(r.IntN(2000)) * time.Millisecond)
			list := []Item{}
			for _, i := range items {
				list = append(list, i)
			}
			slices.SortFunc(list, func(a, b Item) int { return strings.Compare(a.ID, b.ID) })
			m.Set(list, now)
			candidates := m.Candidates(now)
			still := m.Still(now)
			before := slices.DeleteFunc(shown, func(id string) bool { c := m.find(id); return c == nil || !c.placed() })
			views, next := m.Step(now)
			for _, c := range m.cards {
				order[c.item.ID] = c.order
			}
			shown = nil
			for _, v := range views {
				shown = append(shown, v.ID)
			}
			if stay := both(before, shown); still && (!slices.Equal(stay, both(shown, before)) || !slices.Equal(stay,
				shown[:len(stay)])) {
				t.Fatalf("step %d: a stack that must be still was %q and is %q", n, before, shown)
			}
			for _, v := range views {
				if !slices.Contains(candidates, v.ID) {
					t.Fatalf("%s is shown, which was no candidate: %q", v.ID, candidates)
				}
			}
			if len(views) > m.room {
				t.Fatalf("step %d: %d cards where %d have room: %s", n, len(views), m.room, show(views))
			}
			for i, v := range views {
				if v.Alpha < 0 || v.Alpha > 1 {
					t.Fatalf("alpha %v", v.Alpha)
				}
				if i > 0 && order[v.ID] >= order[views[i-1].ID] {
					t.Fatalf("order: %s", show(views))
				}
			}
			if !next.IsZero() && !next.After(now) {
				t.Fatalf("next step %v is not after %v", next, now)
			}
		}
		m.Set(nil, now)
		m.Step(now.Add(time.Second))
		if views, next := m.Step(now.Add(2 * time.Second)); len(views) != 0 || !next.IsZero() || len(m.cards) != 0 {
			t.Fatalf("left over: %s, next %v, %d cards", show(views), next, len(m.cards))
		}
	}
}

// A useful card stays as long as its Stay after its subject is over, regardless of its delay; the
// pointer stops that clock too.
func TestStay(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, show := range []time.Duration{0, time.Second, time.Hour} {
		m := New()
		item := Item{ID: "call", Turn: now, Times: Times{Show: show}, Hold: true}
		m.Set([]Item{item}, now)
		m.Step(now)
		item.Hold, item.Over, item.Stay = false, true, 45*time.Second
		end := now.Add(10 * time.Minute)
		m.Set([]Item{item}, end)
		if views, next := m.Step(end.Add(44 * time.Second)); len(views) != 1 || !next.Equal(end.Add(45*time.Second)) {
			t.Errorf("shown for %v: 44 seconds after its end there are %v, and the next step is at %v", show, views,
				next)
		}
		m.Hover("call", true, end.Add(44*time.Second))
		m.Hover("call", false, end.Add(time.Hour))
		if views, _ := m.Step(end.Add(time.Hour)); len(views) != 1 {
			t.Errorf("shown for %v: gone though the pointer was over it", show)
		}
		if views, _ := m.Step(end.Add(time.Hour + 2*time.Second)); len(views) != 0 {
			t.Errorf("shown for %v: still there: %v", show, views)
		}
	}
}
