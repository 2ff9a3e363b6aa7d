package quiet

import (
	"maps"
	"slices"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// whyOff is why a kind of card has no popup; empty if it has one.
func whyOff(kind model.Kind, in settings.Effective) protocol.Hidden {
	popup, key := in.Popups.Incoming, settings.KeyIncoming
	switch kind {
	case model.Incoming:
	case model.Answer:
		popup, key = in.Popups.Answer, settings.KeyAnswer
	default:
		return ""
	}
	switch {
	case popup.Enabled:
		return ""
	case in.Locked(key + ".enabled"):
		return protocol.HiddenLocked
	}
	return protocol.HiddenOff
}

// tellOff notifies the hub, once per turn of a call, that its popup is off.
func (q *Quiet) tellOff(cards []model.Card, in settings.Effective) {
	for _, c := range cards {
		why := whyOff(c.Kind, in)
		if why == "" || c.Done || q.off[c.ID].Equal(c.Since) {
			continue
		}
		q.off[c.ID] = c.Since
		q.Tell(protocol.ShownCall{Call: c.Call.ID, Hidden: why})
	}
	maps.DeleteFunc(q.off, func(id string, _ time.Time) bool {
		return !slices.ContainsFunc(cards, func(c model.Card) bool { return c.ID == id })
	})
}

// TellWithoutCard notifies the hub, once per call and reason, of calls that have no card.
func (q *Quiet) TellWithoutCard(calls map[string]protocol.Hidden) {
	for _, call := range slices.Sorted(maps.Keys(calls)) {
		if why := calls[call]; q.cardless[call] != why {
			q.Tell(protocol.ShownCall{Call: call, Hidden: why})
		}
	}
	q.cardless = calls
}
