package desk

import (
	"testing"
	"testing/synctest"

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
