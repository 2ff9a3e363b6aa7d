package desk

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/calls"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/protocol"
)

func TestAgentsOfALine(t *testing.T) {
	both := []calls.Leg{leg("101", protocol.Ringing), leg("102", protocol.Ringing)}
	for name, story := range map[string]struct {
		line *tracking.Line
		want string
	}{
		"no lines":                    {nil, "anna boris"},
		"the number in another form":  {&tracking.Line{Number: "8 (495) 000-00-01"}, "anna boris"},
		"every number":                {&tracking.Line{Number: "*"}, "anna boris"},
		"a pattern":                   {&tracking.Line{Number: "_7495XXXXXXX"}, "anna boris"},
		"another number":              {&tracking.Line{Number: "74950000002"}, ""},
		"a team, of ringing agents":   {&tracking.Line{Number: "*", Teams: []string{"sales"}}, "boris"},
		"an agent, of ringing agents": {&tracking.Line{Number: "*", Agents: []string{"anna"}}, "anna"},
		"bound to an agent whose phone does not ring": {
			&tracking.Line{Number: "*", Show: tracking.ShowBound, Agents: []string{"clara"}}, "clara",
		},
		"bound to all": {&tracking.Line{Number: "*", Show: tracking.ShowBound}, "anna boris clara"},
	} {
		t.Run(name, func(t *testing.T) {
			var lines []tracking.Line
			if story.line != nil {
				lines = []tracking.Line{*story.line}
			}
			open(t, lines, func(o *office) {
				o.change(rings("anonymous", both...))
				if story.want == "" {
					o.expect()
					return
				}
				o.expect("ringing withheld → " + story.want)
			})
		})
	}
}

func TestAgentsWhoSawACallSeeTheAnswer(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("anonymous", leg("101", protocol.Ringing), leg("102", protocol.Ringing)))
		c := rings("anonymous", leg("101", protocol.Answered), leg("102", protocol.Ended))
		c.State = protocol.Answered
		o.change(c)
		o.expect("ringing withheld → anna boris", "answered withheld → anna boris")
	})
}

func TestOldAndRepeatedChangesAreIgnored(t *testing.T) {
	open(t, nil, func(o *office) {
		ringing := calls.Change{PBX: "main", Epoch: 2, Seq: 5, Call: rings("anonymous", leg("101", protocol.Ringing))}
		late := ringing
		late.Seq, late.Call.State = 4, protocol.Answered
		older := ringing
		older.Epoch, older.Seq = 1, 900
		for _, c := range []calls.Change{ringing, ringing, late, older} {
			if err := o.Change(o.ctx, c); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		o.expect("ringing withheld → anna")
	})
}

// A ring group is many events at once. Who was called sees the call, however soon that is over.
func TestChangesWhileTheLoopIsBusy(t *testing.T) {
	ringing, ended := protocol.Ringing, protocol.Ended
	one := rings("anonymous", leg("101", ringing))
	both := rings("anonymous", leg("101", ringing), leg("102", ringing))
	answered := both
	answered.State = protocol.Answered
	gone := rings("anonymous", leg("101", ended), leg("102", ringing))
	over := rings("anonymous", leg("101", ended), leg("102", ended))
	other := rings("84951234567", leg("101", ringing))
	other.ID = "main:other"
	for name, story := range map[string]struct {
		seen, arrive []calls.Call
		want         []string
	}{
		"phones that begin to ring": {nil, []calls.Call{one, both}, []string{"ringing withheld → anna boris"}},
		"an answer": {
			nil,
			[]calls.Call{one, both, answered},
			[]string{"ringing withheld → anna boris", "answered withheld → anna boris"},
		},
		"a phone that rang for a moment": {
			nil,
			[]calls.Call{one, gone},
			[]string{"ringing withheld → anna", "ringing withheld → anna boris"},
		},
		"phones that no longer ring": {
			[]calls.Call{both},
			[]calls.Call{gone, over},
			[]string{"ringing withheld → anna boris", "ringing withheld → anna boris"},
		},
		"two calls": {
			nil,
			[]calls.Call{one, other, both},
			[]string{
				"ringing withheld → anna", "ringing looking → anna", "ringing withheld → anna boris",
				"ringing known → anna",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			open(t, nil, func(o *office) {
				seq := uint64(0)
				arrive := func(list []calls.Call) {
					for _, c := range list {
						seq++
						if err := o.Change(o.ctx, calls.Change{PBX: "main", Epoch: 2, Seq: seq, Call: c}); err != nil {
							t.Fatal(err)
						}
					}
				}
				arrive(story.seen)
				synctest.Wait()
				busy := make(chan struct{})
				o.later(o.ctx, func(*loop) { <-busy })
				arrive(story.arrive)
				close(busy)
				synctest.Wait()
				o.expect(story.want...)
			})
		})
	}
}

func TestSnapshotHasTheAgentsLiveCalls(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		snapshot := func(a staff.Agent) (s protocol.OpenedSession) {
			if err := o.Join(o.ctx, a, func(opened protocol.OpenedSession) { s = opened }); err != nil {
				t.Fatal(err)
			}
			return s
		}
		if s := snapshot(anna); len(s.Calls) != 1 || s.Calls[0].Caller.Status != protocol.Known ||
			s.Calls[0].Links.CID != "https://search.example/?q=%2B74951234567" {
			t.Errorf("anna sees %+v", s.Calls)
		}
		if s := snapshot(boris); len(s.Calls) != 0 {
			t.Errorf("boris sees another agent's call: %+v", s.Calls)
		}
		ended := rings("84951234567", leg("101", protocol.Ended))
		ended.State = protocol.Ended
		o.change(ended)
		if s := snapshot(anna); len(s.Calls) != 0 {
			t.Errorf("anna sees a call that has ended: %+v", s.Calls)
		}
	})
}

// A missed internal call is missed by the colleague only: in events, after a reload and on cards of
// the next call.
func TestMissedIsWhoWasCalled(t *testing.T) {
	open(t, nil, func(o *office) {
		c := rings("101", leg("101", protocol.Ringing), leg("102", protocol.Ringing))
		c.Direction, c.Legs[0].Calling = protocol.Internal, true
		o.change(c)
		o.shown()
		c.State, c.Missed, c.Ended = protocol.Ended, true, c.Started.Add(time.Second)
		c.Legs = []calls.Leg{leg("101", protocol.Ended), leg("102", protocol.Ended)}
		c.Legs[0].Calling = true
		o.change(c)
		missed := map[string]bool{}
		o.mu.Lock()
		for _, s := range o.sent {
			var seen protocol.Call
			if err := s.m.Decode(&seen); err != nil {
				t.Error(err)
			}
			for _, login := range s.to {
				missed[login] = seen.Missed
			}
		}
		o.mu.Unlock()
		if want := map[string]bool{"anna": false, "boris": true}; !maps.Equal(missed, want) {
			t.Errorf("missed by %v, want %v", missed, want)
		}
		for a, want := range map[string]bool{"anna": false, "boris": true} {
			agent, _ := o.Staff().Agent(a)
			var opened protocol.OpenedSession
			if err := o.wait(o.ctx, func(l *loop) { opened = l.snapshot(agent, true) }); err != nil {
				t.Fatal(err)
			}
			if len(opened.Calls) != 1 || opened.Calls[0].Missed != want {
				t.Errorf("the snapshot of %s: %+v, want missed %t", a, opened.Calls, want)
			}
		}
	})
}
