package card_test

import (
	"fmt"
	"testing"

	"traybell/desktop/model"
	"traybell/desktop/ui/card"
	"traybell/shared/protocol"
)

// controlled is a call with what the agent may do, and a press of it.
func controlled(press model.Control, can ...protocol.Control) model.Card {
	return with(func(m *model.Card) {
		m.Call.Can, m.Control = can, press
		if can[0] != protocol.ControlAnswer {
			answered(m)
		}
	})
}

func TestControlPictures(t *testing.T) {
	ringing := controlled(model.Control{}, protocol.ControlAnswer, protocol.ControlHangup)
	talking := controlled(model.Control{}, protocol.ControlHangup, protocol.ControlHold, protocol.ControlTransfer,
		protocol.ControlConsult, protocol.ControlMute, protocol.ControlDTMF, protocol.ControlConference,
		protocol.ControlPark)
	consulting := controlled(model.Control{}, protocol.ControlComplete, protocol.ControlCancel, protocol.ControlSwap,
		protocol.ControlConference)
	consulting.Mine = protocol.Held
	crowd := controlled(model.Control{}, protocol.ControlHangup, protocol.ControlHold, protocol.ControlUnmute,
		protocol.ControlDTMF, protocol.ControlConference)
	parked := controlled(model.Control{Slot: "71"}, protocol.ControlPickup)
	parked.Mine, parked.Call.State = protocol.Ended, protocol.Held
	for _, language := range []string{"en", "ru"} {
		for _, dark := range []bool{false, true} {
			theme := map[bool]string{false: "light", true: "dark"}[dark]
			p := card.NewPainter(card.Look{Dark: dark, Texts: texts(t, language), Tickets: true}, card.Actions{
				Control: func(string, protocol.Control) {},
			})
			show := func(name string) { golden(t, fmt.Sprintf("%s-%s-%s", name, language, theme), p.Repaint(1)) }
			p.Paint(ringing, 1)
			x, y := find(t, p, "do hangup")
			p.Hover(x, y, true)
			p.Card.ShowTip()
			show("control_ringing")
			p.Hover(0, 0, false)
			p.Paint(talking, 1)
			show("control_talking")
			for name, m := range map[string]model.Card{"consulting": consulting, "three": crowd, "parked": parked} {
				p.Paint(m, 1)
				show("control_" + name)
			}
			p.Paint(controlled(model.Control{Waiting: protocol.ControlHold}, talking.Call.Can...), 1)
			show("control_waiting")
			p.Paint(controlled(model.Control{Reason: texts(t, language).Say("hub.control.phone_deaf")},
				protocol.ControlHangup), 1)
			show("control_failed")
		}
	}
}

// A button does what it says, none does anything while one waits, and Enter does not hang up only
// because the card got the keyboard.
func TestControls(t *testing.T) {
	var done []string
	p := card.NewPainter(card.Look{Texts: texts(t, "en")}, card.Actions{
		Control:  func(call string, what protocol.Control) { done = append(done, call+" "+string(what)) },
		Transfer: func(call string) { done = append(done, "where to with "+call) },
		Tones:    func(call string) { done = append(done, "digits for "+call) },
	})
	can := []protocol.Control{protocol.ControlAnswer, protocol.ControlHangup, "of a newer hub"}
	p.Paint(controlled(model.Control{}, can...), 1)
	var x, y int
	for _, name := range []string{"do answer", "do hangup"} {
		x, y = find(t, p, name)
		p.Tap(x, y)
	}
	if fmt.Sprint(done) != "[main:1 answer main:1 hangup]" {
		t.Errorf("pressed %v", done)
	}
	p.Card.Keyboard(true)
	p.Card.Key(card.Press)
	if len(done) != 2 {
		t.Errorf("Enter on a card that just got the keyboard: %v", done[2:])
	}
	p.Paint(controlled(model.Control{Waiting: protocol.ControlAnswer}, can...), 1)
	p.Tap(x, y)
	if len(done) != 2 {
		t.Errorf("pressed while another waits: %v", done[2:])
	}
}

// What needs a number or digits opens a window; with a consultation, a press joins the three.
func TestControlsThatAsk(t *testing.T) {
	var done []string
	p := card.NewPainter(card.Look{Texts: texts(t, "en")}, card.Actions{
		Control:  func(_ string, what protocol.Control) { done = append(done, string(what)) },
		Transfer: func(string) { done = append(done, "where to") },
		Tones:    func(string) { done = append(done, "digits") },
	})
	press := func(name string, can ...protocol.Control) {
		p.Paint(controlled(model.Control{}, can...), 1)
		p.Tap(find(t, p, name))
	}
	press("do transfer", protocol.ControlConsult, protocol.ControlConference)
	press("do dtmf", protocol.ControlDTMF)
	press("do conference", protocol.ControlHangup, protocol.ControlConference)
	press("do conference", protocol.ControlComplete, protocol.ControlConference)
	if fmt.Sprint(done) != "[where to digits where to conference]" {
		t.Errorf("%v", done)
	}
}
