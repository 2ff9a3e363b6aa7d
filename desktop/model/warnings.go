package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// Translation keys of warnings. Each takes Text as its argument.
const (
	TitlePBXDown    = "card.warning.pbx_down"
	TitlePBXBack    = "card.warning.pbx_back"
	TitleHubAway    = "card.warning.hub_away"
	TitleMissed     = "card.warning.missed"
	TitleMessage    = "card.warning.message"
	TitleQueued     = "card.warning.ticket_queued"
	TitleMade       = "card.warning.ticket_made"
	TitleNotMade    = "card.warning.ticket_failed"
	TitleNotNoted   = "card.warning.note_failed"
	TitleMaintain   = "card.warning.maintenance"
	TitleMaintained = "card.warning.maintenance_over"
	TitlePartial    = "card.warning.blocking_partial"
	TitleSession    = "card.warning.session"
	TitleError      = "card.warning.error"
	TitleAttention  = "card.warning.attention"
)

// Titles of the program's notices of success.
const (
	TitleCollected = "notice.support"
	TitleSaved     = "notice.saved"
	TitleConnected = "notice.connected"
	TitlePassword  = "notice.password"
)

// Good reports whether a title is good news.
func Good(title string) bool {
	return slices.Contains([]string{
		TitleCollected, TitleSaved, TitleConnected, TitlePassword, TitlePBXBack, TitleMade, TitleMaintained,
	}, title)
}

// maintenance is the beginning of the ID of the warning about the hub's maintenance.
const maintenance = "maintenance:"

const (
	repeatAfter = 30 * time.Second // a warning that returns sooner is not new
	maxWarnings = 20
)

// warnings holds the cards of warnings. IDs are without "warning:".
type warnings struct {
	cards    []Card
	dropped  map[string]time.Time // when a warning left, by the card's ID
	messages int                  // numbers what is always new
}

func cardID(id string) string { return "warning:" + id }

func (w *warnings) index(id string) int {
	return slices.IndexFunc(w.cards, func(c Card) bool { return c.ID == cardID(id) })
}

func (w *warnings) has(id string) bool { return w.index(id) >= 0 }

// warn adds a warning. A repetition only changes the text, and is ignored shortly after the warning
// has left.
func (w *warnings) warn(id, title, from, text string, about protocol.Call, now time.Time) {
	if i := w.index(id); i >= 0 {
		if text != "" {
			w.cards[i].Text = text
		}
		return
	}
	if left, ok := w.dropped[cardID(id)]; ok && now.Sub(left) < repeatAfter {
		return
	}
	w.cards = append(w.cards, Card{
		ID: cardID(id), Kind: Warn, Title: title, From: from, Text: text, Call: about, Since: now,
	})
	if len(w.cards) > maxWarnings {
		w.cards = slices.Delete(w.cards, 0, 1)
	}
}

// announce replaces the card about the maintenance by a new one, which is shown for its whole time. A
// repetition changes nothing.
func (w *warnings) announce(title, from, text string, now time.Time) {
	for _, c := range w.cards {
		if strings.HasPrefix(c.ID, cardID(maintenance)) && c.Title == title && c.Text == text {
			return
		}
	}
	w.endMaintenance()
	w.numbered(maintenance, title, from, text, now)
}

// endMaintenance removes the card about the maintenance.
func (w *warnings) endMaintenance() {
	w.cards = slices.DeleteFunc(w.cards, func(c Card) bool { return strings.HasPrefix(c.ID, cardID(maintenance)) })
}

// stick keeps a warning on the screen until it is withdrawn or closed.
func (w *warnings) stick(id string) {
	if i := w.index(id); i >= 0 {
		w.cards[i].Sticky = true
	}
}

// message adds a text message, which is always new.
func (w *warnings) message(m protocol.Text, now time.Time) {
	w.numbered("message:", TitleMessage, m.From, m.Text, now)
}

// numbered adds a warning that is no repetition.
func (w *warnings) numbered(id, title, from, text string, now time.Time) {
	w.messages++
	w.warn(fmt.Sprint(id, w.messages), title, from, text, protocol.Call{}, now)
}

// press adds a ticket to a warning.
func (w *warnings) press(id string, p Press) {
	if i := w.index(id); i >= 0 {
		w.cards[i].Press = p
	}
}

// withdraw removes a warning after its cause has ended.
func (w *warnings) withdraw(id string, now time.Time) {
	if i := w.index(id); i >= 0 {
		w.cards = slices.Delete(w.cards, i, i+1)
		w.dropped[cardID(id)] = now
	}
}

// forget removes a card that has left the screen. The warning of a lasting state is remembered, so
// that it is not shown again.
func (w *warnings) forget(card string, now time.Time) {
	w.cards = slices.DeleteFunc(w.cards, func(c Card) bool {
		if c.ID != card || c.Title == TitlePBXDown || c.Title == TitleHubAway {
			return false
		}
		w.dropped[card] = now
		return true
	})
}

func (w *warnings) tidy(now time.Time) {
	for id, left := range w.dropped {
		if now.Sub(left) > repeatAfter {
			delete(w.dropped, id)
		}
	}
}
