package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
)

// line is a queue whose only place is taken. It records the order in which places are given.
type line struct {
	*queue
	order   []string
	refused map[string]int
}

func newLine(t *testing.T) *line {
	t.Helper()
	l := &line{queue: newQueue(1), refused: map[string]int{}}
	if err := l.enter(t.Context(), false, "first"); err != nil {
		t.Fatal(err)
	}
	return l
}

// wait adds attempts that wait; each gives its place to the next one.
func (l *line) wait(ctx context.Context, device bool, from string, attempts int) {
	for range attempts {
		go func() {
			if l.enter(ctx, device, from) != nil {
				l.mu.Lock()
				l.refused[from]++
				l.mu.Unlock()
				return
			}
			l.order = append(l.order, from) // the place is the lock
			l.leave()
		}()
		synctest.Wait()
	}
}

func (l *line) position(from string) int { return slices.Index(l.order, from) }

func TestQueueIsFairBetweenAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		l.wait(t.Context(), false, "attacker", 100)
		l.wait(t.Context(), false, "newcomer", 1)
		l.wait(t.Context(), true, "anna", 1)
		l.wait(t.Context(), true, "boris", 10)
		l.wait(t.Context(), true, "clara", 1)
		l.leave()
		synctest.Wait()
		if len(l.order) != 113 {
			t.Fatalf("%d attempts had a place", len(l.order))
		}
		if at := l.position("anna"); at != 0 {
			t.Errorf("a device that was in before is %d", at)
		}
		if at := l.position("clara"); at > 3 {
			t.Errorf("one who waits behind ten of another agent is %d", at)
		}
		if at := l.position("newcomer"); at > 8 {
			t.Errorf("a newcomer behind an attacker and devices is %d", at)
		}
		if l.free != 1 {
			t.Errorf("%d places are free", l.free)
		}
	})
}

// A full queue takes one from another address in place of the last one of the longest.
func TestFullQueueTakesNewcomers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		l.wait(t.Context(), false, "attacker", mostWaiting+10)
		for i := range 20 {
			l.wait(t.Context(), false, fmt.Sprint("newcomer ", i), 1)
		}
		l.leave()
		synctest.Wait()
		if len(l.order) != mostWaiting || l.refused["attacker"] != 30 || len(l.refused) != 1 {
			t.Errorf("%d had a place, refused %v", len(l.order), l.refused)
		}
		if at := l.position("newcomer 19"); at > 20 {
			t.Errorf("the last newcomer is %d", at)
		}
	})
}

func TestQueueForgetsWhoIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t)
		ctx, cancel := context.WithCancel(t.Context())
		l.wait(ctx, false, "gone", 5)
		l.wait(t.Context(), false, "here", 1)
		cancel()
		synctest.Wait()
		if l.strangers.waiting != 1 || len(l.strangers.sources) != 1 {
			t.Errorf("%d wait", l.strangers.waiting)
		}
		l.leave()
		synctest.Wait()
		if !slices.Equal(l.order, []string{"here"}) || l.free != 1 {
			t.Errorf("had a place: %v; %d are free", l.order, l.free)
		}
		if err := l.enter(ctx, false, "gone"); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
