//go:build e2e

// Package e2e tests with real servers and real phones. It needs root, and some minutes the first
// time:
//
//	go test -tags e2e ./test/e2e/...
//
// TRAYBELL_E2E_ASTERISK lists the versions of Asterisk to test; default "22,16".
package e2e

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestCallsOfARealAsterisk places calls with real phones and checks the calls that hub/calls
// derives, with only the rights that the hub needs.
func TestCallsOfARealAsterisk(t *testing.T) {
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			o := newOffice(t, version)
			for _, story := range slices.Concat(stories, freePBX) {
				t.Run(story.name, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
					defer cancel()
					s := &scene{T: t, ctx: ctx, office: o}
					defer s.clear()
					story.play(s)
				})
			}
		})
	}
}

const (
	ivan = "74951234567"
	did  = "7495000000"
)

type story struct {
	name string
	play func(s *scene)
}

var stories = []story{
	{"direct", func(s *scene) {
		caller := s.call("1")
		at101 := s.rings("101")
		s.reads(`incoming ringing 74951234567 Ivan on 74950000001: 101 ringing`)
		s.must(at101.Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended`)
	}},
	{"ring group", func(s *scene) {
		caller := s.call("2")
		s.rings("101")
		at102 := s.rings("102")
		s.rings("103")
		s.reads(`incoming ringing 74951234567 Ivan on 74950000002: 101 ringing, 102 ringing, 103 ringing`)
		s.must(at102.Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000002: 101 ended CANCEL, 102 answered, 103 ended CANCEL`)
		s.must(at102.HangUp(s.ctx))
		s.must(caller.WaitEnded(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000002: 101 ended CANCEL, 102 ended, 103 ended CANCEL`)
	}},
	{"queue of phones", queue("3")},
	{"queue of Local/n", queue("4")},
	{"queue of Local", queue("5")},
	{"busy", func(s *scene) {
		caller := s.call("1")
		at101 := s.rings("101")
		s.must(at101.Busy())
		s.must(caller.WaitEnded(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended BUSY; missed`)
	}},
	{"the caller gives up", func(s *scene) {
		caller := s.call("1")
		s.rings("101")
		s.reads(`incoming ringing 74951234567 Ivan on 74950000001: 101 ringing`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended CANCEL; missed`)
	}},
	{"withheld", func(s *scene) {
		caller, err := s.trunk.Call(s.ctx, did+"1", "anonymous", "Anonymous")
		s.must(err)
		s.rings("101")
		s.reads(`incoming ringing anonymous on 74950000001: 101 ringing`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended anonymous on 74950000001: 101 ended CANCEL; missed`)
	}},
	{"a user at a device", func(s *scene) {
		at := func(user string, commands ...string) {
			for _, command := range commands {
				_, err := s.pbx.CLI(s.ctx, "database "+command)
				s.must(err)
			}
			s.users.Refresh()
			for s.users.Of("103") != user && s.ctx.Err() == nil {
				time.Sleep(10 * time.Millisecond)
			}
		}
		at("1103", "put DEVICE 103/user 1103", "put AMPUSER 1103/device 103&107")
		caller := s.call("2")
		s.rings("101")
		s.rings("102")
		at103 := s.rings("103")
		s.reads(`incoming ringing 74951234567 Ivan on 74950000002: 101 ringing, 102 ringing, 1103 ringing`)
		s.must(at103.Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000002: 101 ended CANCEL, 102 ended CANCEL, 1103 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000002: 101 ended CANCEL, 102 ended CANCEL, 1103 ended`)
		at("103", "del DEVICE 103/user", "del AMPUSER 1103/device")
	}},
	{"two phones of one extension", func(s *scene) {
		caller := s.call("6")
		at104 := s.rings("104")
		s.rings("104b")
		s.reads(`incoming ringing 74951234567 Ivan on 74950000006: 104 ringing`)
		s.must(at104.Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000006: 104 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000006: 104 ended`)
	}},
	{"forwarded by the phone", func(s *scene) {
		caller := s.call("1")
		at101 := s.rings("101")
		s.must(at101.Forward("103"))
		at103 := s.rings("103")
		s.reads(`incoming ringing 74951234567 Ivan on 74950000001: 101 ended forwarded, 103 ringing`)
		s.must(at103.Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 ended forwarded, 103 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended forwarded, 103 ended`)
	}},
	{"blind transfer", func(s *scene) {
		caller := s.call("1")
		at101 := s.rings("101")
		s.must(at101.Answer(s.ctx))
		s.must(at101.WaitHeard(s.ctx))
		s.must(at101.Transfer(s.ctx, "102"))
		at102 := s.rings("102")
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 ended transferred, 102 ringing`)
		s.must(at102.Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 ended transferred, 102 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended transferred, 102 ended`)
	}},
	{"attended transfer", func(s *scene) {
		caller := s.call("1")
		at101 := s.rings("101")
		s.must(at101.Answer(s.ctx))
		s.must(at101.WaitHeard(s.ctx))
		s.must(at101.Hold(s.ctx))
		asking, err := s.phones["101"].Dial(s.ctx, "102")
		s.must(err)
		at102 := s.rings("102")
		s.must(at102.Answer(s.ctx))
		s.must(asking.WaitHeard(s.ctx))
		s.reads(`internal answered 101 Agent 101 on 102: 101 answered calling, 102 answered`)
		s.must(at101.TransferTo(s.ctx, asking))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 ended transferred, 102 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended transferred, 102 ended`)
	}},
	{"hold", func(s *scene) {
		caller := s.call("1")
		at101 := s.rings("101")
		s.must(at101.Answer(s.ctx))
		s.must(at101.WaitHeard(s.ctx))
		s.must(at101.Hold(s.ctx))
		s.reads(`incoming held 74951234567 Ivan on 74950000001: 101 held`)
		s.must(at101.Resume(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended`)
	}},
	{"pickup", func(s *scene) {
		caller := s.call("1")
		s.rings("101")
		s.reads(`incoming ringing 74951234567 Ivan on 74950000001: 101 ringing`)
		picked, err := s.phones["102"].Dial(s.ctx, "*8")
		s.must(err)
		s.must(picked.WaitAnswered(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 ended picked up, 102 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended picked up, 102 ended`)
	}},
	{"outgoing", func(s *scene) {
		call, err := s.phones["101"].Dial(s.ctx, "974957654321")
		s.must(err)
		outside, err := s.trunk.WaitRinging(s.ctx)
		s.must(err)
		s.reads(`outgoing ringing 974957654321 on 974957654321: 101 ringing calling`)
		s.must(outside.Answer(s.ctx))
		s.reads(`outgoing answered 974957654321 on 974957654321: 101 answered calling`)
		s.must(call.HangUp(s.ctx))
		s.reads(`outgoing ended 974957654321 on 974957654321: 101 ended calling`)
	}},
	{"internal", func(s *scene) {
		call, err := s.phones["101"].Dial(s.ctx, "103")
		s.must(err)
		at103 := s.rings("103")
		s.reads(`internal ringing 101 Agent 101 on 103: 101 ringing calling, 103 ringing`)
		s.must(at103.Answer(s.ctx))
		s.must(call.WaitAnswered(s.ctx))
		s.reads(`internal answered 101 Agent 101 on 103: 101 answered calling, 103 answered`)
		s.must(at103.HangUp(s.ctx))
		s.reads(`internal ended 101 Agent 101 on 103: 101 ended calling, 103 ended`)
	}},
	{"the PBX dies during a call", func(s *scene) {
		s.call("1")
		s.must(s.rings("101").Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 answered`)
		s.must(s.pbx.Kill(s.ctx))
		s.must(s.pbx.Start(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 74950000001: 101 ended`)
		s.call("1")
		s.must(s.rings("101").Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 74950000001: 101 answered`)
	}},
}

// queue plays a call to a queue with the members 101 and 102. The queue answers the caller before
// it rings a member.
func queue(line string) func(*scene) {
	return func(s *scene) {
		caller := s.call(line)
		s.rings("101")
		at102 := s.rings("102")
		s.reads(`incoming ringing 74951234567 Ivan on 7495000000` + line + `: 101 ringing, 102 ringing`)
		s.must(at102.Answer(s.ctx))
		s.reads(`incoming answered 74951234567 Ivan on 7495000000` + line + `: 101 ended CANCEL, 102 answered`)
		s.must(caller.HangUp(s.ctx))
		s.reads(`incoming ended 74951234567 Ivan on 7495000000` + line + `: 101 ended CANCEL, 102 ended`)
	}
}
