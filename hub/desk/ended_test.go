package desk

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/shared/protocol"
)

// kept returns how many calls the loop keeps.
func (o *office) kept() (n int) {
	o.t.Helper()
	if err := o.wait(o.ctx, func(l *loop) { n = len(l.calls) }); err != nil {
		o.t.Fatal(err)
	}
	return n
}

func TestOldestEndedCallsAreForgottenFirst(t *testing.T) {
	open(t, nil, func(o *office) {
		pass := func(n int) {
			c := rings("84951234567", leg("101", protocol.Ringing))
			c.ID, c.Started = fmt.Sprint("main:", n), time.Now()
			for _, state := range []protocol.State{protocol.Ringing, protocol.Ended} {
				c.State = state
				if state == protocol.Ended {
					c.Ended = time.Now()
				}
				o.seq++
				if err := o.Change(o.ctx, calls.Change{PBX: "main", Epoch: 1, Seq: o.seq, Call: c}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for n := range mostEnded + 500 {
			pass(n)
		}
		synctest.Wait()
		if n := o.kept(); n != mostEnded {
			t.Errorf("%d calls are kept, want %d", n, mostEnded)
		}
		if err := o.wait(o.ctx, func(l *loop) {
			for n, want := range map[int]bool{0: false, 499: false, 500: true, mostEnded + 499: true} {
				if _, ok := l.calls[fmt.Sprint("main:", n)]; ok != want {
					t.Errorf("call %d is known: %t", n, ok)
				}
			}
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(endedStays + 2*time.Minute)
		if n := o.kept(); n != 0 {
			t.Errorf("%d calls are kept forever", n)
		}
	})
}
