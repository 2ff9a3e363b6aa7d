package offer

import (
	"fmt"
	"strings"
	"testing"

	"traybell/shared/protocol"
)

func TestWhatAnAgentMayDo(t *testing.T) {
	all := PBX(func(string) bool { return true })
	only := func(actions ...string) Set {
		return PBX(func(a string) bool { return strings.Contains(strings.Join(actions, " "), a) })
	}
	type seat struct {
		right, test, calling, deaf bool
		pbx                        Set
		leg                        protocol.State
	}
	for name, c := range map[string]struct {
		seat seat
		want string
		why  protocol.Problem // of hold
	}{
		"the phone rings": {
			seat{right: true, pbx: all, leg: protocol.Ringing}, "[answer hangup]", protocol.ControlNotNow,
		},
		"the agent calls": {seat{right: true, pbx: all, leg: protocol.Ringing, calling: true}, "[hangup]", ""},
		"the agent talks": {
			seat{right: true, pbx: all, leg: protocol.Answered},
			"[hangup hold transfer consult mute dtmf conference park]", "",
		},
		"the agent holds":     {seat{right: true, pbx: all, leg: protocol.Held}, "[hangup resume transfer park]", ""},
		"a colleague's call":  {seat{right: true, pbx: all}, "[]", protocol.ControlNoPhone},
		"the agent has left":  {seat{right: true, pbx: all, leg: protocol.Ended}, "[]", protocol.ControlNoPhone},
		"no right in hub.yml": {seat{pbx: all, leg: protocol.Answered}, "[]", protocol.RightMissing},
		"a test call":         {seat{right: true, test: true, pbx: all, leg: protocol.Ringing}, "[]", ""},
		"no connection":       {seat{right: true, leg: protocol.Answered}, "[]", protocol.ControlPBXDown},
		"a phone without NOTIFY": {
			seat{right: true, pbx: all, deaf: true, leg: protocol.Answered},
			"[hangup transfer consult mute dtmf conference park]", protocol.ControlPhoneDeaf,
		},
		"a PBX without PJSIPNotify": {
			seat{right: true, pbx: only("Hangup"), leg: protocol.Answered}, "[hangup]", protocol.ControlPBXRight,
		},
		"a PBX without Hangup": {seat{right: true, pbx: only("PJSIPNotify"), leg: protocol.Ringing}, "[answer]", ""},
	} {
		t.Run(name, func(t *testing.T) {
			of := Seat{
				Facts: Facts{PBX: c.seat.pbx, Deaf: c.seat.deaf}, Right: c.seat.right, Test: c.seat.test,
				Leg: c.seat.leg, Calling: c.seat.calling,
			}
			can := of.Controls()
			if got := fmt.Sprint(can.List()); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if why := of.Why(protocol.ControlHold); c.why != "" && why != c.why {
				t.Errorf("hold: %s, want %s", why, c.why)
			}
			for _, control := range can.List() {
				if !can.Has(control) {
					t.Errorf("%s is not in the set", control)
				}
			}
		})
	}
}

func TestRecordingsThatMayBePaused(t *testing.T) {
	all := PBX(func(string) bool { return true })
	for name, c := range map[string]struct {
		seat Seat
		want string
		why  protocol.Problem // of pausing
	}{
		"recorded": {
			Seat{Record: true, Leg: protocol.Answered, Facts: Facts{PBX: all, Recorded: true}}, "[pause_recording]", "",
		},
		"paused, while the customer is on hold": {
			Seat{Record: true, Leg: protocol.Held, Facts: Facts{PBX: all, Recorded: true, Paused: true}},
			"[resume_recording]", protocol.ControlNotNow,
		},
		"not recorded": {
			Seat{Record: true, Leg: protocol.Answered, Facts: Facts{PBX: all}}, "[]", protocol.ControlNotNow,
		},
		"without the right": {
			Seat{Leg: protocol.Answered, Facts: Facts{PBX: all, Recorded: true}}, "[]", protocol.RightMissing,
		},
		"a colleague's call": {
			Seat{Record: true, Facts: Facts{PBX: all, Recorded: true}}, "[]", protocol.ControlNoPhone,
		},
	} {
		if got := fmt.Sprint(c.seat.Controls().List()); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if why := c.seat.Why(protocol.ControlPauseRecording); c.why != "" && why != c.why {
			t.Errorf("%s: %s, want %s", name, why, c.why)
		}
	}
}
