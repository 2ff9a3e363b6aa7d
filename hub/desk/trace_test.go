package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/hub/cdr"
	"traybell/hub/staff"
	"traybell/hub/trace"
	"traybell/hub/tracking"
	"traybell/hub/why"
	"traybell/shared/protocol"
)

// fakeTraces keeps traces in memory.
type fakeTraces struct {
	mu      sync.Mutex
	kept    map[string]*trace.Trace
	batches int
	forgot  int
	refuses error
}

func (f *fakeTraces) KeepTraces(_ context.Context, traces []trace.Trace) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.batches++
	for _, t := range traces {
		if kept := f.kept[t.CallID]; kept != nil {
			kept.Steps = append(kept.Steps, t.Steps...)
		} else if t.PBX != "" {
			f.kept[t.CallID] = &t
		}
	}
	return f.refuses
}

func (f *fakeTraces) ForgetTraces(context.Context, time.Time, int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forgot++
	return nil
}

// story returns a trace as text, without the times.
func (f *fakeTraces) story(t *testing.T, id string) (trace.Trace, string) {
	t.Helper()
	time.Sleep(2 * time.Second)
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	trace := f.kept[id]
	if trace == nil {
		t.Fatalf("there is no trace of %s", id)
	}
	var text strings.Builder
	for _, s := range trace.Steps {
		say, details := s.Say("en")
		fmt.Fprintln(&text, say)
		for _, d := range details {
			fmt.Fprintln(&text, "  ", d)
		}
	}
	return *trace, text.String()
}

// signedIn are terminals with desktops, by login.
type signedIn struct {
	*office
	at map[string][]string
}

func (s signedIn) Desktops(login string) []string { return s.at[login] }
func (s signedIn) Online(login string) int        { return len(s.at[login]) }

func followed(t *testing.T, lines []tracking.Line, more func(*setup), story func(o *office, f *fakeTraces)) {
	f := &fakeTraces{kept: map[string]*trace.Trace{}}
	openWith(t, lines, func(o *setup) {
		o.Traces = f
		o.terminals = func(o *office) Terminals {
			return signedIn{o, map[string][]string{"anna": {"windows (traybell 1.0.0, 192.0.2.7)"}}}
		}
		more(o)
	}, func(o *office) { story(o, f) })
}

func (o *office) says(a staff.Agent, call string, hidden protocol.Hidden) {
	o.t.Helper()
	// an unknown call is refused and not traced
	_ = o.PopupShown(o.ctx, a, protocol.ShownCall{Call: call, Hidden: hidden})
}

// cause is why an agent saw no popup, by the trace alone.
func cause(t trace.Trace, a staff.Agent) why.Cause {
	return why.Of(t, why.Who{Login: a.Login, Extensions: a.Extensions}, why.Past{}).Cause
}

func wantStory(t *testing.T, got string, parts ...string) {
	t.Helper()
	rest := got
	for _, p := range parts {
		_, after, found := strings.Cut(rest, p)
		if !found {
			t.Errorf("missing, or out of order: %q\n%s", p, got)
			return
		}
		rest = after
	}
}

func TestTraceOfPopups(t *testing.T) {
	line := tracking.Line{Number: "84950000001", Name: "Support", Teams: []string{"support"}}
	followed(t, []tracking.Line{line}, func(*setup) {}, func(o *office, f *fakeTraces) {
		o.slow = 3 * time.Millisecond
		c := begun("84951234567", leg("101", protocol.Ringing), leg("102", protocol.Ringing),
			leg("177", protocol.Ringing))
		o.change(c)
		time.Sleep(39 * time.Millisecond)
		o.says(anna, c.ID, "")
		o.says(boris, c.ID, "") // not routed to him: not traced
		c = answered(c, "101")
		o.change(c)
		time.Sleep(21 * time.Millisecond)
		o.says(anna, c.ID, "")
		time.Sleep(2 * time.Second)
		o.says(anna, c.ID, "") // again, for an update: the time of its sending is not kept
		if _, failure := o.press(anna, "p1"); failure != nil {
			t.Fatalf("the press: %+v", failure)
		}
		time.Sleep(time.Second)
		if _, failure := o.press(clara, "p2"); failure == nil {
			t.Fatal("Clara has no right to press")
		}
		o.change(ended(c, 16))
		trace, story := f.story(t, c.ID)
		wantStory(t, story,
			"First seen: ringing.",
			`The PBX presents the number "84951234567":`, `agents see "8 (495) 123-45-67"`,
			"looked up as +74951234567",
			`Tracked number "84950000001" (Support), shown to those whose phone rings, of the teams `+
				"support.",
			"Extensions: 101 ringing, 102 ringing, 177 ringing.",
			"Routed to anna: their phone rings.",
			"Sent to", "anna on windows (traybell 1.0.0, 192.0.2.7)",
			"Not routed to boris, though their phone rings: the tracked number is for other teams and agents.",
			"Also rings at 177: hub.yml has no agent with this extension.",
			"Found after 3.0 ms: Ivan Ivanov (ivanov).",
			"On the screen of anna, 39.0 ms after it was sent.",
			"Extensions: 101 answered.", "The call is answered.",
			"On the screen of anna, 21.0 ms after it was sent.", "On the screen of anna.",
			"anna requested a ticket.", "Ticket T-1, by anna.",
			"clara was refused: This call is not one of yours.",
			"The call is ended: cause 16 (normal clearing).",
		)
		if strings.Count(story, "Sent to") != 1 || strings.Count(story, "On the screen") != 3 || strings.Count(story,
			"Not routed to") != 1 {
			t.Errorf("something was traced twice:\n%s", story)
		}
		for of, want := range map[*staff.Agent]why.Cause{
			&anna: why.Shown, &boris: why.OtherAgents, &clara: why.NoAgent, // 177 may be clara's
		} {
			if got := cause(trace, *of); got != want {
				t.Errorf("for %s: %q, want %q", of.Login, got, want)
			}
		}
		if trace.Party != "+74951234567" || trace.Result("en") != "on the screen of anna" ||
			trace.About() != "84951234567 to 74950000001, incoming on main" {
			t.Errorf("%q, %q, %q", trace.Party, trace.Result("en"), trace.About())
		}
	})
}

func TestTraceOfProblems(t *testing.T) {
	ring := func(o *office, number string) {
		o.change(begun(number, leg("101", protocol.Ringing), leg("102", protocol.Ringing)))
	}
	off := func(o *setup) {
		o.Rules.Settings.Popups.Answer.Enabled = true
		o.Rules.Settings.Locked = []string{"popups.incoming.enabled"}
	}
	for name, test := range map[string]struct {
		lines []tracking.Line
		more  func(*setup)
		tell  func(o *office)
		want  []string
		boris why.Cause
	}{
		"no tracked number": {
			[]tracking.Line{{Number: "74950000009"}},
			nil, func(o *office) { ring(o, "84951234567") },
			[]string{
				`The called number "74950000001" is not tracked`,
				"Not routed to anna, boris, though their phone rings: the number called is not tracked.",
			},
			why.Untracked,
		},
		"bound to others": {
			[]tracking.Line{{Number: "*", Show: tracking.ShowBound, Agents: []string{"anna"}}},
			nil, func(o *office) { ring(o, "84951234567") },
			[]string{
				`shown whichever phone rings, to all, named there: anna.`,
				"Routed to anna: the tracked number is bound to them",
			},
			why.OtherAgents,
		},
		"signed in nowhere": {
			nil, nil, func(o *office) { ring(o, "anonymous") },
			[]string{
				`The PBX presents the number "anonymous":`, "withheld", "Sent to", "Not signed in: boris.",
			},
			why.SignedOut,
		},
		"switched off and locked": {
			nil, off, func(o *office) { ring(o, "84951234567") },
			[]string{"Popups of this kind (incoming) are switched off in hub.yml, desktop.popups, and locked."},
			why.SignedOut,
		},
		"hidden by the desktop": {
			nil, nil, func(o *office) { ring(o, "84951234567"); o.says(boris, "main:1.1", protocol.HiddenQuiet) },
			[]string{"The desktop of boris shows no popup: do not disturb is on."},
			why.Quiet,
		},
		"a slow directory": {
			nil, nil, func(o *office) { o.slow = 2 * time.Second; ring(o, "84951234567"); time.Sleep(3 * time.Second) },
			[]string{"No answer from the directories after 800.0 ms", "Found after 2.0 s: Ivan Ivanov (ivanov)."},
			why.SignedOut,
		},
		"missed": {
			nil, nil, func(o *office) {
				c := begun("84957654321", leg("101", protocol.Ringing))
				o.change(c)
				o.change(ended(c, 127))
			},
			[]string{"No customer found", "The call is ended: not answered, cause 127 (interworking, unspecified)."},
			why.NoRing,
		},
		"signed in during the call": {
			nil, nil, func(o *office) {
				ring(o, "84951234567")
				if err := o.Join(o.ctx, boris, func(protocol.OpenedSession) {}); err != nil {
					o.t.Fatal(err)
				}
			},
			[]string{"Not signed in: boris.", "boris signed in and got the call."},
			why.Unconfirmed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			more := test.more
			if more == nil {
				more = func(*setup) {}
			}
			followed(t, test.lines, more, func(o *office, f *fakeTraces) {
				test.tell(o)
				trace, story := f.story(t, "main:1.1")
				wantStory(t, story, test.want...)
				if got := cause(trace, boris); got != test.boris {
					t.Errorf("for boris: %q, want %q\n%s", got, test.boris, story)
				}
			})
		})
	}
}

func TestTracesAreWrittenInBatches(t *testing.T) {
	followed(t, nil, func(*setup) {}, func(o *office, f *fakeTraces) {
		for i := range 100 {
			c := begun("84951234567", leg("101", protocol.Ringing))
			c.ID = fmt.Sprint("main:2.", i)
			o.change(c)
			o.change(ended(c, 16))
		}
		f.story(t, "main:2.99")
		if f.batches > 3 || len(f.kept) != 100 || f.forgot != 1 {
			t.Errorf("%d traces in %d batches, forgotten %d times", len(f.kept), f.batches, f.forgot)
		}
	})
}

// A full disk is logged once, not every second: the log may be on it. Nothing is lost.
func TestTracesWaitWhileTheDiskIsFull(t *testing.T) {
	var log strings.Builder
	followed(t, nil, func(o *setup) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) },
		func(o *office, f *fakeTraces) {
			refuses := func(err error) {
				f.mu.Lock()
				defer f.mu.Unlock()
				f.refuses = err
			}
			ring := func(n int) {
				c := begun("84951234567", leg("101", protocol.Ringing))
				c.ID = fmt.Sprint("main:3.", n)
				o.change(c)
				time.Sleep(2 * time.Second)
				synctest.Wait()
			}
			refuses(errors.New("the disk is full"))
			for n := range 5 {
				ring(n)
			}
			refuses(nil)
			ring(5)
			if said := strings.Count(log.String(), "the disk is full"); said != 1 {
				t.Errorf("logged %d times", said)
			}
			if !strings.Contains(log.String(), `"call traces are saved again" dropped_steps=0`) {
				t.Errorf("the end of the failure is not logged:\n%s", log.String())
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			if len(f.kept) != 6 {
				t.Errorf("%d of 6 calls have traces", len(f.kept))
			}
		})
}

func TestTracesAreWrittenAtTheStop(t *testing.T) {
	f := &fakeTraces{kept: map[string]*trace.Trace{}}
	openWith(t, nil, func(o *setup) { o.Traces = f }, func(o *office) {
		o.change(begun("84951234567", calls.Leg{Extension: "101", State: protocol.Ringing}))
	})
	if trace := f.kept["main:1.1"]; trace == nil || len(trace.Steps) < 4 {
		t.Errorf("the last call's trace is %+v", trace)
	}
}

func TestTraceWithoutTrackedNumbers(t *testing.T) {
	followed(t, nil, func(*setup) {}, func(o *office, f *fakeTraces) {
		c := begun("84951234567", leg("101", protocol.Ringing))
		o.change(c)
		o.change(ended(c, 16))
		_, story := f.story(t, c.ID)
		wantStory(t, story, "hub.yml tracks no numbers: every call is shown to the agents whose phone rings.",
			"Routed to anna")
	})
}

// The trace and the record of a caller that the PBX turns away name the block, also if it is read
// after the call.
func TestBlockedCallerIsTraced(t *testing.T) {
	for name, slow := range map[string]time.Duration{"read before the end": 0, "read after the end": time.Second} {
		t.Run(name, func(t *testing.T) {
			records := &fakeRecords{rows: map[string]cdr.Record{}}
			followed(t, nil, func(s *setup) {
				s.Blocks, s.Rules.Records = &fakeBlocks{}, records
			}, func(o *office, f *fakeTraces) {
				o.slow = slow
				for _, pbx := range []string{"main", "branch"} {
					c := rings("84957654321")
					c.ID, c.PBX = pbx+":1.1", pbx
					o.change(c)
					c.State, c.Ended, c.Cause, c.Missed = protocol.Ended, c.Started.Add(100*time.Millisecond), 21, true
					o.change(c)
				}
				const block = "by Boris Ivanov (sells carpets)"
				told, text := f.story(t, "main:1.1")
				wantStory(t, text, "The caller is blocked "+block+".")
				if slow == 0 {
					wantStory(t, text, "The call is ended: blocked "+block+", cause 21 (call rejected).")
				}
				if got := told.Result("en"); got != "blocked "+block {
					t.Errorf("the result is %q", got)
				}
				if got := cause(told, anna); got != why.Blocked {
					t.Errorf("for anna it is %q", got)
				}
				if r := records.of(t, "main:1.1"); r.Blocked != block || r.Missed {
					t.Errorf("the record says blocked %q, missed %t", r.Blocked, r.Missed)
				}

				told, text = f.story(t, "branch:1.1") // it does not have the block yet
				wantStory(t, text, "The caller is blocked "+block+", but not yet on this PBX.")
				if got := told.Result("en"); got != "no phone rang" {
					t.Errorf("on the other PBX the result is %q", got)
				}
				if r := records.of(t, "branch:1.1"); r.Blocked != "" || !r.Missed {
					t.Errorf("its record says blocked %q, missed %t", r.Blocked, r.Missed)
				}
			})
		})
	}
}

// A call that rang, or was over before the block, was not turned away.
func TestTurnedAway(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 3, 0, 0, time.Local)
	away := call{
		Call: calls.Call{
			PBX: "main", Direction: protocol.Incoming, State: protocol.Ended, Missed: true, Started: at.Add(time.Hour),
			Ended: at.Add(time.Hour),
		},
		caller: protocol.Caller{Blocked: &protocol.Block{By: "Anna", At: at, Reason: "spam"}},
	}
	for name, c := range map[string]struct {
		change func(*call)
		want   bool
	}{
		"turned away": {func(*call) {}, true},
		"rang":        {func(c *call) { c.Legs = []calls.Leg{leg("101", protocol.Ended)} }, false},
		"later block": {func(c *call) { c.Started, c.Ended = at.Add(-time.Minute), at.Add(-time.Second) }, false},
		"in progress": {func(c *call) { c.State = protocol.Ringing }, false},
		"answered":    {func(c *call) { c.Answered = at }, false},
		"outgoing":    {func(c *call) { c.Direction = protocol.Outgoing }, false},
		"not blocked": {func(c *call) { c.caller.Blocked = nil }, false},
	} {
		changed := away
		c.change(&changed)
		if got := changed.turnedAway() != nil; got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}

// The trace of a call that ended while the hub was stopped says so.
func TestTraceOfAnEndWhileTheHubWasStopped(t *testing.T) {
	seen := time.Date(1999, 12, 31, 20, 0, 0, 0, time.UTC)
	records := &fakeRecords{rows: map[string]cdr.Record{"main:1.7": {
		CallID: "main:1.7", PBX: "main", State: cdr.Open, Direction: protocol.Incoming, Started: seen, Seen: seen,
	}}}
	traces := &fakeTraces{kept: map[string]*trace.Trace{"main:1.7": {CallID: "main:1.7", PBX: "main"}}}
	openWith(t, nil, func(o *setup) { o.Traces, o.Rules.Records = traces, records }, func(o *office) {
		if err := o.PBX(o.ctx, protocol.PBX{ID: "main", State: protocol.PBXWorking}); err != nil {
			t.Fatal(err)
		}
		_, story := traces.story(t, "main:1.7")
		wantStory(t, story, "The call is ended: not seen; it lasted at least until "+
			seen.Local().Format("15:04:05")+", and may have been answered.")
	})
}
