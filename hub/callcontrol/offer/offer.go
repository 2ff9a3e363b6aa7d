// Package offer decides what an agent may do with a call now. It is pure: everything that the decision
// depends on is in a Seat.
package offer

import (
	"slices"

	"traybell/shared/protocol"
)

// Set is a set of controls.
type Set uint32

// controls are all controls, in the order in which desktops show them.
var controls = []protocol.Control{
	protocol.ControlAnswer, protocol.ControlHangup, protocol.ControlHold, protocol.ControlResume,
	protocol.ControlTransfer, protocol.ControlConsult, protocol.ControlComplete, protocol.ControlCancel,
	protocol.ControlSwap, protocol.ControlMute, protocol.ControlUnmute, protocol.ControlDTMF,
	protocol.ControlConference, protocol.ControlPark, protocol.ControlPickup,
	protocol.ControlPauseRecording, protocol.ControlResumeRecording,
}

// All returns all controls, in the order in which desktops show them.
func All() []protocol.Control { return slices.Clone(controls) }

// Of returns the set of some controls.
func Of(some ...protocol.Control) (s Set) {
	for _, c := range some {
		s |= 1 << slices.Index(controls, c)
	}
	return s
}

// Has reports whether a control is in the set.
func (s Set) Has(c protocol.Control) bool {
	i := slices.Index(controls, c)
	return i >= 0 && s&(1<<i) != 0
}

// List returns the controls in their order; nil for the empty set.
func (s Set) List() (list []protocol.Control) {
	for i, c := range controls {
		if s&(1<<i) != 0 {
			list = append(list, c)
		}
	}
	return list
}

// PBX returns the controls that a PBX permits. may reports whether its manager user may use an action.
func PBX(may func(action string) bool) (s Set) {
	for _, c := range controls {
		if !slices.ContainsFunc(actions[c], func(a string) bool { return !may(a) }) {
			s |= Of(c)
		}
	}
	return s
}

// actions are the actions of AMI that a control needs.
var actions = map[protocol.Control][]string{
	protocol.ControlAnswer: {"PJSIPNotify"},
	protocol.ControlHangup: {"Hangup"},
	protocol.ControlHold:   {"PJSIPNotify"},
	protocol.ControlResume: {"PJSIPNotify"},

	protocol.ControlTransfer:   {"BlindTransfer", "Getvar"},
	protocol.ControlConsult:    {"Atxfer", "CancelAtxfer", "Hangup", "Getvar"},
	protocol.ControlComplete:   {"Hangup"},
	protocol.ControlCancel:     {"CancelAtxfer"},
	protocol.ControlSwap:       {"PlayDTMF"},
	protocol.ControlMute:       {"MuteAudio"},
	protocol.ControlUnmute:     {"MuteAudio"},
	protocol.ControlDTMF:       {"PlayDTMF"},
	protocol.ControlConference: {"Originate"},
	protocol.ControlPark:       {"Park"},
	protocol.ControlPickup:     {"Originate"},

	protocol.ControlPauseRecording:  {"MixMonitorMute"},
	protocol.ControlResumeRecording: {"MixMonitorMute"},
}

// rights are the settings of manager.conf that allow the actions.
var rights = map[string]string{
	"Hangup":      "write = system",
	"PJSIPNotify": "write = system, and pjsip_notify.conf must exist",
	"MuteAudio":   "write = system, and the module res_mutestream",
	"Originate":   "write = originate",

	"MixMonitorMute": "write = system",

	"BlindTransfer": "write = call",
	"Getvar":        "write = call",
	"Atxfer":        "write = call",
	"CancelAtxfer":  "write = call",
	"PlayDTMF":      "write = call",
	"Park":          "write = call",
}

// Needs returns the settings of manager.conf that a control needs.
func Needs(c protocol.Control) (settings []string) {
	for _, a := range actions[c] {
		if !slices.Contains(settings, rights[a]) {
			settings = append(settings, rights[a])
		}
	}
	return settings
}

// Facts are what is known of a call, a phone and a PBX besides the call's state.
type Facts struct {
	PBX  Set  // what the PBX permits; empty while it is not connected
	Deaf bool // the phone does not answer or hold when it is asked to

	NoConsult bool // the dialplan does not let the agent consult before a transfer
	Muted     bool // the other side does not hear the agent
	Parked    bool // the call waits in a parking lot
	Crowd     bool // more than two take part
	Recorded  bool // the PBX records the call
	Paused    bool // the recording is paused
}

// Seat is an agent's place in a call.
type Seat struct {
	Facts
	Right   bool           // the agent has the right control
	Record  bool           // the agent has the right record
	Test    bool           // a test call: no PBX has it
	Leg     protocol.State // of the agent's extension; empty: it has no part in the call
	Calling bool           // the extension placed the call
	Rings   bool           // it rings at another extension
	// the one whom the agent consults before a transfer rings, or has answered; empty: no consultation
	Consult protocol.State
	Aside   bool // a colleague consults the agent
}

// Controls returns what the agent may do.
func (s Seat) Controls() Set {
	var can Set
	if s.Right {
		can = s.possible()
	}
	if s.Test {
		return 0
	}
	return (can | s.recording()) & s.PBX
}

// Why returns why the agent may not do something, for one that Controls does not have.
func (s Seat) Why(c protocol.Control) protocol.Problem {
	able := s
	able.PBX, able.Deaf, able.NoConsult = ^Set(0), false, false
	switch {
	case c == protocol.ControlPauseRecording || c == protocol.ControlResumeRecording:
		if !s.Record {
			return protocol.RightMissing
		}
	case !s.Right:
		return protocol.RightMissing
	}
	switch {
	case c != protocol.ControlPickup && (s.Leg == "" || s.Leg == protocol.Ended):
		return protocol.ControlNoPhone
	case s.Test || !able.Controls().Has(c):
		return protocol.ControlNotNow
	case s.PBX == 0:
		return protocol.ControlPBXDown
	case !s.PBX.Has(c):
		return protocol.ControlPBXRight
	}
	if c == protocol.ControlConsult {
		return protocol.ControlNoConsult
	}
	return protocol.ControlPhoneDeaf
}

func (s Seat) possible() (can Set) {
	talks := s.Leg == protocol.Answered || s.Leg == protocol.Held
	switch {
	case s.Leg == protocol.Ringing:
		can = Of(protocol.ControlHangup)
		if !s.Calling {
			can |= s.phone(protocol.ControlAnswer)
		}
	case talks && s.Consult != "": // hanging up would complete the transfer
		can = Of(protocol.ControlCancel)
		if s.Consult == protocol.Answered {
			can |= Of(protocol.ControlComplete, protocol.ControlSwap, protocol.ControlConference)
			if !s.PBX.Has(protocol.ControlSwap) { // it is done by the same digits
				can &^= Of(protocol.ControlConference)
			}
		}
	case talks:
		can = Of(protocol.ControlHangup)
		whole := !s.Crowd && !s.Aside // the call is this agent's to give away
		if whole {
			can |= Of(protocol.ControlTransfer, protocol.ControlPark)
		}
		if s.Leg == protocol.Held {
			return can | s.phone(protocol.ControlResume)
		}
		can |= s.phone(protocol.ControlHold) | s.mute()
		if !s.Aside {
			can |= Of(protocol.ControlDTMF, protocol.ControlConference)
		}
		if whole && !s.NoConsult {
			can |= Of(protocol.ControlConsult)
		}
	case s.Rings || s.Parked:
		can = Of(protocol.ControlPickup)
	}
	return can
}

// recording is what the agent may do with the recording of the call.
func (s Seat) recording() Set {
	switch {
	case !s.Record || !s.Recorded || s.Leg != protocol.Answered && s.Leg != protocol.Held:
		return 0
	case s.Paused:
		return Of(protocol.ControlResumeRecording)
	}
	return Of(protocol.ControlPauseRecording)
}

// phone is a control that the phone carries out.
func (s Seat) phone(c protocol.Control) Set {
	if s.Deaf {
		return 0
	}
	return Of(c)
}

func (s Seat) mute() Set {
	if s.Muted {
		return Of(protocol.ControlUnmute)
	}
	return Of(protocol.ControlMute)
}
