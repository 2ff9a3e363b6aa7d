package model

import (
	"time"

	"traybell/shared/protocol"
)

// Control is what the agent wants to be done with a call.
type Control struct {
	Waiting protocol.Control // for the hub's answer; empty: for none
	Reason  string           // why the last one failed, a sentence from the hub
	Slot    string           // the parking place of the call
}

// controls are the controls by call that have no answer yet, or failed.
type controls map[string]*controlled

type controlled struct {
	Control
	action string
	state  protocol.State // of the call when it failed: what changes it makes the reason old
}

// Control returns the action that does something with a call. with is a number, a name or digits,
// for those that need them. It returns false if the call does not offer that, or another one waits for
// its answer; more digits need not wait.
func (t *Terminal) Control(call string, what protocol.Control, with, newID string, now time.Time) (
	protocol.Message, bool,
) {
	t.tidy(now)
	c, before := t.calls.byID[call], t.controls[call]
	if c == nil || !offered(c.now, what) {
		return protocol.Message{}, false
	}
	if before != nil && before.Waiting != "" && (before.Waiting != what || what != protocol.ControlDTMF) {
		return protocol.Message{}, false
	}
	name, data := asAction(call, what, with)
	m, err := protocol.New(protocol.Action, name, data)
	m.ID = newID
	t.controls[call] = &controlled{Control: Control{Waiting: what}, action: newID}
	return m, err == nil
}

func asAction(call string, what protocol.Control, with string) (name string, data any) {
	switch what {
	case protocol.ControlTransfer:
		return protocol.CallTransfer, protocol.TransferCall{Call: call, To: with, Kind: protocol.TransferBlind}
	case protocol.ControlConsult:
		return protocol.CallTransfer, protocol.TransferCall{Call: call, To: with, Kind: protocol.TransferConsult}
	case protocol.ControlMute, protocol.ControlUnmute:
		return protocol.CallMute, protocol.MuteCall{Call: call, On: what == protocol.ControlMute}
	case protocol.ControlPauseRecording:
		return protocol.RecordingPause, protocol.ControlCall{Call: call}
	case protocol.ControlResumeRecording:
		return protocol.RecordingResume, protocol.ControlCall{Call: call}
	case protocol.ControlDTMF:
		return protocol.CallDTMF, protocol.SendDigits{Call: call, Digits: with}
	case protocol.ControlConference:
		return protocol.CallConference, protocol.ConferCall{Call: call, With: with}
	}
	return "call." + string(what), protocol.ControlCall{Call: call}
}

// Controlled is the card of a call with which the agent may do something; false if there is none.
func Controlled(t *Terminal, id string) (Card, bool) {
	c := t.calls.byID[id]
	if c == nil || len(c.now.Can) == 0 {
		return Card{}, false
	}
	card := c.card
	card.Call, card.Control = c.now, t.controls.of(c.now)
	return card, true
}

// Transferable returns a call of the agent's that can be transferred, rather the one that talks; empty:
// none.
func Transferable(t *Terminal) (id string) {
	for call, c := range t.calls.byID {
		if !offered(c.now, protocol.ControlTransfer) && !offered(c.now, protocol.ControlConsult) {
			continue
		}
		if id == "" || c.now.State == protocol.Answered && t.calls.byID[id].now.State != protocol.Answered {
			id = call
		}
	}
	return id
}

func offered(c protocol.Call, what protocol.Control) bool {
	for _, can := range c.Can {
		if can == what {
			return true
		}
	}
	return false
}

// controlAnswered notes the answer to an action: why it failed, or where the call is parked. It
// returns false if the action was no control.
func (t *Terminal) controlAnswered(action, reason, slot string) bool {
	for call, done := range t.controls {
		if action == "" || done.action != action {
			continue
		}
		if reason == "" && slot == "" {
			delete(t.controls, call)
			return true
		}
		done.Control = Control{Reason: reason, Slot: slot}
		if c := t.calls.byID[call]; c != nil {
			done.state = c.now.State
		}
		return true
	}
	return false
}

// of returns the control of a call.
func (all controls) of(c protocol.Call) Control {
	if done := all[c.ID]; done != nil && (done.Waiting != "" || done.state == c.State ||
		done.Slot != "" && offered(c, protocol.ControlPickup)) {
		return done.Control
	}
	return Control{}
}

// tidy drops those of calls that are gone.
func (all controls) tidy(known func(call string) bool) {
	for call := range all {
		if !known(call) {
			delete(all, call)
		}
	}
}
