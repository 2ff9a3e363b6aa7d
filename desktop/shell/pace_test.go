package shell

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Thousands of calls that end together asked the hub thousands of questions, behind which a press
// of OK waited in vain.
func TestWhatIsWantedOftenIsDoneOnceInAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &shell{ctx: ctx, todo: make(chan func(), 1)}
		go s.run()
		var p pace
		done := 0
		want := func(times int) {
			s.ask(func() {
				for range times {
					p.wanted(s, time.Second, func() { done++ })
				}
			})
		}
		is := func(n int, when string) {
			t.Helper()
			synctest.Wait()
			s.ask(func() {
				if done != n {
					t.Errorf("%s it was done %d times, not %d", when, done, n)
				}
			})
		}
		want(1)
		is(1, "wanted once,")
		want(30_000)
		is(1, "wanted again and again within the second,")
		time.Sleep(time.Second)
		is(2, "when the second is over,")
		time.Sleep(time.Hour)
		is(2, "wanted no more,")
		want(1)
		is(3, "wanted after an hour,")
		cancel()
		synctest.Wait()
	})
}
