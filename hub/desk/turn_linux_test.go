//go:build !race

package desk

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"traybell/hub/blocking"
	"traybell/hub/calls"
	"traybell/hub/desk/internal/turns"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/protocol"

	"golang.org/x/sys/unix"
)

const floods = 2000

// What many calls have in common costs no long turn of the loop.
func TestTurnsStayShortInAFlood(t *testing.T) {
	known := []protocol.Customer{{Login: "ivanov", Name: "Ivan Ivanov", Company: "ACME"}}
	bound := []tracking.Line{{Number: "*", Name: "Sales", Show: tracking.ShowBound}}
	for name, test := range map[string]struct {
		lines []tracking.Line
		found []protocol.Customer
		call  func(i int, c *calls.Call)
	}{
		"one number":   {call: func(_ int, c *calls.Call) { c.Number = number(0) }},
		"one DID":      {lines: bound},
		"one customer": {found: known},
		"one agent": {call: func(_ int, c *calls.Call) {
			c.Legs = []calls.Leg{leg("1000", protocol.Ringing)}
		}},
		"one number on a bound line": {lines: bound, call: func(_ int, c *calls.Call) { c.Number = number(0) }},
		"one name":                   {call: func(_ int, c *calls.Call) { c.Name = "Ivan Ivanov" }},
		"a DID for each call": {
			lines: []tracking.Line{{Number: "_7495XXXXXXX", Name: "Sales", Show: tracking.ShowBound}},
			call:  func(i int, c *calls.Call) { c.DID = fmt.Sprintf("7495%07d", i) },
		},
		"one Linkedid on each PBX": {lines: bound, call: func(i int, c *calls.Call) {
			c.PBX = fmt.Sprint("pbx", i)
			c.ID, c.Number = c.PBX+":1", number(0)
		}},
		"long and broken texts": {lines: bound, call: func(_ int, c *calls.Call) {
			c.Name, c.Number = strings.Repeat("\xff\u202e", 50), strings.Repeat("7", 200)
		}},
		"one Linkedid": {call: func(i int, c *calls.Call) {
			c.ID, c.Number, c.Legs = "main:1", number(0), nil
			for n := range min(i+1, 200) {
				c.Legs = append(c.Legs, leg(fmt.Sprint(1000+n), protocol.Ringing))
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			const bound = 20 * time.Millisecond
			best := map[string]time.Duration{} // the longest turns, by what happened
			longest, during := bound, ""
			for attempt := 0; attempt < 3 && longest >= bound; attempt++ {
				longestTurns(t, test.lines, test.found, test.call, func(what string, took time.Duration) {
					if before, ok := best[what]; !ok || took < before {
						best[what] = took
					}
				})
				longest = 0
				for what, took := range best {
					if took > longest {
						longest, during = took, what
					}
				}
			}
			t.Logf("longest turn: %v, when %s", longest, during)
			if longest >= bound {
				t.Errorf("a turn took %v when %s", longest, during)
			}
		})
	}
}

// longestTurns runs a flood of calls and all that may concern many of them. It reports the longest
// turn of each step.
func longestTurns(t *testing.T, lines []tracking.Line, found owners, change func(int, *calls.Call),
	report func(what string, took time.Duration),
) {
	f := flood(t, lines, found)
	f.on(func(l *loop) {
		l.backlog.Pause = time.Millisecond
		runtime.LockOSThread()
		l.clock = threadTime
	})
	note := func(what string) {
		f.rest()
		took := f.longest.Recent(time.Now())
		report(what, took)
		f.on(func(l *loop) { *l.desk.longest = turns.Longest{} })
	}
	list := make([]calls.Call, floods)
	for i := range list {
		list[i] = calls.Call{
			ID: fmt.Sprint("main:", i), PBX: "main", Direction: protocol.Incoming, State: protocol.Ringing,
			Number: number(i), DID: "74950000001", Started: time.Now(),
			Legs: []calls.Leg{leg(fmt.Sprint(1000+i%30), protocol.Ringing)},
		}
		if change != nil {
			change(i, &list[i])
		}
		f.change(list[i])
	}
	note("they ring")
	agent := staff.Agent{Login: "agent00", Name: "Agent", Extensions: []string{"1000"}}
	if err := f.Join(f.ctx, agent, func(protocol.OpenedSession) {}); err != nil {
		t.Fatal(err)
	}
	note("an agent signs in")
	f.everything(note)
	for i := range list {
		f.change(answered(list[i], list[i].Legs[0].Extension))
	}
	note("they are answered")
	for i := range list {
		f.change(ended(list[i], 16))
	}
	note("they end")
	f.everything(func(what string) { note(what + ", after the end") })
	f.on(func(l *loop) {
		later := l.now().Add(time.Hour)
		l.now = func() time.Time { return later }
		l.turn(l.forget)
	})
	note("they are forgotten")
}

// everything does what may concern many calls.
func (f *flooded) everything(note func(what string)) {
	f.t.Helper()
	key := "+" + number(0)
	f.BlockChanged(f.ctx, blocking.Block{Number: key, Blocked: true, At: time.Now()}, "")
	note("the number is blocked")
	if _, err := f.Presented(f.ctx, key); err != nil {
		f.t.Fatal(err)
	}
	note("the forms of the number are read")
	red := protocol.SetCategory{Number: number(0), Color: protocol.Red}
	if err := f.Desk.SetCategory(f.ctx, staff.Agent{Login: "agent00"}, red); err != nil {
		f.t.Fatal(err)
	}
	note("the number gets a category")
	f.DirectoryChanged(f.ctx)
	note("the directories change")
	var renamed []staff.Agent
	for _, a := range f.rules.Staff.Agents() {
		a.Name += "."
		renamed = append(renamed, a)
	}
	f.rules.Staff = staff.New(renamed)
	rules := f.rules
	if err := f.Reload(f.ctx, &rules, func() error { return nil }); err != nil {
		f.t.Fatal(err)
	}
	note("hub.yml changes")
}

// threadTime is the processor time of the thread: other programs and goroutines do not count.
func threadTime() time.Time {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Unix(t.Unix())
}
