package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Hook calls press before a window's widgets get a key and after when they have handled it; pointer
// is called when the pointer is used. It is called once per window, after the window was shown.
type Hook func(window fyne.Window, press func(fyne.KeyName, fyne.KeyModifier) bool, after, pointer func())

// keyboard handles the keys of a window: Tab moves the focus, Enter presses the default button,
// Escape closes, and the focused object has a ring.
type keyboard struct {
	window fyne.Window
	inside fyne.CanvasObject
	ring   *canvas.Rectangle
	layer  *fyne.Container
	last   fyne.CanvasObject // last focused object, or nil
	close  func()
}

// setContent replaces the contents below the layer of the ring.
func (d *keyboard) setContent(content fyne.CanvasObject) {
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

// focusFirst focuses the first field, or else the default button.
func (d *keyboard) focusFirst() {
	var field fyne.Focusable
	visit(d.inside, func(o fyne.CanvasObject) bool {
		if f, ok := o.(fyne.Focusable); ok && field == nil && isField(o) {
			field = f
		}
		return field == nil
	})
	if field == nil {
		if b := d.defaultButton(); b != nil {
			field = b
		}
	}
	if field != nil {
		d.window.Canvas().Focus(field)
	}
}

// isField reports whether an object is an input, not a button or text.
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

// defaultButton is the button that Enter presses from anywhere: the one with high importance.
func (d *keyboard) defaultButton() *widget.Button {
	var found *widget.Button
	visit(d.inside, func(o fyne.CanvasObject) bool {
		if b, ok := o.(*widget.Button); ok && b.Importance == widget.HighImportance && !b.Disabled() {
			found = b
		}
		return found == nil
	})
	return found
}

// press handles the window's keys.
func (d *keyboard) press(key fyne.KeyName, with fyne.KeyModifier) (taken bool) {
	if d.window.Canvas().Overlays().Top() != nil {
		return false // an open list has the keys
	}
	switch {
	case key == fyne.KeyEscape && with == 0:
		d.close()
		return true
	case (key == fyne.KeyReturn || key == fyne.KeyEnter) && (with == 0 || with == fyne.KeyModifierControl):
		return d.enter(with != 0)
	case key == fyne.KeyPageDown && with == fyne.KeyModifierControl,
		key == fyne.KeyTab && with == fyne.KeyModifierControl:
		return d.switchTab(1)
	case key == fyne.KeyPageUp && with == fyne.KeyModifierControl,
		key == fyne.KeyTab && with == fyne.KeyModifierControl|fyne.KeyModifierShift:
		return d.switchTab(-1)
	}
	return false
}

// enterer is a widget that may handle Enter itself.
type enterer interface{ TakesEnter() bool }

// enter presses the focused button, or else the default one. In a multi-line entry it needs Ctrl.
func (d *keyboard) enter(anywhere bool) bool {
	if !anywhere {
		switch on := d.window.Canvas().Focused().(type) {
		case *widget.Button:
			d.tap(on)
			return true
		case *widget.Hyperlink:
			d.tap(on)
			return true
		case *multilineEntry, *widget.List, *widget.Table, *widget.Tree:
			return false
		case *widget.Entry:
			if on.MultiLine || on.OnSubmitted != nil { // a new line or a search
				return false
			}
		case enterer:
			if on.TakesEnter() {
				return false
			}
		}
	}
	if b := d.defaultButton(); b != nil {
		d.tap(b)
		return true
	}
	return false
}

// tap presses a button or link as the pointer does: a focused field loses the focus, and so keeps
// what was typed.
func (d *keyboard) tap(on fyne.Tappable) {
	if any(d.window.Canvas().Focused()) != any(on) {
		d.window.Canvas().Unfocus()
	}
	on.Tapped(&fyne.PointEvent{})
}

// switchTab selects another tab. Fyne's tabs are not part of the tab order.
func (d *keyboard) switchTab(by int) bool {
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
	d.hideRing() // until the layout is done
	return true
}

// drawRing draws the ring around the focused object and scrolls it into view.
func (d *keyboard) drawRing() {
	on, ok := d.window.Canvas().Focused().(fyne.CanvasObject)
	if ok {
		d.last = on
	}
	if d.window.Canvas().Overlays().Top() == nil && d.last != nil && (!ok || !d.usable(d.last)) {
		d.restoreFocus()
		on, ok = d.window.Canvas().Focused().(fyne.CanvasObject)
	}
	if !ok || d.window.Canvas().Overlays().Top() != nil {
		d.hideRing()
		return
	}
	d.reveal(on)
	driver := fyne.CurrentApp().Driver()
	at := driver.AbsolutePositionForObject(on).Subtract(driver.AbsolutePositionForObject(d.layer))
	if at.X <= 0 || at.Y <= 0 || on.Size().Height <= 0 {
		d.hideRing() // layout is not done yet
		return
	}
	d.ring.StrokeColor, d.ring.StrokeWidth = theme.Color(theme.ColorNameForeground), 2
	d.ring.Move(at.SubtractXY(2, 2))
	d.ring.Resize(on.Size().AddWidthHeight(4, 4))
	d.ring.Show()
	d.ring.Refresh()
}

// restoreFocus focuses the last focused object again, as a pressed button loses the focus. If the
// object is hidden or disabled, the focus moves to the first field.
func (d *keyboard) restoreFocus() {
	if f, can := d.last.(fyne.Focusable); can && d.usable(d.last) {
		d.window.Canvas().Focus(f)
		return
	}
	d.last = nil
	d.focusFirst()
}

// pointerUsed hides the ring: the pointer sets the focus now.
func (d *keyboard) pointerUsed() {
	d.last = nil
	d.hideRing()
}

// usable reports whether an object is visible in this window and enabled.
func (d *keyboard) usable(on fyne.CanvasObject) bool {
	if off, can := on.(fyne.Disableable); can && off.Disabled() {
		return false
	}
	driver := fyne.CurrentApp().Driver()
	return driver.CanvasForObject(on) == nil || // not painted yet
		!driver.AbsolutePositionForObject(on).IsZero()
}

func (d *keyboard) hideRing() {
	if d.ring.Visible() {
		d.ring.Hide()
	}
}

// reveal scrolls the object into view.
func (d *keyboard) reveal(on fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	by := func(in fyne.CanvasObject) float32 {
		const gap = 8
		top := driver.AbsolutePositionForObject(on).Y - driver.AbsolutePositionForObject(in).Y
		switch bottom := top + on.Size().Height; {
		case top < gap:
			return top - gap
		case bottom > in.Size().Height-gap:
			return min(bottom-in.Size().Height+gap, top-gap)
		}
		return 0
	}
	holder := d.holder(on)
	if list, ok := holder.(*widget.List); ok && holder != on {
		if move := by(list); move != 0 {
			list.ScrollToOffset(max(0, list.GetScrollOffset()+move))
		}
	}
	for _, s := range scrollsAround(d.inside, holder) {
		if move := by(s); move != 0 {
			s.ScrollToOffset(fyne.NewPos(s.Offset.X, max(0, s.Offset.Y+move)))
		}
	}
}

// holder is the object itself or, for a part inside a widget such as a radio button or a row of a
// list, that widget. Fyne does not tell what a widget is made of: the place decides.
func (d *keyboard) holder(on fyne.CanvasObject) (found fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	middle := driver.AbsolutePositionForObject(on).AddXY(on.Size().Width/2, on.Size().Height/2)
	visit(d.inside, func(o fyne.CanvasObject) bool {
		if o == on {
			found = on
			return false
		}
		if _, ok := o.(fyne.Widget); ok && children(o) == nil {
			from := driver.AbsolutePositionForObject(o)
			to := from.Add(o.Size())
			if middle.X >= from.X && middle.X < to.X && middle.Y >= from.Y && middle.Y < to.Y {
				found = o
			}
		}
		return true
	})
	return found
}

// scrollsAround returns the scroll containers of an object, innermost first.
func scrollsAround(in, on fyne.CanvasObject) []*container.Scroll {
	if in == on {
		return []*container.Scroll{}
	}
	for _, part := range children(in) {
		if found := scrollsAround(part, on); found != nil {
			if s, ok := in.(*container.Scroll); ok {
				found = append(found, s)
			}
			return found
		}
	}
	return nil
}

// visit calls see for all visible objects in order, until it returns false.
func visit(o fyne.CanvasObject, see func(fyne.CanvasObject) bool) bool {
	if o == nil || !o.Visible() {
		return true
	}
	if !see(o) {
		return false
	}
	for _, part := range children(o) {
		if !visit(part, see) {
			return false
		}
	}
	return true
}

// children returns the objects inside a container; nil for widgets.
func children(o fyne.CanvasObject) []fyne.CanvasObject {
	switch o := o.(type) {
	case *fyne.Container:
		return o.Objects
	case *container.Scroll:
		return []fyne.CanvasObject{o.Content}
	case *container.AppTabs:
		if tab := o.Selected(); tab != nil {
			return []fyne.CanvasObject{tab.Content}
		}
	}
	return nil
}

// replace changes the contents. The focus stays at the same position in the tab order.
func (d *keyboard) replace(content fyne.CanvasObject) {
	was, marked := -1, d.ring.Visible()
	if on := d.window.Canvas().Focused(); on != nil {
		for i, f := range focusables(d.inside) {
			if f == on {
				was = i
			}
		}
	}
	d.setContent(content)
	if all := focusables(content); was >= 0 && was < len(all) {
		d.window.Canvas().Focus(all[was])
		if marked {
			d.drawRing()
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
