package card_test

import (
	"slices"
	"strings"
	"testing"

	"traybell/desktop/model"
	"traybell/desktop/ui/card"
)

// Enter presses OK; Tab visits all enabled zones in reading order and wraps around.
func TestKeyboard(t *testing.T) {
	for _, c := range []struct {
		name string
		card model.Card
		keys []card.Key
		want string
	}{
		{"Enter is OK", known(), []card.Key{card.Press}, "ok main:1 ivan"},
		{"close follows OK", known(), []card.Key{card.Next, card.Press}, "close main:1"},
		{"then the number", known(), []card.Key{card.Next, card.Next, card.Press}, "open https://cid"},
		{"then the category", known(), []card.Key{card.Next, card.Next, card.Next, card.Press}, "category main:1"},
		{"the T-Link precedes OK", known(), []card.Key{card.Previous, card.Press}, "open https://ticket"},
		{"a customer is chosen, then Enter is OK", with(several), []card.Key{card.Press, card.Press}, "ok main:1 ivan"},
		{"no ticket without a choice", with(several), []card.Key{card.Press}, ""},
		{
			"no customer", with(several),
			[]card.Key{card.Next, card.Next, card.Next, card.Next, card.Press, card.Press},
			"ok main:1 ",
		},
		{"a created ticket is opened", with(made), []card.Key{card.Press}, "open https://desk/1"},
		{"a warning is closed", warn(model.TitleHubAway, "", "x"), []card.Key{card.Press}, "close warning:x"},
	} {
		var did pressing
		p := card.NewPainter(card.Look{Texts: texts(t, "en"), Tickets: true}, did.actions())
		p.Paint(c.card, 1)
		p.Card.Keyboard(true)
		for _, k := range c.keys {
			p.Card.Key(k)
		}
		if got := strings.Join(did, "; "); got != c.want {
			t.Errorf("%s: %q, want %q (order: %q)", c.name, got, c.want, card.Order(p))
		}
	}
}

// A card without the keyboard ignores keys, and every enabled zone can be reached by keyboard.
func TestKeyboardReachesEverything(t *testing.T) {
	var did pressing
	p := card.NewPainter(card.Look{Texts: texts(t, "en"), Tickets: true}, did.actions())
	for _, pic := range pictures {
		p.Card.Set(pic.card)
		p.Card.Keyboard(false)
		if p.Card.Key(card.Press) || len(did) > 0 {
			t.Fatalf("%s: a key without the keyboard did %q", pic.name, did)
		}
		p.Card.Keyboard(true)
		if p.Card.Waiting() {
			if p.Card.Key(card.Press) || card.Focused(p) != "" {
				t.Errorf("%s: Enter while waiting presses %q", pic.name, card.Focused(p))
			}
			p.Card.Key(card.Next)
		}
		var reached []string
		for range card.Order(p) {
			reached = append(reached, card.Focused(p))
			p.Card.Key(card.Next)
		}
		slices.Sort(reached)
		want := card.Order(p)
		slices.Sort(want)
		if !slices.Equal(reached, want) {
			t.Errorf("%s: Tab reaches %q of %q", pic.name, reached, want)
		}
	}
}
