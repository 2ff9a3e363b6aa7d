package protocol

import (
	"cmp"
	"fmt"
	"strings"
)

// Control is what an agent may do with a live call now. Each is also the action "call.<control>",
// but for those that say otherwise.
type Control string

// The controls.
const (
	ControlAnswer Control = "answer" // the agent's phone takes the call
	ControlHangup Control = "hangup" // while it rings: decline
	ControlHold   Control = "hold"
	ControlResume Control = "resume"

	ControlTransfer Control = "transfer" // call.transfer, at once
	ControlConsult  Control = "consult"  // call.transfer, after a consultation
	ControlComplete Control = "complete" // the two others talk on without the agent
	ControlCancel   Control = "cancel"   // back to the first party
	ControlSwap     Control = "swap"     // to the other party

	ControlMute            Control = "mute"   // call.mute
	ControlUnmute          Control = "unmute" // call.mute, off
	ControlDTMF            Control = "dtmf"
	ControlConference      Control = "conference"
	ControlPark            Control = "park"
	ControlPauseRecording  Control = "pause_recording"  // recording.pause
	ControlResumeRecording Control = "resume_recording" // recording.resume
	ControlPickup          Control = "pickup"           // take a colleague's ringing call, or one that is parked
)

// ControlCall is the data of call.answer, call.hangup, call.hold, call.resume, call.complete,
// call.cancel, call.swap, call.park, call.pickup, recording.pause and recording.resume. The answer is
// accepted, or call.parked, when the PBX shows that it happened. The message's ID is the idempotency
// key, as in all that follow.
type ControlCall struct {
	Call string `json:"call"`
}

// TransferKind is how a call is transferred.
type TransferKind string

// The kinds.
const (
	TransferBlind   TransferKind = "blind"   // at once
	TransferConsult TransferKind = "consult" // the agent talks with the new party first
)

// TransferCall is the data of call.transfer. To is a number in any notation, or a colleague's name.
type TransferCall struct {
	Call string       `json:"call"`
	To   string       `json:"to"`
	Kind TransferKind `json:"kind"`
}

// MuteCall is the data of call.mute: whether the other side hears the agent.
type MuteCall struct {
	Call string `json:"call"`
	On   bool   `json:"on"`
}

// SendDigits is the data of call.dtmf: up to MaxDigits of 0-9, * and #, for the other side.
type SendDigits struct {
	Call   string `json:"call"`
	Digits string `json:"digits"`
}

// MaxDigits limits the tones of an action: each takes a tenth of a second.
const MaxDigits = 12

// Digits are the tones that a telephone has.
const Digits = "0123456789*#"

// ConferCall is the data of call.conference: With is the number or the name of the one who joins.
// Without it, during a consultation, all three talk.
type ConferCall struct {
	Call string `json:"call"`
	With string `json:"with,omitempty"`
}

// ParkedCall is the data of call.parked, the answer to call.park: the number to fetch the call with.
type ParkedCall struct {
	Call string `json:"call"`
	Slot string `json:"slot"`
}

// DialNumber is the data of call.dial: the phone of the agent rings, and the PBX calls the number when
// the agent answers. The message's ID is the idempotency key. Line is the name of one of hub.yml's dial.lines,
// whose number the other side sees; empty: that of the PBX. From is the agent's extension; empty: the
// one with which the desktop is signed in.
type DialNumber struct {
	Number string `json:"number"`
	Line   string `json:"line,omitempty"`
	From   string `json:"from,omitempty"`
}

// DialledNumber is the data of call.dialled, the answer to call.dial: the agent's phone rings. Number
// is what it will dial.
type DialledNumber struct {
	Call   string `json:"call"`
	Number string `json:"number"`
}

// Check validates the data.
func (c ControlCall) Check() error { return required("call", c.Call) }

// Check validates the data, except what a person types as the number.
func (d DialNumber) Check() error {
	return cmp.Or(typed("number", d.Number), key("line", d.Line), key("from", d.From))
}

// Check validates the data, except what a person types as the number.
func (c TransferCall) Check() error {
	if c.Kind != TransferBlind && c.Kind != TransferConsult {
		return fmt.Errorf("the field kind is neither %q nor %q", TransferBlind, TransferConsult)
	}
	return cmp.Or(required("call", c.Call), typed("to", c.To))
}

// Check validates the data.
func (m MuteCall) Check() error { return required("call", m.Call) }

// Check validates the data.
func (d SendDigits) Check() error {
	if d.Digits == "" || len(d.Digits) > MaxDigits || strings.Trim(d.Digits, Digits) != "" {
		return fmt.Errorf("the field digits is not 1 to %d of 0-9, * and #", MaxDigits)
	}
	return required("call", d.Call)
}

// Check validates the data, except what a person types as the number.
func (c ConferCall) Check() error {
	if c.With == "" {
		return required("call", c.Call)
	}
	return cmp.Or(required("call", c.Call), typed("with", c.With))
}

// typed validates what a person typed: it is there, and not too long.
func typed(name, value string) error {
	switch {
	case strings.TrimSpace(value) == "":
		return fmt.Errorf("the field %s is empty", name)
	case len(value) > MaxKey:
		return fmt.Errorf("the field %s is longer than %d bytes", name, MaxKey)
	}
	return nil
}
