package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/hub/tracking"
	"traybell/shared/protocol"
)

// counter is a tracking.Store in memory.
type counter struct {
	mu     sync.Mutex
	counts map[string]int
	writes int
	fail   bool
}

func (c *counter) CountUntracked(_ context.Context, counts []tracking.Untracked, _ int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail {
		return errors.New("the disk is full")
	}
	c.writes++
	for _, u := range counts {
		c.counts[u.PBX+" "+u.Number] += u.Calls
	}
	return nil
}

func (c *counter) UntrackedNumbers(context.Context) ([]tracking.Untracked, error) { return nil, nil }

func (c *counter) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for number, n := range c.counts {
		list = append(list, fmt.Sprint(number, " ", n))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func TestUntrackedCallsAreCounted(t *testing.T) {
	store := &counter{counts: map[string]int{}}
	lines := []tracking.Line{{Number: "+7 495 000-00-01"}, {Number: "_7812XXXXXXX"}, {Number: "*"}}
	openWith(t, lines, func(o *setup) { o.Untracked = store }, func(o *office) {
		n := 0
		call := func(did string, change ...func(*calls.Call)) {
			n++
			c := rings("84951234567", leg("101", protocol.Ringing))
			c.ID, c.DID = fmt.Sprint("main:", n), did
			for _, f := range change {
				f(&c)
			}
			o.change(c)
			c.State, c.Ended = protocol.Ended, time.Now()
			o.change(c)
			o.change(c) // repeated
		}
		call("74950000001")
		call("84950000001") // the same number in the form of another trunk
		call("78121234567")
		call("74950000009")
		call("74950000009")
		call("s")
		call("")
		call("101", func(c *calls.Call) { c.Direction = protocol.Internal })
		call("74950000009", func(c *calls.Call) { c.Into = "main:1" })
		call(strings.Repeat("9", 200) + "\x00")
		call("7495\x1b[31m\u202e0000002")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		want := "main  1, main 74950000009 2, main 7495[31m0000002 1, main " + strings.Repeat("9", 64) + " 1, main s 1"
		if got := store.String(); got != want {
			t.Errorf("counted\n%s\nwant\n%s", got, want)
		}

		store.mu.Lock()
		before := store.writes
		store.fail = true
		store.mu.Unlock()
		for range 3000 {
			call(fmt.Sprint("robot", n))
		}
		store.mu.Lock()
		store.fail = false
		store.mu.Unlock()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		store.mu.Lock()
		defer store.mu.Unlock()
		if wrote := store.writes - before; wrote > 2 || len(store.counts) > 1000+5 {
			t.Errorf("wrote %d times, and %d numbers", wrote, len(store.counts))
		}
	})
}

func TestUntrackedCallsAreWrittenAtTheStop(t *testing.T) {
	store := &counter{counts: map[string]int{}}
	openWith(t, []tracking.Line{{Number: "1"}}, func(o *setup) { o.Untracked = store }, func(o *office) {
		for n := range 3 { // the first is written at once, the others wait
			c := rings("84951234567")
			c.ID = fmt.Sprint("main:", n)
			o.change(c)
			c.State, c.Ended = protocol.Ended, time.Now()
			o.change(c)
		}
		o.stop()
		synctest.Wait()
		if got := store.String(); got != "main 74950000001 3" {
			t.Errorf("counted %s", got)
		}
	})
}
