package loop

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Thousands of calls that end together cause one request, so that a press of OK does not wait
// behind them.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		owner := New[Pace](ctx, 1)
		go owner.Run(&Pace{})
		done := 0
		want := func(times int) {
			owner.Ask(func(p *Pace) {
				for range times {
					p.Do(owner.Do, time.Second, func() { done++ })
				}
			})
		}
		is := func(n int, when string) {
			t.Helper()
			synctest.Wait()
			owner.Ask(func(*Pace) {
				if done != n {
					t.Errorf("%s: done %d times, want %d", when, done, n)
				}
			})
		}
		want(1)
		is(1, "requested once")
		want(30_000)
		is(1, "requested again within the second")
		time.Sleep(time.Second)
		is(2, "after the second")
		time.Sleep(time.Hour)
		is(2, "no further request")
		want(1)
		is(3, "requested after an hour")
		cancel()
		synctest.Wait()
	})
}

func TestAskEndsWithProgram(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if New[int](ctx, 0).Ask(func(*int) {}) {
		t.Error("Ask returns true without an owner")
	}
}

func TestGuestRunsOnTheOtherLoop(t *testing.T) {
	b, n := NewBackground(), 0
	On(b.Do, &n).Post(func(n *int) { *n++ })
	b.Do(b.Stop)
	b.Run()
	if n != 1 {
		t.Errorf("ran %d times", n)
	}
}
