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

// field is an entry with a line below it that says what is wrong, or what to know.
type field struct {
	texts  *translations.Texts
	entry  *widget.Entry
	below  *note
	hint   string
	check  func(text string) *settings.Problem // nil where nothing can be wrong
	locked bool
	box    *fyne.Container
}

func newField(texts *translations.Texts, text, placeholder, hint string, check func(string) *settings.Problem) *field {
	f := &field{texts: texts, entry: widget.NewEntry(), below: newNote(), hint: hint, check: check}
	f.entry.SetPlaceHolder(placeholder)
	f.box = tight(f.entry, f.below)
	f.entry.SetText(text)
	f.entry.OnChanged = func(string) { f.valid() }
	f.below.say(hint, theme.ColorNamePlaceHolder)
	return f
}

// lock makes the field show what the administrator has set.
func (f *field) lock(text string) {
	f.locked = true
	f.entry.SetText(text)
	f.entry.Disable()
	f.below.say(f.texts.Say("settings.locked"), theme.ColorNamePlaceHolder)
}

// content is the field with a lock where the administrator has set it.
func (f *field) content(form *SettingsForm) fyne.CanvasObject {
	if !f.locked {
		return f.box
	}
	return tight(container.NewBorder(nil, nil, nil, form.newLock(), f.entry), f.below)
}

// valid checks the text as it stands and says below what is wrong with it.
func (f *field) valid() bool {
	if f.locked || f.check == nil {
		return true
	}
	if wrong := f.check(f.entry.Text); wrong != nil {
		f.below.say(f.texts.SayWith(wrong.Key, wrong.Places), theme.ColorNameError)
		return false
	}
	f.below.say(f.hint, theme.ColorNamePlaceHolder)
	return true
}

// note is a small text of one colour; an empty one takes no room.
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

func (n *note) say(text string, color fyne.ThemeColorName) {
	n.text.Text, n.text.Style.ColorName = text, color
	n.Refresh()
	if text == "" {
		n.Hide()
	} else {
		n.Show()
	}
}

// caption is a note that does not change.
func caption(text string) *note {
	n := newNote()
	n.say(text, theme.ColorNamePlaceHolder)
	return n
}

// tight sets notes right below what they belong to: both bring their own margins.
func tight(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(-theme.Padding()*1.5), objects...)
}

// choice is one of several, shown by name and kept by value.
type choice struct {
	*widget.Select
	values []string
}

// newChoice offers values with their names; where current is not among them, the first is chosen.
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

// heading begins a group of settings.
func heading(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.TextStyle.Bold = true
	return l
}
