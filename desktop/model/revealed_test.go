package model_test

import (
	"testing"

	"traybell/shared/protocol"
)

// A hidden number stays shown when the hub sends the call again.
func TestHiddenNumberIsShown(t *testing.T) {
	s := tell(t)
	c := incoming(protocol.Ringing, "101")
	c.Hidden, c.Number, c.Display = true, protocol.Alias+"a", protocol.HiddenNumber
	opened := func(rights ...protocol.Right) {
		s.gets(protocol.Event, protocol.SessionOpened, protocol.OpenedSession{
			Agent: protocol.Agent{Login: "anna", Extensions: []string{"101"}, Rights: rights},
			Calls: []protocol.Call{c},
		})
	}
	opened()
	if cards := s.Cards(); len(cards) != 1 || cards[0].MayShow || !cards[0].Call.Hidden {
		t.Errorf("without the right: %+v", cards)
	}
	opened(protocol.RightNumbers)
	if cards := s.Cards(); len(cards) != 1 || !cards[0].MayShow {
		t.Errorf("with the right: %+v", cards)
	}
	s.Revealed.Show(c.ID, "8 (495) 123-45-67")
	s.call(c)
	if cards := s.Cards(); len(cards) != 1 || cards[0].MayShow || cards[0].Call.Hidden ||
		cards[0].Call.Display != "8 (495) 123-45-67" || s.Seen(c).Display != "8 (495) 123-45-67" {
		t.Errorf("shown: %+v", cards)
	}
}
