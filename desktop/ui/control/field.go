package control

import (
	"traybell/assets/translations"
	"traybell/desktop/settings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Field is an entry with a line below for hints and errors.
type Field struct {
	Entry  *widget.Entry
	Below  *Note
	Box    *fyne.Container // both
	Locked bool            // by the administrator

	texts *translations.Texts
	hint  string
	check func(text string) *settings.Problem
}

// NewField creates a field. check may be nil.
func NewField(texts *translations.Texts, text, placeholder, hint string, check func(string) *settings.Problem) *Field {
	f := &Field{texts: texts, Entry: widget.NewEntry(), Below: NewNote(), hint: hint, check: check}
	f.Entry.SetPlaceHolder(placeholder)
	f.Box = Tight(f.Entry, f.Below)
	f.Entry.SetText(text)
	f.Entry.OnChanged = func(string) { f.Valid() }
	f.Below.Set(hint, theme.ColorNamePlaceHolder)
	return f
}

// Lock shows the administrator's value, read-only.
func (f *Field) Lock(text string) {
	f.Locked = true
	f.Entry.SetText(text)
	f.Entry.Disable()
	f.Below.Set(f.texts.Say("settings.locked"), theme.ColorNamePlaceHolder)
}

// Content is the field, with a lock icon if it is locked.
func (f *Field) Content() fyne.CanvasObject {
	if !f.Locked {
		return f.Box
	}
	return Tight(container.NewBorder(nil, nil, nil, NewLock(f.texts), f.Entry), f.Below)
}

// Valid checks the text and shows the problem.
func (f *Field) Valid() bool {
	if f.Locked || f.check == nil {
		return true
	}
	if wrong := f.check(f.Entry.Text); wrong != nil {
		f.Below.Set(f.texts.SayWith(wrong.Key, wrong.Places), theme.ColorNameError)
		return false
	}
	f.Below.Set(f.hint, theme.ColorNamePlaceHolder)
	return true
}
