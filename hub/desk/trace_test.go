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
	"traybell/hub/staff"
	"traybell/hub/trace"
	"traybell/hub/tracking"
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
		say, details := s.Say()
		fmt.Fprintln(&text, say)
		for _, d := range details {
			fmt.Fprintln(&text, "  ", d)
		}
	}
	return *trace, text.String()
}

// seats are terminals with desktops, by login.
type seats struct {
	*office
	at map[string][]string
}

func (s seats) Desktops(login string) []string { return s.at[login] }
func (s seats) Online(login string) int        { return len(s.at[login]) }

func followed(t *testing.T, lines []tracking.Line, more func(*setup), story func(o *office, f *fakeTraces)) {
	f := &fakeTraces{kept: map[string]*trace.Trace{}}
	openWith(t, lines, func(o *setup) {
		o.Traces = f
		o.terminals = func(o *office) Terminals {
			return seats{o, map[string][]string{"anna": {"windows (traybell 1.0.0, 192.0.2.7)"}}}
		}
		more(o)
	}, func(o *office) { story(o, f) })
}

func (o *office) says(a staff.Agent, call string, hidden protocol.Hidden) {
	o.t.Helper()
	_ = o.PopupShown(o.ctx, a, call, hidden) // an unknown call is refused and not traced
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
			"Not routed to boris, though their phone rings: the tracked number is for other teams and "+
				"agents.",
			"Also rings at 177: hub.yml has no agent with this extension.",
			"Found after 3.0 ms: Ivan Ivanov (ivanov).",
			"On the screen of anna, 39.0 ms after it was sent.",
			"Extensions: 101 answered.", "The call is answered.",
			"On the screen of anna, 21.0 ms after it was sent.", "On the screen of anna.",
			"anna requested a ticket.", "Ticket T-1, by anna.",
			"clara requested a ticket and was refused: This call is not one of yours.",
			"The call is ended: cause 16.",
		)
		if strings.Count(story, "Sent to") != 1 || strings.Count(story, "On the screen") != 3 || strings.Count(story,
			"Not routed to") != 1 {
			t.Errorf("something was traced twice:\n%s", story)
		}
		for login, want := range map[string]string{
			"anna":  "popup shown, 39.0 ms after it was sent",
			"boris": "not routed, though the phone rang: the tracked number is for other teams and agents",
			"clara": "not routed: 103 did not ring; 101, 102, 177 did",
		} {
			of := map[string][]string{"anna": anna.Extensions, "boris": boris.Extensions, "clara": clara.Extensions}
			if got := trace.For(login, of[login]); got != want {
				t.Errorf("for %s: %q, want %q", login, got, want)
			}
		}
		if trace.Party != "+74951234567" || trace.Result() != "on the screen of anna" ||
			trace.About() != "84951234567 to 74950000001, incoming on main" {
			t.Errorf("%q, %q, %q", trace.Party, trace.Result(), trace.About())
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
		boris string
	}{
		"no tracked number": {
			[]tracking.Line{{Number: "74950000009"}},
			nil, func(o *office) { ring(o, "84951234567") },
			[]string{
				`The called number "74950000001" is not tracked`,
				"Not routed to anna, boris, though their phone rings: the number called is not tracked.",
			},
			"not routed, though the phone rang: the number called is not tracked",
		},
		"bound to others": {
			[]tracking.Line{{Number: "*", Show: tracking.ShowBound, Agents: []string{"anna"}}},
			nil, func(o *office) { ring(o, "84951234567") },
			[]string{
				`shown whichever phone rings, to all, named there: anna.`,
				"Routed to anna: the tracked number is bound to them",
			},
			"not routed, though the phone rang: the tracked number is bound to others",
		},
		"signed in nowhere": {
			nil, nil, func(o *office) { ring(o, "anonymous") },
			[]string{
				`The PBX presents the number "anonymous":`, "withheld", "Sent to", "Not signed in: boris.",
			},
			"not signed in",
		},
		"switched off and locked": {
			nil, off, func(o *office) { ring(o, "84951234567") },
			[]string{"Popups of this kind (incoming) are switched off in hub.yml, desktop.popups, and locked."},
			"not signed in",
		},
		"hidden by the desktop": {
			nil, nil, func(o *office) { ring(o, "84951234567"); o.says(boris, "main:1.1", protocol.HiddenQuiet) },
			[]string{"The desktop of boris shows no popup: do not disturb is on."},
			"the desktop showed no popup: do not disturb is on",
		},
		"a slow directory": {
			nil, nil, func(o *office) { o.slow = 2 * time.Second; ring(o, "84951234567"); time.Sleep(3 * time.Second) },
			[]string{"No answer from the directories after 800.0 ms", "Found after 2.0 s: Ivan Ivanov (ivanov)."},
			"not signed in",
		},
		"missed": {
			nil, nil, func(o *office) {
				c := begun("84957654321", leg("101", protocol.Ringing))
				o.change(c)
				o.change(ended(c, 127))
			},
			[]string{"No customer found", "The call is ended: not answered, cause 127."},
			"not routed: 102 did not ring; 101 did",
		},
		"signed in during the call": {
			nil, nil, func(o *office) {
				ring(o, "84951234567")
				if err := o.Join(o.ctx, boris, func(protocol.OpenedSession) {}); err != nil {
					o.t.Fatal(err)
				}
			},
			[]string{"Not signed in: boris.", "boris signed in and got the call."},
			"sent to the desktop, which has not confirmed the popup",
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
				if got := trace.For("boris", boris.Extensions); !strings.HasPrefix(got, test.boris) {
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

// A full disk is logged once, not every second: the log may be on it.
func TestLostTracesAreLoggedOnce(t *testing.T) {
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
			if !strings.Contains(log.String(), `"call traces are saved again" dropped=5`) {
				t.Errorf("the end of the failure is not logged:\n%s", log.String())
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
