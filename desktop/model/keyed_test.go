package model

import (
	"testing"
	"time"

	"traybell/shared/protocol"
)

func TestWhichCallAHotkeyIsAbout(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	term := New()
	for i, c := range []protocol.Call{
		{ID: "old", State: protocol.Answered, Can: []protocol.Control{protocol.ControlHangup}},
		{ID: "talk", State: protocol.Answered, Can: []protocol.Control{protocol.ControlHangup, protocol.ControlHold}},
		{ID: "ring", State: protocol.Ringing, Can: []protocol.Control{protocol.ControlHangup, protocol.ControlAnswer}},
		{ID: "new", State: protocol.Ringing, Can: []protocol.Control{protocol.ControlHangup, protocol.ControlAnswer}},
		{ID: "other", State: protocol.Ringing},
	} {
		c.Started = at.Add(time.Duration(i) * time.Minute)
		term.Apply(CallChanged{Call: c}, at)
	}
	for what, want := range map[protocol.Control]string{
		protocol.ControlAnswer: "new", protocol.ControlHangup: "talk", protocol.ControlHold: "talk",
		protocol.ControlResume: "",
	} {
		if got, ok := term.Keyed(what); got != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
}

func TestSelected(t *testing.T) {
	for text, want := range map[string]string{
		"Tel.: +7 (495) 123-45-67":      "+74951234567",
		" 8 495 123 45 67\n":            "84951234567",
		"*45":                           "*45",
		"Anna":                          "",
		"":                              "",
		"+7 495 1234567 +7 495 7654321": "", // two numbers
		"8 495 1234567, 8 495 765 43 21 1 2 3 4 5 6 7 8 9 0 1": "",
	} {
		if got, err := Selected(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
