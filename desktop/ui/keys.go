package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Hook has a window's keys told to press before its widgets see them, and to after when they have;
// pointer is called when the pointer is used. It is called once a window, after it was shown.
type Hook func(window fyne.Window, press func(fyne.KeyName, fyne.KeyModifier) bool, after, pointer func())

// desk is one window's keyboard: Tab goes on, Enter is the default button, Escape closes, and what
// has the focus has a ring round it.
type desk struct {
	window fyne.Window
	inside fyne.CanvasObject
	ring   *canvas.Rectangle
	layer  *fyne.Container
	last   fyne.CanvasObject // what had the keyboard last; nil: nothing yet
	close  func()
}

// put fills the window with new contents below the layer of the ring.
func (d *desk) put(content fyne.CanvasObject) {
	d.inside = content
	if d.ring == nil {
		d.ring = canvas.NewRectangle(color.Transparent)
		d.ring.CornerRadius = theme.InputRadiusSize() + 3
		d.layer = container.NewWithoutLayout(d.ring)
	}
	d.ring.Hide()
	d.last = nil
	d.window.SetContent(container.NewStack(container.NewPadded(content), d.layer))
}

// begin gives the keyboard to the first field; where there is nothing to fill in, to the button
// that Enter would press.
func (d *desk) begin() {
	var field fyne.Focusable
	visit(d.inside, func(o fyne.CanvasObject) bool {
		if f, ok := o.(fyne.Focusable); ok && field == nil && isField(o) {
			field = f
		}
		return field == nil
	})
	if field == nil {
		if b := d.usual(); b != nil {
			field = b
		}
	}
	if field != nil {
		d.window.Canvas().Focus(field)
	}
}

// isField tells what is filled in or chosen from what is pressed or only read.
func isField(o fyne.CanvasObject) bool {
	if _, isButton := o.(*widget.Button); isButton {
		return false
	}
	if d, ok := o.(fyne.Disableable); ok {
		return !d.Disabled()
	}
	_, list := o.(*widget.List)
	return list
}

// usual is the button that Enter presses from anywhere: the one that is drawn as the most
// important.
func (d *desk) usual() *widget.Button {
	var found *widget.Button
	visit(d.inside, func(o fyne.CanvasObject) bool {
		if b, ok := o.(*widget.Button); ok && b.Importance == widget.HighImportance && !b.Disabled() {
			found = b
		}
		return found == nil
	})
	return found
}

// press takes the keys that are the window's.
func (d *desk) press(key fyne.KeyName, with fyne.KeyModifier) (taken bool) {
	if d.window.Canvas().Overlays().Top() != nil {
		return false // a list is open: the keys are its
	}
	switch {
	case key == fyne.KeyEscape && with == 0:
		d.close()
		return true
	case (key == fyne.KeyReturn || key == fyne.KeyEnter) && (with == 0 || with == fyne.KeyModifierControl):
		return d.enter(with != 0)
	case key == fyne.KeyPageDown && with == fyne.KeyModifierControl,
		key == fyne.KeyTab && with == fyne.KeyModifierControl:
		return d.turn(1)
	case key == fyne.KeyPageUp && with == fyne.KeyModifierControl,
		key == fyne.KeyTab && with == fyne.KeyModifierControl|fyne.KeyModifierShift:
		return d.turn(-1)
	}
	return false
}

// enterer is a widget to which Enter means something of its own.
type enterer interface{ TakesEnter() bool }

// enter presses the button that has the focus, else the usual one. In a text of several lines it is
// a new line, unless Ctrl is held.
func (d *desk) enter(anywhere bool) bool {
	if !anywhere {
		switch on := d.window.Canvas().Focused().(type) {
		case *widget.Button:
			test.Tap(on)
			return true
		case *widget.Hyperlink:
			test.Tap(on)
			return true
		case *words, *widget.List, *widget.Table, *widget.Tree:
			return false
		case *widget.Entry:
			if on.MultiLine || on.OnSubmitted != nil { // a new line, a search
				return false
			}
		case enterer:
			if on.TakesEnter() {
				return false
			}
		}
	}
	if b := d.usual(); b != nil {
		test.Tap(b)
		return true
	}
	return false
}

// turn goes to the next tab, where there are some; Fyne's tabs have no place in the order of Tab.
func (d *desk) turn(by int) bool {
	var tabs *container.AppTabs
	visit(d.inside, func(o fyne.CanvasObject) bool {
		if t, ok := o.(*container.AppTabs); ok {
			tabs = t
		}
		return tabs == nil
	})
	if tabs == nil || len(tabs.Items) == 0 {
		return false
	}
	n := len(tabs.Items)
	tabs.SelectIndex((tabs.SelectedIndex() + by + n) % n)
	d.window.Canvas().Focus(nil)
	d.window.Canvas().FocusNext()
	d.unmark() // until the tab's parts are where they belong
	return true
}

// mark draws the ring round what has the focus, and brings that into view.
func (d *desk) mark() {
	on, ok := d.window.Canvas().Focused().(fyne.CanvasObject)
	if ok {
		d.last = on
	}
	if d.window.Canvas().Overlays().Top() == nil && d.last != nil && (!ok || !d.shows(d.last)) {
		d.recover()
		on, ok = d.window.Canvas().Focused().(fyne.CanvasObject)
	}
	if !ok || d.window.Canvas().Overlays().Top() != nil {
		d.unmark()
		return
	}
	d.reveal(on)
	driver := fyne.CurrentApp().Driver()
	at := driver.AbsolutePositionForObject(on).Subtract(driver.AbsolutePositionForObject(d.layer))
	if at.X <= 0 || at.Y <= 0 || on.Size().Height <= 0 {
		d.unmark() // it is not where it belongs yet
		return
	}
	d.ring.StrokeColor, d.ring.StrokeWidth = theme.Color(theme.ColorNameForeground), 2
	d.ring.Move(at.SubtractXY(2, 2))
	d.ring.Resize(on.Size().AddWidthHeight(4, 4))
	d.ring.Show()
	d.ring.Refresh()
}

// recover gives the keyboard back to what had it: a button that is pressed loses it. Where that has
// gone, or cannot be used any more, the window begins anew.
func (d *desk) recover() {
	if f, can := d.last.(fyne.Focusable); can && d.shows(d.last) {
		d.window.Canvas().Focus(f)
		return
	}
	d.last = nil
	d.begin()
}

// pointed notes that the pointer is used: the keyboard is where it puts it.
func (d *desk) pointed() {
	d.last = nil
	d.unmark()
}

// shows tells whether an object is among what is shown and can be used.
func (d *desk) shows(on fyne.CanvasObject) bool {
	if off, can := on.(fyne.Disableable); can && off.Disabled() {
		return false
	}
	return !visit(d.inside, func(o fyne.CanvasObject) bool { return o != on })
}

// unmark takes the ring away: whoever uses the pointer sees where that is.
func (d *desk) unmark() {
	if d.ring.Visible() {
		d.ring.Hide()
	}
}

// reveal scrolls what contains an object so far that it can be seen.
func (d *desk) reveal(on fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	for _, s := range around(d.inside, on) {
		top := driver.AbsolutePositionForObject(on).Y - driver.AbsolutePositionForObject(s).Y
		const gap = 8
		switch bottom := top + on.Size().Height; {
		case top < gap:
			s.ScrollToOffset(fyne.NewPos(s.Offset.X, max(0, s.Offset.Y+top-gap)))
		case bottom > s.Size().Height-gap:
			s.ScrollToOffset(fyne.NewPos(s.Offset.X, s.Offset.Y+min(bottom-s.Size().Height+gap, top-gap)))
		}
	}
}

// around are the scrolled parts that an object lies in, the innermost first.
func around(in, on fyne.CanvasObject) []*container.Scroll {
	if in == on {
		return []*container.Scroll{}
	}
	for _, part := range parts(in) {
		if found := around(part, on); found != nil {
			if s, ok := in.(*container.Scroll); ok {
				found = append(found, s)
			}
			return found
		}
	}
	return nil
}

// visit goes through everything that is shown, in its order, until see says no.
func visit(o fyne.CanvasObject, see func(fyne.CanvasObject) bool) bool {
	if o == nil || !o.Visible() {
		return true
	}
	if !see(o) {
		return false
	}
	for _, part := range parts(o) {
		if !visit(part, see) {
			return false
		}
	}
	return true
}

// parts is what an object is made of.
func parts(o fyne.CanvasObject) []fyne.CanvasObject {
	switch o := o.(type) {
	case *fyne.Container:
		return o.Objects
	case fyne.Widget:
		return test.WidgetRenderer(o).Objects()
	}
	return nil
}

// replace changes the contents; the keyboard stays where it was, by its place in the order.
func (d *desk) replace(content fyne.CanvasObject) {
	was, marked := -1, d.ring.Visible()
	if on := d.window.Canvas().Focused(); on != nil {
		for i, f := range focusables(d.inside) {
			if f == on {
				was = i
			}
		}
	}
	d.put(content)
	if all := focusables(content); was >= 0 && was < len(all) {
		d.window.Canvas().Focus(all[was])
		if marked {
			d.mark()
		}
	}
}

func focusables(in fyne.CanvasObject) []fyne.Focusable {
	var all []fyne.Focusable
	visit(in, func(o fyne.CanvasObject) bool {
		if f, ok := o.(fyne.Focusable); ok {
			all = append(all, f)
		}
		return true
	})
	return all
}
