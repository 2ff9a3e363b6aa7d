package screen_test

import (
	"bytes"
	"image"
	"testing"
	"time"

	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/ui/screen"
	"traybell/shared/protocol"
)

// press sends keys to the window that has the keyboard.
func (d *desk) press(kinds ...platform.InputKind) {
	for _, w := range d.up() {
		if w.keys {
			for _, k := range kinds {
				w.events <- platform.Input{Kind: k}
			}
			return
		}
	}
}

// typing tells which of the windows that are up have the keyboard, from the top down.
func (d *desk) typing() (has []bool) {
	for _, w := range d.up() {
		has = append(has, w.keys)
	}
	return has
}

func one(has []bool) int {
	n := 0
	for _, h := range has {
		if h {
			n++
		}
	}
	return n
}

// The hotkey is for the newest card; pressed again, for the one before. Enter is OK, and Escape
// gives the keyboard back.
func TestHotkeyChoosesTheNewest(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, said *told) {
		p.Keyboard()
		pass(time.Second) // there is no card: nothing happens
		p.SetCards([]model.Card{ringing(1)})
		pass(time.Second)
		p.SetCards([]model.Card{ringing(1), ringing(2)})
		pass(time.Second)
		said.take()
		p.Keyboard()
		pass(time.Second)
		d.press(platform.KeyPress)
		pass(time.Second)
		said.says(t, "ok main:2 ivan")
		p.Keyboard()
		pass(time.Second)
		d.press(platform.KeyPress)
		pass(time.Second)
		said.says(t, "ok main:1 ivan")
		if has := d.typing(); one(has) != 1 {
			t.Errorf("the keyboard is with %v", has)
		}
		d.press(platform.KeyAway)
		pass(time.Second)
		d.press(platform.KeyPress)
		pass(time.Second)
		said.says(t)
		if has := d.typing(); one(has) != 0 {
			t.Errorf("after Escape the keyboard is with %v", has)
		}
	})
}

// A keyboard that is forgotten goes back by itself, and so does that of a card which goes; a card
// that has it does not go before.
func TestKeyboardGoesBack(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, said *told) {
		p.SetCards([]model.Card{warning(1)})
		pass(7 * time.Second)
		p.Keyboard()
		pass(10 * time.Second)
		if has := d.typing(); one(has) != 1 {
			t.Fatalf("after ten seconds the keyboard is with %v", has)
		}
		d.press(platform.KeyNext)
		pass(10 * time.Second)
		if has := d.typing(); one(has) != 1 {
			t.Fatalf("ten seconds after a key the keyboard is with %v", has)
		}
		pass(6 * time.Second)
		if has := d.typing(); one(has) != 0 {
			t.Fatalf("sixteen seconds after a key the keyboard is with %v", has)
		}
		said.take()
		p.SetCards([]model.Card{ringing(1)})
		pass(time.Second)
		p.Keyboard()
		pass(time.Second)
		p.SetCards(nil)
		pass(5 * time.Second)
		for _, w := range d.windows {
			if w.keys {
				t.Error("a card that has gone has the keyboard")
			}
		}
	})
}

// The pointer that rests on the category reads its comment, and not before it has rested.
func TestTipComesWhenThePointerRests(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, _ *told) {
		c := ringing(1)
		c.Call.Caller.Category = protocol.Category{Color: protocol.Red, Comment: "shouts"}
		p.SetCards([]model.Card{c})
		pass(time.Second)
		picture := func() []byte { return bytes.Clone(d.up()[0].img.Pix) }
		on := image.Pt(360, 71)
		d.up()[0].events <- platform.Input{Kind: platform.PointerMoved, X: on.X, Y: on.Y}
		pass(100 * time.Millisecond)
		over := picture()
		pass(500 * time.Millisecond)
		tip := picture()
		if bytes.Equal(over, tip) {
			t.Fatal("the pointer rests, and there is no tip")
		}
		pass(time.Hour)
		if !bytes.Equal(tip, picture()) {
			t.Error("the tip went by itself")
		}
		d.up()[0].events <- platform.Input{Kind: platform.PointerMoved, X: on.X, Y: on.Y - 40}
		pass(50 * time.Millisecond)
		d.up()[0].events <- platform.Input{Kind: platform.PointerMoved, X: on.X, Y: on.Y}
		pass(300 * time.Millisecond)
		if !bytes.Equal(over, picture()) {
			t.Error("the tip came before the pointer had rested again")
		}
	})
}

// A card that waits is painted as often as its sign turns, and no more once it does not.
func TestWaitingIsSeen(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, _ *told) {
		c := ringing(1)
		c.Press.State = model.Pressed
		p.SetCards([]model.Card{c})
		pass(time.Second)
		before := d.up()[0].paints
		pass(1200 * time.Millisecond)
		if n := d.up()[0].paints - before; n < 8 || n > 11 {
			t.Errorf("painted %d times in 1.2 s", n)
		}
		c.Press.State = model.Queued
		p.SetCards([]model.Card{c})
		pass(time.Second)
		before = d.up()[0].paints
		pass(time.Minute)
		if n := d.up()[0].paints - before; n != 0 {
			t.Errorf("painted %d times though nothing is waited for", n)
		}
	})
}

// Cards are as large as the agent's text, and never wider than the screen.
func TestCardsGrowWithTheText(t *testing.T) {
	play(t, func(t *testing.T, d *desk, p *screen.Presenter, _ *told) {
		p.SetCards([]model.Card{ringing(1)})
		pass(time.Second)
		small := d.up()[0].img.Bounds().Dx()
		l := look(t, "en")
		l.Size = 2
		p.SetLook(l)
		pass(time.Second)
		if large := d.up()[0].img.Bounds().Dx(); large != 2*small {
			t.Errorf("%d wide at 100 %%, %d at 200 %%", small, large)
		}
		d.plug(platform.Monitor{
			Name: "narrow", Bounds: image.Rect(0, 0, 600, 900), Work: image.Rect(0, 0, 600, 900), Scale: 1,
			Primary: true, Pointer: true,
		})
		pass(3 * time.Second)
		if w := d.up()[0].img.Bounds().Dx(); w > 600 || w <= small {
			t.Errorf("%d wide on a screen of 600", w)
		}
	})
}
