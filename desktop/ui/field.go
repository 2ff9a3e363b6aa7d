package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"traybell/assets/translations"
	"traybell/desktop/settings"
)

// field is an entry with a line below it that says what is wrong, or what to know.
type field struct {
	texts  *translations.Texts
	entry  *widget.Entry
	below  *widget.Label
	hint   string
	check  func(text string) *settings.Problem // nil where nothing can be wrong
	locked bool
	box    *fyne.Container
}

func newField(texts *translations.Texts, text, placeholder, hint string, check func(string) *settings.Problem) *field {
	f := &field{texts: texts, entry: widget.NewEntry(), below: widget.NewLabel(""), hint: hint, check: check}
	f.entry.SetPlaceHolder(placeholder)
	f.below.SizeName = theme.SizeNameCaptionText
	f.below.Wrapping = fyne.TextWrapWord
	f.box = container.NewVBox(f.entry, f.below)
	f.entry.SetText(text)
	f.entry.OnChanged = func(string) { f.valid() }
	f.say(hint, widget.LowImportance)
	return f
}

// lock makes the field show what the administrator has set.
func (f *field) lock(text string) {
	f.locked = true
	f.entry.SetText(text)
	f.entry.Disable()
	f.say(f.texts.Say("settings.locked"), widget.LowImportance)
}

// valid checks the text as it stands and says below what is wrong with it.
func (f *field) valid() bool {
	if f.locked || f.check == nil {
		return true
	}
	if wrong := f.check(f.entry.Text); wrong != nil {
		f.say(f.texts.SayWith(wrong.Key, wrong.Places), widget.DangerImportance)
		return false
	}
	f.say(f.hint, widget.LowImportance)
	return true
}

func (f *field) say(text string, how widget.Importance) {
	f.below.Importance = how
	f.below.SetText(text)
	if text == "" {
		f.below.Hide()
	} else {
		f.below.Show()
	}
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
