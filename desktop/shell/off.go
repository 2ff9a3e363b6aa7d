package shell

import (
	"maps"
	"slices"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// off says why cards of a kind are not shown at all; empty where they are.
func off(kind model.Kind, force settings.Effective) protocol.Hidden {
	popup, key := force.Popups.Incoming, settings.KeyIncoming
	switch kind {
	case model.Incoming:
	case model.Answer:
		popup, key = force.Popups.Answer, settings.KeyAnswer
	default:
		return ""
	}
	switch {
	case popup.Enabled:
		return ""
	case force.Locked(key + ".enabled"):
		return protocol.HiddenLocked
	}
	return protocol.HiddenOff
}

// tellOff tells the hub, once a turn of a call, that its popup is switched off: its trace answers
// whoever wonders why there was none. It belongs to the shell's goroutine.
func (s *shell) tellOff(cards []model.Card, force settings.Effective) {
	for _, c := range cards {
		why := off(c.Kind, force)
		if why == "" || c.Done || s.off[c.ID].Equal(c.Since) {
			continue
		}
		if s.off == nil {
			s.off = map[string]time.Time{}
		}
		s.off[c.ID] = c.Since
		s.tellShown(protocol.ShownCall{Call: c.Call.ID, Hidden: why})
	}
	maps.DeleteFunc(s.off, func(id string, _ time.Time) bool {
		return !slices.ContainsFunc(cards, func(c model.Card) bool { return c.ID == id })
	})
}
