package ui

import (
	"traybell/assets/translations"
	"traybell/desktop/settings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// field is an entry with a line below for hints and errors.
type field struct {
	texts  *translations.Texts
	entry  *widget.Entry
	below  *note
	hint   string
	check  func(text string) *settings.Problem // may be nil
	locked bool
	box    *fyne.Container
}

func newField(texts *translations.Texts, text, placeholder, hint string, check func(string) *settings.Problem) *field {
	f := &field{texts: texts, entry: widget.NewEntry(), below: newNote(), hint: hint, check: check}
	f.entry.SetPlaceHolder(placeholder)
	f.box = tight(f.entry, f.below)
	f.entry.SetText(text)
	f.entry.OnChanged = func(string) { f.valid() }
	f.below.set(hint, theme.ColorNamePlaceHolder)
	return f
}

// lock shows the administrator's value, read-only.
func (f *field) lock(text string) {
	f.locked = true
	f.entry.SetText(text)
	f.entry.Disable()
	f.below.set(f.texts.Say("settings.locked"), theme.ColorNamePlaceHolder)
}

// content is the field, with a lock icon if it is locked.
func (f *field) content(form *SettingsForm) fyne.CanvasObject {
	if !f.locked {
		return f.box
	}
	return tight(container.NewBorder(nil, nil, nil, form.newLock(), f.entry), f.below)
}

// valid checks the text and shows the problem.
func (f *field) valid() bool {
	if f.locked || f.check == nil {
		return true
	}
	if wrong := f.check(f.entry.Text); wrong != nil {
		f.below.set(f.texts.SayWith(wrong.Key, wrong.Places), theme.ColorNameError)
		return false
	}
	f.below.set(f.hint, theme.ColorNamePlaceHolder)
	return true
}

// note is a small text. It takes no space if empty.
type note struct {
	*widget.RichText
	text *widget.TextSegment
}

func newNote() *note {
	text := &widget.TextSegment{Style: widget.RichTextStyle{SizeName: theme.SizeNameCaptionText}}
	n := &note{RichText: widget.NewRichText(text), text: text}
	n.Wrapping = fyne.TextWrapWord
	n.Hide()
	return n
}

func (n *note) set(text string, color fyne.ThemeColorName) {
	n.text.Text, n.text.Style.ColorName = text, color
	n.Refresh()
	if text == "" {
		n.Hide()
	} else {
		n.Show()
	}
}

// caption is a constant note.
func caption(text string) *note {
	n := newNote()
	n.set(text, theme.ColorNamePlaceHolder)
	return n
}

// tight stacks objects without the gap of their margins.
func tight(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(-theme.Padding()*1.5), objects...)
}

// choice is a select with a value for each name.
type choice struct {
	*widget.Select
	values []string
}

// newChoice selects current, or the first value.
func newChoice(names, values []string, current string) *choice {
	c := &choice{Select: widget.NewSelect(names, nil), values: values}
	c.SetSelectedIndex(0)
	for i, v := range values {
		if v == current {
			c.SetSelectedIndex(i)
		}
	}
	return c
}

func (c *choice) value() string { return c.values[max(c.SelectedIndex(), 0)] }

// heading is the title of a group.
func heading(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.TextStyle.Bold = true
	return l
}
