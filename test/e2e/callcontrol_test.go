//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"traybell/hub/app"
	"traybell/hub/config"
	"traybell/hub/signin"
	"traybell/shared/protocol"
	"traybell/test/e2e/phones"
	"traybell/test/lab"
	"traybell/test/terminal"
)

const controlYAML = `
listen: 127.0.0.1:0
data_dir: .
pbx: [{id: main, address: "%[1]s", username: %[2]s, password: "%[3]s"}]
agents:
  - {login: anna, name: Anna Petrova, extensions: ["101"], password: "%[4]s", rights: [control]}
  - {login: boris, name: Boris, extensions: ["102"], password: "%[4]s", rights: [control]}
dial: {prefix: "9", form: digits, allow: [{numbers: ["_+7495XXXXXXX"]}]}
`

// TestCallControlOfARealAsterisk has an agent dial, answer, hold and hang up real phones from a
// terminal: the answer comes when the phones did it.
func TestCallControlOfARealAsterisk(t *testing.T) {
	for version := range strings.SplitSeq(cmp.Or(os.Getenv("TRAYBELL_E2E_ASTERISK"), "22,16"), ",") {
		t.Run("asterisk"+version, func(t *testing.T) {
			lab.StartAsterisk(t, version)
			d := newControlDesk(t, "full")
			for _, story := range controlStories {
				t.Run(story.name, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
					defer cancel()
					s := &controlScene{T: t, ctx: ctx, controlDesk: d}
					defer s.clear()
					story.play(s)
				})
			}
		})
	}
}

// TestCallControlWithTheMinimalRights shows what the rights of the guide allow: hanging up and what the
// phone does by itself, and no dialling.
func TestCallControlWithTheMinimalRights(t *testing.T) {
	lab.StartAsterisk(t, "22")
	d := newControlDesk(t, "otrs")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s := &controlScene{T: t, ctx: ctx, controlDesk: d}
	defer s.clear()
	s.must(s.fails(s.act(protocol.CallDial, protocol.DialNumber{Number: "102"}), protocol.DialNoPBX))
	caller := s.calls()
	s.rings("101")
	c := s.sees("answer hangup", protocol.Ringing)
	s.must(s.act(protocol.CallAnswer, protocol.ControlCall{Call: c.ID}))
	s.sees("hangup hold mute", protocol.Answered)
	s.must(s.act(protocol.CallHangup, protocol.ControlCall{Call: c.ID}))
	s.must(caller.WaitEnded(s.ctx))
}

// What is offered with all rights.
const (
	talking = "hangup hold transfer consult mute dtmf conference park"
	holding = "hangup resume transfer park"
	asking  = "complete cancel swap conference"
	three   = "hangup hold mute dtmf conference"
	aside   = "hangup hold mute" // a colleague consults the agent
)

type controlStory struct {
	name string
	play func(s *controlScene)
}

var controlStories = []controlStory{
	{"answer, hold, resume, hang up", func(s *controlScene) {
		caller := s.calls()
		s.rings("101")
		c := s.sees("answer hangup", protocol.Ringing)
		s.must(s.act(protocol.CallAnswer, protocol.ControlCall{Call: c.ID}))
		s.must(caller.WaitHeard(s.ctx))
		s.sees(talking, protocol.Answered)
		s.must(s.act(protocol.CallHold, protocol.ControlCall{Call: c.ID}))
		s.sees(holding, protocol.Held)
		s.must(s.fails(s.act(protocol.CallHold, protocol.ControlCall{Call: c.ID}), protocol.ControlNotNow))
		s.must(s.act(protocol.CallResume, protocol.ControlCall{Call: c.ID}))
		s.sees(talking, protocol.Answered)
		s.must(s.act(protocol.CallHangup, protocol.ControlCall{Call: c.ID}))
		s.must(caller.WaitEnded(s.ctx))
		s.sees("", protocol.Ended)
	}},
	{"decline: the caller is busy", func(s *controlScene) {
		caller := s.calls()
		at101 := s.rings("101")
		c := s.sees("answer hangup", protocol.Ringing)
		s.must(s.act(protocol.CallHangup, protocol.ControlCall{Call: c.ID}))
		s.must(at101.WaitEnded(s.ctx))
		s.must(caller.WaitEnded(s.ctx))
	}},
	{"decline in a group: the others ring on", func(s *controlScene) {
		caller, err := s.trunk.Call(s.ctx, did+"2", ivan, "Ivan")
		s.must(err)
		at101, at102 := s.rings("101"), s.rings("102")
		c := s.sees("answer hangup", protocol.Ringing)
		s.must(s.act(protocol.CallHangup, protocol.ControlCall{Call: c.ID}))
		s.must(at101.WaitEnded(s.ctx))
		s.must(at102.Answer(s.ctx))
		s.must(caller.WaitHeard(s.ctx))
		s.must(caller.HangUp(s.ctx))
	}},
	{"dial outside: the own phone rings first, then the other side", func(s *controlScene) {
		id := fmt.Sprintf("press-%d", time.Now().UnixNano())
		dialled := s.dials(id, "+7 (495) 765-43-21")
		if dialled.Number != "974957654321" {
			s.Errorf("dials %q", dialled.Number)
		}
		if again := s.dials(id, "+7 (495) 765-43-21"); again != dialled {
			s.Errorf("the same press dials %+v, then %+v", dialled, again)
		}
		at101 := s.rings("101")
		c := s.sees("hangup", protocol.Ringing)
		if c.ID != dialled.Call || c.Number != "974957654321" || c.Direction != protocol.Outgoing {
			s.Errorf("%+v", c)
		}
		s.must(at101.Answer(s.ctx))
		outside, err := s.trunk.WaitRinging(s.ctx)
		s.must(err)
		s.must(outside.Answer(s.ctx))
		s.must(at101.WaitHeard(s.ctx))
		c = s.sees(talking, protocol.Answered)
		if c.ID != dialled.Call {
			s.Errorf("another call: %+v", c)
		}
		s.must(s.act(protocol.CallHangup, protocol.ControlCall{Call: c.ID}))
		s.must(outside.WaitEnded(s.ctx))
	}},
	{"dial a colleague, who is busy", func(s *controlScene) {
		s.dials("", "102")
		s.must(s.rings("101").Answer(s.ctx))
		s.must(s.rings("102").Busy())
		s.sees("", protocol.Ended)
	}},
	{"dial and do not lift the phone: hang up", func(s *controlScene) {
		dialled := s.dials("", "102")
		at101 := s.rings("101")
		s.sees("hangup", protocol.Ringing)
		s.must(s.act(protocol.CallHangup, protocol.ControlCall{Call: dialled.Call}))
		s.must(at101.WaitEnded(s.ctx))
	}},
	{"dial what is not allowed, or what does not exist", func(s *controlScene) {
		for number, problem := range map[string]protocol.Problem{
			"+1 900 555 01 00":                protocol.DialForbidden,
			"810 44 20 7946 0000":             protocol.DialForbidden,
			"102,1,System(reboot)":            protocol.DialInvalid,
			"102&PJSIP/trunk":                 protocol.DialInvalid,
			"${SHELL(id)}":                    protocol.DialInvalid,
			"102\r\nAction: Command":          protocol.DialInvalid,
			"201":                             protocol.DialForbidden,
			"112":                             protocol.DialUnknown,
			strings.Repeat("+74951234567", 9): protocol.DialInvalid,
		} {
			if err := s.fails(s.act(protocol.CallDial, protocol.DialNumber{Number: number}), problem); err != nil {
				s.Errorf("%q: %v", number, err)
			}
		}
	}},
	{"a third call", func(s *controlScene) {
		first := s.calls()
		s.must(s.rings("101").Answer(s.ctx))
		s.must(first.WaitHeard(s.ctx))
		second := s.calls()
		s.rings("101")
		s.sees("answer hangup", protocol.Ringing)
		s.must(s.fails(s.act(protocol.CallDial, protocol.DialNumber{Number: "102"}), protocol.DialBusy))
		s.must(second.HangUp(s.ctx))
		s.must(first.HangUp(s.ctx))
	}},
	{"a phone that is not there", func(s *controlScene) {
		s.must(s.phone["101"].Close())
		err := s.fails(s.act(protocol.CallDial, protocol.DialNumber{Number: "102"}), protocol.DialPhone)
		s.listen("101")
		s.must(err)
		s.must(s.rings("101").WaitEnded(s.ctx)) // the PBX repeats its INVITE until it can cancel it
	}},
	{"transfer at once: one call, for both sides", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.fails(s.transfers(c.ID, "+1 900 555 01 00", protocol.TransferBlind), protocol.DialForbidden))
		s.must(s.fails(s.transfers(c.ID, "112", protocol.TransferBlind), protocol.DialUnknown))
		s.must(s.transfers(c.ID, "102", protocol.TransferBlind))
		s.must(s.rings("102").Answer(s.ctx))
		s.sees("", protocol.Answered) // anna's part is over
		s.as("102")
		s.is(c, s.sees(talking, protocol.Answered))
		s.must(caller.HangUp(s.ctx))
		s.sees("", protocol.Ended)
	}},
	{"transfer at once outside", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.transfers(c.ID, "8 495 765 43 21", protocol.TransferBlind))
		outside, err := s.trunk.WaitRinging(s.ctx)
		s.must(err)
		s.must(outside.Answer(s.ctx))
		s.must(outside.WaitHeard(s.ctx))
		s.must(caller.HangUp(s.ctx))
		s.must(outside.WaitEnded(s.ctx))
	}},
	{"transfer to somebody who is busy: the call comes back", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.transfers(c.ID, "102", protocol.TransferBlind))
		s.must(s.rings("102").Busy())
		s.sees("answer hangup", protocol.Answered)
		s.must(s.rings("101").Answer(s.ctx))
		s.is(c, s.sees(talking, protocol.Answered))
		s.must(s.act(protocol.CallHangup, protocol.ControlCall{Call: c.ID}))
		s.must(caller.WaitEnded(s.ctx))
	}},
	{"transfer to somebody who does not answer: the call comes back", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.transfers(c.ID, "102", protocol.TransferBlind))
		at102 := s.rings("102")
		s.sees("answer hangup", protocol.Answered)
		s.must(s.rings("101").Answer(s.ctx))
		s.must(at102.WaitEnded(s.ctx))
		s.is(c, s.sees(talking, protocol.Answered))
		s.must(caller.HangUp(s.ctx))
	}},
	{"consult, and complete: one call, for both sides", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.transfers(c.ID, "102", protocol.TransferConsult))
		at102 := s.rings("102")
		s.sees("cancel", protocol.Held)
		s.must(at102.Answer(s.ctx))
		s.sees(asking, protocol.Held)
		s.must(s.fails(s.act(protocol.CallHangup, protocol.ControlCall{Call: c.ID}), protocol.ControlNotNow))
		s.must(s.act(protocol.CallComplete, protocol.ControlCall{Call: c.ID}))
		s.must(at102.WaitHeard(s.ctx))
		s.as("102")
		s.is(c, s.sees(talking, protocol.Answered))
		s.must(caller.HangUp(s.ctx))
		s.must(at102.WaitEnded(s.ctx))
	}},
	{"consult: what the colleague may do", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.transfers(c.ID, "102", protocol.TransferConsult))
		at102 := s.rings("102")
		s.must(at102.Answer(s.ctx))
		s.as("102")
		s.is(c, s.sees(aside, protocol.Held))
		s.must(s.fails(s.act(protocol.CallComplete, protocol.ControlCall{Call: c.ID}), protocol.ControlNotNow))
		s.must(s.fails(s.act(protocol.CallPark, protocol.ControlCall{Call: c.ID}), protocol.ControlNotNow))
		s.must(s.act(protocol.CallHangup, protocol.ControlCall{Call: c.ID}))
		s.must(at102.WaitEnded(s.ctx))
		s.as("101")
		s.sees(talking, protocol.Answered)
		s.must(caller.HangUp(s.ctx))
	}},
	{"consult, swap and cancel", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.transfers(c.ID, "102", protocol.TransferConsult))
		at102 := s.rings("102")
		s.must(at102.Answer(s.ctx))
		s.sees(asking, protocol.Held)
		s.must(s.act(protocol.CallSwap, protocol.ControlCall{Call: c.ID}))
		s.sees(asking, protocol.Answered)
		s.must(s.act(protocol.CallSwap, protocol.ControlCall{Call: c.ID})) // Hold and Unhold come in any order
		s.must(s.act(protocol.CallCancel, protocol.ControlCall{Call: c.ID}))
		s.must(at102.WaitEnded(s.ctx))
		s.sees(talking, protocol.Answered)
		s.must(caller.HangUp(s.ctx))
	}},
	{"consult, swap, cancel from there", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.transfers(c.ID, "102", protocol.TransferConsult))
		at102 := s.rings("102")
		s.must(at102.Answer(s.ctx))
		s.sees(asking, protocol.Held)
		s.must(s.act(protocol.CallSwap, protocol.ControlCall{Call: c.ID}))
		s.must(s.act(protocol.CallCancel, protocol.ControlCall{Call: c.ID}))
		s.must(at102.WaitEnded(s.ctx))
		s.sees(talking, protocol.Answered)
		s.must(caller.HangUp(s.ctx))
	}},
	{"cancel while the colleague rings", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.transfers(c.ID, "102", protocol.TransferConsult))
		at102 := s.rings("102")
		s.sees("cancel", protocol.Held)
		s.must(s.act(protocol.CallCancel, protocol.ControlCall{Call: c.ID}))
		s.must(at102.WaitEnded(s.ctx))
		s.sees(talking, protocol.Answered)
		s.must(caller.HangUp(s.ctx))
	}},
	{"consult somebody who is busy: back with the customer", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.transfers(c.ID, "102", protocol.TransferConsult))
		s.must(s.rings("102").Busy())
		s.sees(talking, protocol.Answered)
		s.must(caller.HangUp(s.ctx))
	}},
	{"consult somebody who rejects: back with the customer", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.transfers(c.ID, "102", protocol.TransferConsult))
		s.must(s.rings("102").HangUp(s.ctx))
		s.sees(talking, protocol.Answered)
		s.must(caller.HangUp(s.ctx))
	}},
	{"the customer hangs up in the consultation: the two talk on", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.transfers(c.ID, "102", protocol.TransferConsult))
		at102 := s.rings("102")
		s.must(at102.Answer(s.ctx))
		s.sees(asking, protocol.Held)
		s.must(caller.HangUp(s.ctx))
		s.sees(talking, protocol.Answered)
		s.must(at102.HangUp(s.ctx))
		s.sees("", protocol.Ended)
	}},
	{"the hub ends in the consultation, and the next one completes it", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.transfers(c.ID, "102", protocol.TransferConsult))
		at102 := s.rings("102")
		s.must(at102.Answer(s.ctx))
		s.sees(asking, protocol.Held)
		s.restart()
		s.as("101")
		s.is(c, s.sees(asking, protocol.Answered)) // no snapshot shows who holds
		s.must(s.act(protocol.CallComplete, protocol.ControlCall{Call: c.ID}))
		s.must(at102.WaitHeard(s.ctx))
		s.as("102")
		s.is(c, s.sees(talking, protocol.Answered))
		s.must(caller.HangUp(s.ctx))
	}},
	{"consult, and talk all three", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.transfers(c.ID, "102", protocol.TransferConsult))
		at102 := s.rings("102")
		s.must(at102.Answer(s.ctx))
		s.sees(asking, protocol.Held)
		s.must(s.act(protocol.CallConference, protocol.ConferCall{Call: c.ID}))
		s.sees(three, protocol.Answered)
		s.must(s.act(protocol.CallHangup, protocol.ControlCall{Call: c.ID}))
		s.must(at102.WaitHeard(s.ctx))
		s.must(caller.HangUp(s.ctx))
		s.must(at102.WaitEnded(s.ctx))
	}},
	{"somebody joins the call", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.act(protocol.CallConference, protocol.ConferCall{Call: c.ID, With: "102"}))
		at102 := s.rings("102")
		s.as("102")
		if joins := s.sees("answer hangup", protocol.Ringing); joins.Number != "101" {
			s.Errorf("boris sees %+v", joins)
		}
		s.must(at102.Answer(s.ctx))
		s.must(at102.WaitHeard(s.ctx))
		s.is(c, s.sees(three, protocol.Answered))
		s.as("101")
		s.sees(three, protocol.Answered)
		s.must(at102.HangUp(s.ctx))
		s.sees(talking, protocol.Answered)
		s.must(caller.HangUp(s.ctx))
	}},
	{"somebody is busy, and does not join", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.act(protocol.CallConference, protocol.ConferCall{Call: c.ID, With: "102"}))
		s.must(s.rings("102").Busy())
		s.must(s.act(protocol.CallHold, protocol.ControlCall{Call: c.ID}))
		s.must(caller.HangUp(s.ctx))
	}},
	{"mute, unmute, tones", func(s *controlScene) {
		caller, c := s.talks()
		s.must(s.act(protocol.CallMute, protocol.MuteCall{Call: c.ID, On: true}))
		s.sees(strings.Replace(talking, "mute", "unmute", 1), protocol.Answered)
		s.must(s.act(protocol.CallMute, protocol.MuteCall{Call: c.ID}))
		s.sees(talking, protocol.Answered)
		s.must(s.act(protocol.CallDTMF, protocol.SendDigits{Call: c.ID, Digits: "12#"}))
		s.must(caller.HangUp(s.ctx))
	}},
	{"park, and fetch", func(s *controlScene) {
		caller, c := s.talks()
		m, err := s.do("", protocol.CallPark, protocol.ControlCall{Call: c.ID})
		s.must(err)
		var parked protocol.ParkedCall
		s.must(m.Decode(&parked))
		if parked.Slot == "" {
			s.Errorf("%s", m.Data)
		}
		s.sees("pickup", protocol.Held)
		s.must(s.act(protocol.CallPickup, protocol.ControlCall{Call: c.ID}))
		at101 := s.rings("101")
		s.must(s.fails(s.act(protocol.CallPickup, protocol.ControlCall{Call: c.ID}), protocol.ControlNotNow))
		s.must(at101.Answer(s.ctx))
		s.must(at101.WaitHeard(s.ctx))
		s.is(c, s.sees(talking, protocol.Answered))
		s.must(caller.HangUp(s.ctx))
	}},
	{"pick up a colleague's ringing call", func(s *controlScene) {
		caller, err := s.trunk.Call(s.ctx, did+"2", ivan, "Ivan")
		s.must(err)
		s.rings("101")
		s.rings("102")
		c := s.sees("answer hangup", protocol.Ringing)
		s.must(s.act(protocol.CallHangup, protocol.ControlCall{Call: c.ID}))
		s.sees("pickup", protocol.Ringing)
		s.must(s.act(protocol.CallPickup, protocol.ControlCall{Call: c.ID}))
		s.must(s.rings("101").Answer(s.ctx))
		s.must(caller.WaitHeard(s.ctx))
		s.is(c, s.sees(talking, protocol.Answered))
		s.must(caller.HangUp(s.ctx))
	}},
	{"a colleague's call that the agent does not see", func(s *controlScene) {
		caller, c := s.talks()
		s.as("102")
		for name, data := range map[string]any{
			protocol.CallHangup:   protocol.ControlCall{Call: c.ID},
			protocol.CallTransfer: protocol.TransferCall{Call: c.ID, To: "102", Kind: protocol.TransferBlind},
			protocol.CallPickup:   protocol.ControlCall{Call: c.ID},
			protocol.CallMute:     protocol.MuteCall{Call: c.ID, On: true},
		} {
			if err := s.fails(s.act(name, data), protocol.ControlNotNow); err != nil {
				s.Errorf("%s: %v", name, err)
			}
		}
		s.must(caller.HangUp(s.ctx))
	}},
	{"take a call that rings at a colleague's phone, from the list of colleagues", func(s *controlScene) {
		s.as("101")
		caller, err := s.phone["103"].Dial(s.ctx, "102")
		s.must(err)
		at102 := s.rings("102")
		for list := (protocol.Colleagues{}); ; { // each answer waits for a change
			id, err := s.terminal.Send(s.ctx, protocol.ColleaguesList, protocol.ListColleagues{After: list.Version})
			s.must(err)
			m := s.next()
			for m.Re != id {
				m = s.next()
			}
			s.must(m.Decode(&list))
			if c := list.Colleagues[0]; c.Login == "boris" && c.State == protocol.AgentRinging && c.Pickup &&
				c.Phone == protocol.PhoneRinging {
				break
			}
		}
		s.must(s.act(protocol.ColleaguePickup, protocol.PickUpColleague{Login: "boris"}))
		own := s.rings("101")
		s.must(own.Answer(s.ctx))
		s.must(caller.WaitHeard(s.ctx))
		s.must(at102.WaitEnded(s.ctx))
		s.must(s.fails(s.act(protocol.ColleaguePickup, protocol.PickUpColleague{Login: "boris"}),
			protocol.ControlNotNow))
		s.must(own.HangUp(s.ctx))
		s.must(caller.WaitEnded(s.ctx))
	}},
	// what is learnt of boris's phone stays
	{"a phone that does not obey: it is learnt", func(s *controlScene) {
		caller, err := s.phone["101"].Dial(s.ctx, "102")
		s.must(err)
		s.must(s.rings("102").Answer(s.ctx))
		s.must(caller.WaitHeard(s.ctx))
		s.as("102")
		c := s.sees(talking, protocol.Answered)
		for range 2 {
			s.must(s.fails(s.act(protocol.CallHold, protocol.ControlCall{Call: c.ID}), protocol.ControlPhoneDeaf))
		}
		s.sees("hangup transfer consult mute dtmf conference park", protocol.Answered)
		s.must(s.act(protocol.CallHangup, protocol.ControlCall{Call: c.ID}))
		s.must(caller.WaitEnded(s.ctx))
	}},
}

// controlDesk is a hub on a real PBX with two agents, 101 at a phone that obeys the PBX, 102 at one that
// does not.
type controlDesk struct {
	t      *testing.T
	config *config.Config
	hub    *app.App
	trunk  *phones.Trunk
	phone  map[string]*phones.Phone
}

func newControlDesk(t *testing.T, user string, more ...string) *controlDesk {
	t.Helper()
	d := &controlDesk{t: t, phone: map[string]*phones.Phone{}}
	trunk, err := phones.ListenTrunk("127.0.1.50")
	if err != nil {
		t.Fatal(err)
	}
	d.trunk = trunk
	t.Cleanup(func() { _ = trunk.Close() })
	for _, n := range []string{"101", "102", "103"} {
		d.listen(n)
		t.Cleanup(func() { _ = d.phone[n].Close() })
	}
	hash, err := signin.Hash(password)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "hub.yml")
	yml := fmt.Appendf(nil, controlYAML, lab.AMI, user, lab.AMIPassword, hash)
	yml = append(yml, strings.Join(more, "\n")...)
	if err := os.WriteFile(path, yml, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	d.config = cfg
	d.start()
	t.Cleanup(func() { _ = d.hub.Stop() })
	return d
}

func (d *controlDesk) start() {
	hub, err := app.New(d.t.Context(), app.Options{
		Config: d.config, Version: "test", Log: slog.New(slog.NewTextHandler(d.t.Output(), nil)),
	})
	if err != nil {
		d.t.Fatal(err)
	}
	if err := hub.Start(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	d.hub = hub
}

// restart ends the hub and starts another one; the PBX goes on.
func (d *controlDesk) restart() {
	if err := d.hub.Stop(); err != nil {
		d.t.Fatal(err)
	}
	d.start()
}

// listen starts a phone. That of 101 obeys the PBX.
func (d *controlDesk) listen(name string) {
	p, err := phones.Listen(name, "127.0.1."+name)
	if err != nil {
		d.t.Fatal(err)
	}
	if name == "101" {
		p.Obey()
	}
	d.phone[name] = p
}

// controlScene is a story of one agent: Anna, or Boris after as.
type controlScene struct {
	*testing.T
	*controlDesk
	ctx      context.Context
	terminal *terminal.Terminal
	last     map[string]protocol.Call
	recorded *protocol.Announcements // the agent's
	actions  int
}

func (s *controlScene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// as goes on as the agent of an extension.
func (s *controlScene) as(extension string) {
	s.Helper()
	if s.terminal != nil {
		_ = s.terminal.CloseNow()
	}
	at, opened, err := terminal.SignIn(s.ctx, s.hub.Addr(), extension, password)
	s.must(err)
	s.terminal, s.last, s.recorded = at, map[string]protocol.Call{}, opened.Announcements
	for _, c := range opened.Calls {
		s.last[c.ID] = c
	}
	for !slices.ContainsFunc(opened.PBXs, func(p protocol.PBX) bool { return p.State == protocol.PBXWorking }) {
		m := s.next()
		var p protocol.PBX
		if m.Name == protocol.PBXEvent {
			s.must(m.Decode(&p))
			opened.PBXs = []protocol.PBX{p}
		}
	}
}

func (s *controlScene) next() protocol.Message {
	s.Helper()
	m, err := s.terminal.Next(s.ctx)
	if err != nil {
		s.Fatalf("%v\ncalls: %+v", err, s.last)
	}
	if m.Name == protocol.CallEvent {
		var c protocol.Call
		s.must(m.Decode(&c))
		s.last[c.ID] = c
	}
	if m.Name == protocol.AnnouncementsEvent {
		s.recorded = nil
		s.must(m.Decode(&s.recorded))
	}
	return m
}

// sees waits for a call in a state that the agent may control so.
func (s *controlScene) sees(can string, state protocol.State) protocol.Call {
	s.Helper()
	if s.terminal == nil {
		s.as("101")
	}
	for {
		for _, c := range s.last {
			var words []string
			for _, control := range c.Can {
				words = append(words, string(control))
			}
			if c.State == state && strings.Join(words, " ") == can {
				return c
			}
		}
		s.next()
	}
}

// is checks that a call is the one that the agents had before.
func (s *controlScene) is(before, now protocol.Call) {
	s.Helper()
	if now.ID != before.ID || now.Number != before.Number || now.Direction != before.Direction {
		s.Errorf("%+v was %+v", now, before)
	}
}

// act sends an action, and returns its failure.
func (s *controlScene) act(name string, data any) error {
	_, err := s.do("", name, data)
	return err
}

// actionError is the failure of an action.
type actionError struct{ protocol.Failure }

func (e *actionError) Error() string { return fmt.Sprintf("%s: %s", e.Problem, e.Text) }

func (s *controlScene) do(id, name string, data any) (protocol.Message, error) {
	s.Helper()
	if s.terminal == nil {
		s.as("101")
	}
	if s.actions++; id == "" {
		id = fmt.Sprintf("%d-%d", time.Now().UnixNano(), s.actions)
	}
	began := time.Now()
	s.must(s.terminal.SendAs(s.ctx, name, id, data))
	for {
		m := s.next()
		if m.Re != id {
			continue
		}
		if took := time.Since(began); took > 2500*time.Millisecond {
			s.Errorf("%s is answered after %s", name, took)
		}
		if m.Type == protocol.Error {
			failed := new(actionError)
			s.must(m.Decode(&failed.Failure))
			return m, failed
		}
		return m, nil
	}
}

// fails returns an error unless an action failed so.
func (*controlScene) fails(err error, problem protocol.Problem) error {
	failed := new(actionError)
	if errors.As(err, &failed) && failed.Problem == problem {
		return nil
	}
	return fmt.Errorf("want %s: %w", problem, cmp.Or(err, errors.New("it was done")))
}

func (s *controlScene) dials(id, number string) (dialled protocol.DialledNumber) {
	s.Helper()
	m, err := s.do(id, protocol.CallDial, protocol.DialNumber{Number: number})
	s.must(err)
	s.must(m.Decode(&dialled))
	return dialled
}

// talks has Anna answer a call.
func (s *controlScene) talks() (*phones.Call, protocol.Call) {
	s.Helper()
	caller := s.calls()
	s.must(s.rings("101").Answer(s.ctx))
	s.must(caller.WaitHeard(s.ctx))
	return caller, s.sees(talking, protocol.Answered)
}

func (s *controlScene) transfers(call, to string, kind protocol.TransferKind) error {
	return s.act(protocol.CallTransfer, protocol.TransferCall{Call: call, To: to, Kind: kind})
}

func (s *controlScene) calls() *phones.Call {
	s.Helper()
	c, err := s.trunk.Call(s.ctx, did+"1", ivan, "Ivan")
	s.must(err)
	return c
}

func (s *controlScene) rings(extension string) *phones.Call {
	s.Helper()
	c, err := s.phone[extension].WaitRinging(s.ctx)
	s.must(err)
	return c
}

// clear ends all calls, and waits until the hub has seen it.
func (s *controlScene) clear() {
	ctx := context.WithoutCancel(s.ctx)
	for _, p := range s.phone {
		p.Clear(ctx)
	}
	s.trunk.Clear(ctx)
	if s.terminal == nil {
		return
	}
	for slices.ContainsFunc(slices.Collect(maps.Values(s.last)), func(c protocol.Call) bool {
		return c.State != protocol.Ended
	}) {
		if s.ctx.Err() != nil {
			s.Errorf("calls are left: %+v", s.last)
			break
		}
		s.next()
	}
	for _, p := range s.phone {
		p.Forget() // a transfer that ended with the call may have rung the agent once more
	}
	_ = s.terminal.CloseNow()
}
