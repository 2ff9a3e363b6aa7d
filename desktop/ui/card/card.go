// Package card is what a popup looks like: a picture of a call or of a warning, and what happens
// when it is pressed.
//
// It imports Fyne's canvas objects and its software painter, no window and no driver. A Card is
// built once for each surface and changed by Set; nothing in it moves by itself, so it is painted
// only after a change. Everything here belongs to Fyne's goroutine (fyne.Do).
package card

import (
	"traybell/desktop/model"

	"fyne.io/fyne/v2"
)

// Width of every card, in Fyne's units (1 is a pixel at 96 dpi). The height follows from what there
// is to say.
const Width = 392

// MoreHeight is the height of the line that counts the cards without a place.
const MoreHeight = 32

const (
	pad    = 16
	inner  = Width - 2*pad
	corner = 12
)

// Look is how cards look, beside what they say.
type Look struct {
	Dark     bool
	Contrast bool    // high contrast
	Size     float32 // how large text and all else is, beside the monitor's scale: 1 to 2; 0 is 1
	Texts    Texts
	Tickets  bool // the agent may make tickets: there is an OK
}

// Actions is what pressing does; all are called on Fyne's goroutine and must not wait.
type Actions struct {
	OK       func(call, customer string) // make the ticket
	Append   func(call, ticket string)   // add the call to an open ticket, by its number
	Open     func(url string)
	Copy     func(text string)
	Close    func(id string)
	Category func(call string) // nil: the category cannot be changed
}

// Card is one card.
type Card struct {
	look   Look
	act    Actions
	sheet  *sheet
	icons  icons
	model  model.Card
	size   fyne.Size
	zones  []zone
	hover  string // the part that the pointer is over
	rests  bool   // the pointer has rested there: its tip is shown
	keys   bool   // the keyboard is this card's
	focus  string // the part that Enter presses then
	turn   int    // of the sign that something is waited for
	chosen string // the customer's login, or nobody
	all    bool   // the list of customers is unfolded
	copied string // the ticket whose number was copied
	more   int    // not a card but the line that counts those without a place
}

// New builds an empty card.
func New(look Look, act Actions) *Card {
	return &Card{look: look, act: act, sheet: newSheet(), icons: icons{}}
}

// Object is the card as Fyne sees it.
func (c *Card) Object() fyne.CanvasObject { return c.sheet.box }

// Size is the card's size in Fyne's units.
func (c *Card) Size() fyne.Size { return c.size }

// Set shows this call or warning.
func (c *Card) Set(m model.Card) {
	if m.ID != c.model.ID || c.more > 0 {
		c.chosen, c.copied, c.hover, c.all, c.rests, c.focus = "", "", "", false, false, ""
	}
	c.model, c.more = m, 0
	c.draw()
}

// SetMore makes this the line that says how many cards have no place.
func (c *Card) SetMore(n int) {
	c.model, c.more, c.hover = model.Card{}, n, ""
	c.draw()
}

// SetLook changes the theme, the language or the rights; it is seen from the next Set on.
func (c *Card) SetLook(l Look) { c.look = l }

// over tells whether there is nothing more to be done on this card.
func (c *Card) over() bool { return c.model.Done && (c.model.Elsewhere != "" || c.model.Mine == "") }

// draw lays the whole card out anew, from top to bottom.
func (c *Card) draw() {
	p := c.look.palette()
	c.sheet.begin()
	c.zones = c.zones[:0]
	back := c.sheet.rect(0, 0, Width, 10, corner, p.surface)
	back.StrokeColor, back.StrokeWidth = p.border, p.line
	var y float32
	if c.more > 0 {
		y = c.counted(p)
	} else {
		y = c.body(p)
	}
	back.Resize(fyne.NewSize(Width, y))
	c.size = fyne.NewSize(Width, y)
	if c.keys && c.more == 0 {
		back.StrokeColor, back.StrokeWidth = p.link, 2
		c.ring(p)
	}
	c.tip(p)
	c.sheet.end()
	c.sheet.box.Resize(c.size)
}

// counted is the line for the cards that have no place.
func (c *Card) counted(p palette) float32 {
	words := c.look.Texts.Count("card.more", c.more)
	w := width(words, 13, true)
	c.sheet.text((Width-w)/2, 7, words, 13, true, p.muted)
	return MoreHeight
}

func (c *Card) body(p palette) float32 {
	h := c.head(p)
	y := c.header(p, h)
	if c.model.Kind == model.Warn {
		y = c.words(p, y)
	}
	if c.model.Call.ID != "" {
		y = c.who(p, y)
		if !c.model.Done && c.model.Kind != model.Warn { // there is nobody to say it to any more
			y = c.say(p, y, h)
		}
		y = c.previous(p, y)
		y = c.tickets(p, y)
	}
	return c.footer(p, y, h) + pad
}
