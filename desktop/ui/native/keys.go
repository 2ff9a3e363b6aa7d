package native

import (
	"image"

	"traybell/desktop/platform/frame"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// keyboard has the keys of a window.
type keyboard struct {
	window  *window
	hooks   KeyHooks
	pressed bool // a key was pressed since the last layout
}

// key passes a key to the window's hooks, then to Fyne's order: Tab, shortcuts, the focused object.
func (b *keyboard) key(k frame.Key) {
	b.window.driver.modifiers = withKey(k)
	e := &fyne.KeyEvent{Name: k.Name, Physical: fyne.HardwareKey{ScanCode: k.Scan}}
	keyable, _ := b.window.canvas.Focused().(desktop.Keyable)
	if !k.Pressed {
		if keyable != nil {
			keyable.KeyUp(e)
		}
		return
	}
	b.pressed, b.window.canvas.dirty = true, true
	if b.hooks.Press != nil && b.hooks.Press(k.Name, k.With) {
		return
	}
	if b.hooks.After != nil {
		defer b.hooks.After()
	}
	if keyable != nil && !k.Repeated {
		keyable.KeyDown(e)
	}
	if k.Name == fyne.KeyTab && k.With&^fyne.KeyModifierShift == 0 && !b.tab(k.With != 0) {
		return
	}
	if s := shortcut(k); s != nil && b.shortcut(s) {
		return
	}
	if on := b.window.canvas.Focused(); on != nil {
		on.TypedKey(e)
	} else if f := b.window.canvas.OnTypedKey(); f != nil {
		f(e)
	}
}

// withKey are the modifiers after a key: those of the event are from before.
func withKey(k frame.Key) fyne.KeyModifier {
	of := map[fyne.KeyName]fyne.KeyModifier{
		desktop.KeyShiftLeft: fyne.KeyModifierShift, desktop.KeyShiftRight: fyne.KeyModifierShift,
		desktop.KeyControlLeft: fyne.KeyModifierControl, desktop.KeyControlRight: fyne.KeyModifierControl,
		desktop.KeyAltLeft: fyne.KeyModifierAlt, desktop.KeyAltRight: fyne.KeyModifierAlt,
		desktop.KeySuperLeft: fyne.KeyModifierSuper, desktop.KeySuperRight: fyne.KeyModifierSuper,
	}[k.Name]
	if k.Pressed {
		return k.With | of
	}
	return k.With &^ of
}

// tab moves the focus, unless the focused object takes the key.
func (b *keyboard) tab(back bool) (taken bool) {
	if t, ok := b.window.canvas.Focused().(fyne.Tabbable); ok && t.AcceptsTab() {
		return true
	}
	if back {
		b.window.canvas.FocusPrevious()
	} else {
		b.window.canvas.FocusNext()
	}
	return false
}

// shortcut returns what a combination of keys means, or nil. Letters count by their Latin key, so
// that Ctrl+C also copies in a Russian layout.
func shortcut(k frame.Key) fyne.Shortcut {
	name := k.Name
	if name == fyne.KeyUnknown {
		name = k.Latin
	}
	board := fyne.CurrentApp().Clipboard
	switch k.With {
	case fyne.KeyModifierControl:
		switch name {
		case fyne.KeyZ:
			return &fyne.ShortcutUndo{}
		case fyne.KeyY:
			return &fyne.ShortcutRedo{}
		case fyne.KeyV:
			return &fyne.ShortcutPaste{Clipboard: board()}
		case fyne.KeyC:
			return &fyne.ShortcutCopy{Clipboard: board()}
		case fyne.KeyInsert:
			return &fyne.ShortcutCopy{Clipboard: board(), Secondary: true}
		case fyne.KeyX:
			return &fyne.ShortcutCut{Clipboard: board()}
		case fyne.KeyA:
			return &fyne.ShortcutSelectAll{}
		}
	case fyne.KeyModifierShift:
		switch name {
		case fyne.KeyInsert:
			return &fyne.ShortcutPaste{Clipboard: board(), Secondary: true}
		case fyne.KeyDelete:
			return &fyne.ShortcutCut{Clipboard: board(), Secondary: true}
		}
		return nil
	case 0:
		return nil
	}
	if withKey(frame.Key{Name: name, Pressed: true}) != 0 { // a modifier alone
		return nil
	}
	return &desktop.CustomShortcut{KeyName: name, Modifier: k.With}
}

// shortcut passes a shortcut to the focused object or to the window. Of a disabled text it only
// copies.
func (b *keyboard) shortcut(s fyne.Shortcut) (taken bool) {
	on, ok := b.window.canvas.Focused().(fyne.Shortcutable)
	if !ok {
		b.window.canvas.WindowlessCanvas.(fyne.Shortcutable).TypedShortcut(s)
		return true
	}
	text, ok := on.(interface {
		fyne.Disableable
		SelectedText() string
	})
	if _, copies := s.(*fyne.ShortcutCopy); ok && text.Disabled() && !copies {
		return false
	}
	on.TypedShortcut(s)
	return true
}

func (b *keyboard) typed(text string) {
	for _, r := range text {
		if on := b.window.canvas.Focused(); on != nil {
			on.TypedRune(r)
		} else if f := b.window.canvas.OnTypedRune(); f != nil {
			f(r)
		}
	}
	b.pressed, b.window.canvas.dirty = true, true
	if on, ok := b.window.canvas.Focused().(fyne.CanvasObject); ok {
		at, size := b.window.driver.AbsolutePositionForObject(on), on.Size()
		b.window.frame.SetCaret(image.Rect(b.window.canvas.pixels(at.X), b.window.canvas.pixels(at.Y),
			b.window.canvas.pixels(at.X+size.Width), b.window.canvas.pixels(at.Y+size.Height)))
	}
}

// pointed is called before the pointer is used.
func (b *keyboard) pointed() {
	b.pressed = false
	if b.hooks.Pointer != nil {
		b.hooks.Pointer()
	}
}

// laidOut is called when the contents are laid out.
func (b *keyboard) laidOut() {
	if b.pressed {
		b.pressed = false
		if b.hooks.After != nil {
			b.hooks.After()
		}
	}
}
