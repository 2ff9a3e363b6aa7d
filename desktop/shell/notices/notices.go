// Package notices holds the program's own cards: warnings and test popups.
package notices

import (
	"slices"
	"strings"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/desktop/settings"
	"traybell/shared/protocol"
)

// Board holds the cards. It belongs to one goroutine, whose owner refreshes the screen after a
// change.
type Board struct {
	texts *translations.Texts
	cards []model.Card
}

// New returns an empty board.
func New(texts *translations.Texts) *Board { return &Board{texts: texts} }

// Cards returns the cards for the screen.
func (b *Board) Cards() []model.Card { return b.cards }

// Warn shows a warning and replaces the one with that name; title is a key of the translations.
func (b *Board) Warn(name, title, text string) { b.put(warning(name, title, text)) }

// Keep shows a warning that stays until the agent closes it.
func (b *Board) Keep(name, title, text string) {
	c := warning(name, title, text)
	c.Sticky = true
	b.put(c)
}

func (b *Board) put(c model.Card) {
	if i := b.index(c.ID); i >= 0 {
		b.cards[i] = c
		return
	}
	b.cards = append(b.cards, c)
}

func (b *Board) index(id string) int {
	return slices.IndexFunc(b.cards, func(c model.Card) bool { return c.ID == id })
}

func warningID(name string) string { return "warning:own:" + name }

func warning(name, title, text string) model.Card {
	return model.Card{ID: warningID(name), Kind: model.Warn, Title: title, Text: text, Since: time.Now()}
}

// Drop removes warnings by name.
func (b *Board) Drop(names ...string) {
	for _, name := range names {
		b.Forget(warningID(name))
	}
}

// Forget removes a card by its ID; false if it is not on the board.
func (b *Board) Forget(id string) bool {
	i := b.index(id)
	if i >= 0 {
		b.cards = slices.Delete(b.cards, i, i+1)
	}
	return i >= 0
}

const (
	testPrefix = "test:" // of the ID of a test popup's call
	// TestTime is how long test popups stay that would otherwise wait for the end of a call.
	TestTime = 15 * time.Second
)

// IsTest reports whether a call is a test popup's, which the hub does not know.
func IsTest(call string) bool { return strings.HasPrefix(call, testPrefix) }

// Test shows a card of each kind, named as in the settings.
func (b *Board) Test(links settings.Effective, kinds ...string) {
	now := time.Now()
	number := "+74951234567"
	call := protocol.Call{
		ID: testPrefix + "incoming", Direction: protocol.Incoming, State: protocol.Ringing, Number: number,
		Display: "+7 495 123-45-67", E164: number,
		DID: "74950000001", Line: protocol.Line{Name: b.texts.Say("notice.test")}, Started: now,
		Caller: protocol.Caller{
			Status: protocol.Known,
			Customers: []protocol.Customer{
				{
					Login: "ada", Name: "Ada Lovelace", Company: "Analytical Engines",
					Location: "12 St James's Square, London",
				},
			},
			Category: protocol.Category{Color: protocol.Green},
		},
	}
	call.Links = links.Links(call, &call.Caller.Customers[0])
	talk := call
	talk.ID, talk.State, talk.Answered = testPrefix+"answer", protocol.Answered, now
	for _, kind := range kinds {
		switch kind {
		case settings.KeyIncoming:
			b.Forget(call.ID)
			b.put(model.Card{ID: call.ID, Kind: model.Incoming, Call: call, Mine: protocol.Ringing, Since: now})
		case settings.KeyAnswer:
			b.Forget(talk.ID)
			b.put(model.Card{ID: talk.ID, Kind: model.Answer, Call: talk, Mine: protocol.Answered, Since: now})
		case settings.KeyWarning:
			b.Warn("test", "notice.test", b.texts.Say("notice.test_why"))
		}
	}
}

// EndTest ends test calls that are TestTime old.
func (b *Board) EndTest() {
	if i := b.index(testPrefix + "answer"); i >= 0 && time.Since(b.cards[i].Since) >= TestTime {
		b.cards[i].Done = true
	}
}

// PressTest answers OK on a test popup: there is no call, so no ticket.
func (b *Board) PressTest(call string) {
	if i := b.index(call); i >= 0 {
		b.cards[i].Press = model.Press{State: model.Failed, Reason: b.texts.Say("notice.test_ok")}
	}
}
