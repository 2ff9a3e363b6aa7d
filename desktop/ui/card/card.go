// Package card paints popups: the picture of a call or a warning, and the actions of its parts.
//
// It uses Fyne's canvas objects and software painter, but no window or driver. A Card is created
// once per surface and changed by Set. It has no animations, so it is painted only after
// a change. Everything belongs to Fyne's goroutine (fyne.Do).
package card

import (
	"traybell/desktop/model"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

// Width of every card, in Fyne's units (1 is a pixel at 96 dpi). The height depends on the
// contents.
const Width = 392

// MoreHeight is the height of the line that counts hidden cards.
const MoreHeight = 32

const (
	pad    = 16
	inner  = Width - 2*pad
	corner = 12
)

// Look is the appearance of cards.
type Look struct {
	Dark     bool
	Contrast bool    // high contrast
	Size     float32 // text scale in addition to the monitor's, 1 to 2; 0 is 1
	Texts    Texts
	Tickets  bool // the agent may create tickets: OK is shown
}

// Actions are called on Fyne's goroutine and must not block.
type Actions struct {
	OK     func(call, customer string) // create a ticket
	Append func(call, ticket string)   // add the call to an open ticket, by its number
	Open   func(url string)
	Copy   func(text string)
	Close  func(id string)
	// the agent takes care of the alarm of a queue: it ends for all
	Acknowledge func(id string)
	Category    func(call string) // nil: the category cannot be changed
	Unfold      func(id string)
	Note        func(call string) // write a note for the ticket; nil: no field for it
	Control     func(call string, what protocol.Control)
	Transfer    func(call string) // ask where to
	Tones       func(call string) // ask for digits
	Script      func(call string) // open the page of the call's line; nil: no button for it
	Show        func(call string) // show the hidden number; nil: it cannot be shown
}

// content is what a card says.
type content struct {
	look   Look
	model  model.Card
	chosen string // login of the customer, or noCustomer
}

// Card is a card.
type Card struct {
	content
	act      Actions
	sheet    *sheet
	icons    icons
	size     fyne.Size
	zones    []zone
	hover    string // zone under the pointer
	tipShown bool   // the tip of that zone is shown
	keys     bool   // the card has the keyboard
	focus    string // zone that Enter presses
	turn     int    // position of the spinner
	all      bool   // the list of customers is expanded
	copied   string // ticket whose number was copied
	more     int    // count of hidden cards; not 0: the card is only this line
	folded   bool   // only two lines, where there is no room for more
}

// New creates an empty card.
func New(look Look, act Actions) *Card {
	return &Card{content: content{look: look}, act: act, sheet: newSheet(), icons: icons{}}
}

// Object is the card's canvas object.
func (c *Card) Object() fyne.CanvasObject { return c.sheet.box }

// Size is the card's size in Fyne's units.
func (c *Card) Size() fyne.Size { return c.size }

// Set shows a call or a warning.
func (c *Card) Set(m model.Card) {
	if m.ID != c.model.ID || c.more > 0 {
		c.chosen, c.copied, c.hover, c.all, c.tipShown, c.focus = "", "", "", false, false, ""
	}
	c.model, c.more = m, 0
	c.draw()
}

// SetMore shows the line that counts hidden cards.
func (c *Card) SetMore(n int) {
	c.model, c.more, c.hover = model.Card{}, n, ""
	c.draw()
}

// SetLook changes theme, language or rights. It takes effect with the next Set.
func (c *Card) SetLook(l Look) { c.look = l }

// finished reports whether the card has no more actions.
func (c content) finished() bool {
	return c.model.Done && (c.model.Elsewhere != "" || c.model.Outside || c.model.Mine == "")
}

// drawing draws a card in the colours of its look. Its methods return where the next part begins.
type drawing struct {
	*Card
	p palette
}

// draw lays out the card from top to bottom.
func (c *Card) draw() {
	d := drawing{c, c.look.palette()}
	p := d.p
	c.sheet.begin()
	c.zones = c.zones[:0]
	back := c.sheet.rect(0, 0, Width, 10, corner, p.surface)
	back.StrokeColor, back.StrokeWidth = p.border, p.line
	var y float32
	switch {
	case c.more > 0:
		y = d.moreLine()
	case c.folded:
		y = d.foldedLines()
	default:
		y = d.body()
	}
	back.Resize(fyne.NewSize(Width, y))
	c.size = fyne.NewSize(Width, y)
	if c.keys && c.more == 0 {
		back.StrokeColor, back.StrokeWidth = p.link, 2
		d.ring()
	}
	d.tip()
	c.sheet.end()
	c.sheet.box.Resize(c.size)
}

// moreLine is the line that counts hidden cards.
func (d drawing) moreLine() float32 {
	words := d.look.Texts.Count("card.more", d.more)
	w := width(words, 13, true)
	d.sheet.text((Width-w)/2, 7, words, 13, true, d.p.muted)
	return MoreHeight
}

func (d drawing) body() float32 {
	h := d.head(d.p)
	y := d.header(h)
	if d.model.Kind == model.Warn {
		y = d.warningText(y)
	}
	if d.model.Call.ID != "" {
		y = d.caller(y)
		y = d.data(y)
		if !d.model.Done && d.model.Kind != model.Warn { // not needed after the call
			y = d.lineComment(y, h)
		}
		y = d.previous(y)
		y = drawEntered(d, y, h)
		y = d.tickets(y)
		y = d.note(y)
		y = d.controlled(y)
	}
	return d.footer(y, h) + pad
}
