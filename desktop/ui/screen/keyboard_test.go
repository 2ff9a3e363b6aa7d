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

// press sends keys to the window with the keyboard.
func (d *desktop) press(kinds ...platform.InputKind) {
	for _, w := range d.up() {
		if w.keys {
			for _, k := range kinds {
				w.events <- platform.Input{Kind: k}
			}
			return
		}
	}
}

// typing returns which of the visible windows have the keyboard, from the top down.
func (d *desktop) typing() (has []bool) {
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

// The hotkey focuses the newest card, then the one before. Enter is OK, and Escape releases the
// keyboard.
func TestHotkeyFocusesNewestCard(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, rec *recorder) {
		p.Keyboard()
		wait(time.Second) // nothing happens without a card
		p.SetCards([]model.Card{ringing(1)})
		wait(time.Second)
		p.SetCards([]model.Card{ringing(1), ringing(2)})
		wait(time.Second)
		rec.take()
		p.Keyboard()
		wait(time.Second)
		d.press(platform.KeyPress)
		wait(time.Second)
		rec.expect(t, "ok main:2 ivan")
		p.Keyboard()
		wait(time.Second)
		d.press(platform.KeyPress)
		wait(time.Second)
		rec.expect(t, "ok main:1 ivan")
		if has := d.typing(); one(has) != 1 {
			t.Errorf("keyboard: %v", has)
		}
		d.press(platform.KeyEscape)
		wait(time.Second)
		d.press(platform.KeyPress)
		wait(time.Second)
		rec.expect(t)
		if has := d.typing(); one(has) != 0 {
			t.Errorf("keyboard after Escape: %v", has)
		}
	})
}

// An unused keyboard is released, and so is that of a closed card. A card with the keyboard stays.
func TestKeyboardIsReleased(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, rec *recorder) {
		p.SetCards([]model.Card{warning(1)})
		wait(7 * time.Second)
		p.Keyboard()
		wait(10 * time.Second)
		if has := d.typing(); one(has) != 1 {
			t.Fatalf("keyboard after ten seconds: %v", has)
		}
		d.press(platform.KeyNext)
		wait(10 * time.Second)
		if has := d.typing(); one(has) != 1 {
			t.Fatalf("keyboard ten seconds after a key: %v", has)
		}
		wait(6 * time.Second)
		if has := d.typing(); one(has) != 0 {
			t.Fatalf("keyboard sixteen seconds after a key: %v", has)
		}
		rec.take()
		p.SetCards([]model.Card{ringing(1)})
		wait(time.Second)
		p.Keyboard()
		wait(time.Second)
		p.SetCards(nil)
		wait(5 * time.Second)
		for _, w := range d.windows {
			if w.keys {
				t.Error("a closed card has the keyboard")
			}
		}
	})
}

// The tip of the category appears after the pointer has rested on it.
func TestTipAfterPause(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, _ *recorder) {
		c := ringing(1)
		c.Call.Caller.Category = protocol.Category{Color: protocol.Red, Comment: "shouts"}
		p.SetCards([]model.Card{c})
		wait(time.Second)
		picture := func() []byte { return bytes.Clone(d.up()[0].img.Pix) }
		on := image.Pt(360, 71)
		d.up()[0].events <- platform.Input{Kind: platform.PointerMoved, X: on.X, Y: on.Y}
		wait(100 * time.Millisecond)
		over := picture()
		wait(500 * time.Millisecond)
		tip := picture()
		if bytes.Equal(over, tip) {
			t.Fatal("no tip although the pointer rests")
		}
		wait(time.Hour)
		if !bytes.Equal(tip, picture()) {
			t.Error("the tip disappeared")
		}
		d.up()[0].events <- platform.Input{Kind: platform.PointerMoved, X: on.X, Y: on.Y - 40}
		wait(50 * time.Millisecond)
		d.up()[0].events <- platform.Input{Kind: platform.PointerMoved, X: on.X, Y: on.Y}
		wait(300 * time.Millisecond)
		if !bytes.Equal(over, picture()) {
			t.Error("the tip appeared too early")
		}
	})
}

// A waiting card is repainted as its spinner turns, and not afterwards.
func TestSpinner(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, _ *recorder) {
		c := ringing(1)
		c.Press.State = model.Pressed
		p.SetCards([]model.Card{c})
		wait(time.Second)
		before := d.up()[0].paints
		wait(1200 * time.Millisecond)
		if n := d.up()[0].paints - before; n < 8 || n > 11 {
			t.Errorf("painted %d times in 1.2 s", n)
		}
		c.Press.State = model.Queued
		p.SetCards([]model.Card{c})
		wait(time.Second)
		before = d.up()[0].paints
		wait(time.Minute)
		if n := d.up()[0].paints - before; n != 0 {
			t.Errorf("painted %d times without waiting", n)
		}
	})
}

// Cards scale with the agent's text size, up to the screen's width.
func TestCardsScaleWithTextSize(t *testing.T) {
	run(t, func(t *testing.T, d *desktop, p *screen.Presenter, _ *recorder) {
		p.SetCards([]model.Card{ringing(1)})
		wait(time.Second)
		small := d.up()[0].img.Bounds().Dx()
		l := look(t, "en")
		l.Size = 2
		p.SetLook(l)
		wait(time.Second)
		if large := d.up()[0].img.Bounds().Dx(); large != 2*small {
			t.Errorf("%d wide at 100 %%, %d at 200 %%", small, large)
		}
		d.plug(platform.Monitor{
			Name: "narrow", Bounds: image.Rect(0, 0, 600, 900), Work: image.Rect(0, 0, 600, 900), Scale: 1,
			Primary: true, Pointer: true,
		})
		wait(3 * time.Second)
		if w := d.up()[0].img.Bounds().Dx(); w > 600 || w <= small {
			t.Errorf("%d wide on a screen of 600", w)
		}
	})
}
