package ui

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/desktop/ui/card"
	"traybell/desktop/ui/control"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// noteField is the field for a note, with a line below about its length and what becomes of it.
// Every change of the text is kept.
type noteField struct {
	texts *translations.Texts
	entry *widget.Entry
	below *control.Note
	box   *fyne.Container
	max   int
	keep  func(text string)
	text  string // as kept
	hint  string // below, if there is nothing else to say
}

// newNoteField creates a field. keep gets every change, done is called for Enter.
func newNoteField(texts *translations.Texts, keep func(string), done func()) *noteField {
	f := &noteField{texts: texts, entry: widget.NewEntry(), below: control.NewNote(), keep: keep}
	f.entry.SetPlaceHolder(texts.Say("note.placeholder"))
	f.entry.OnChanged = func(text string) {
		if text != f.text {
			f.text = text
			f.keep(text)
		}
		if !f.length() {
			f.below.Set(f.hint, theme.ColorNamePlaceHolder)
		}
	}
	f.entry.OnSubmitted = func(string) { done() }
	f.box = control.Tight(f.entry, f.below)
	return f
}

// show shows a note. The cursor stays if the text is the same.
func (f *noteField) show(n model.Note, ticket model.PressState) {
	f.max, f.text = n.Max, n.Text
	if f.entry.Text != n.Text {
		f.entry.SetText(n.Text)
	}
	if !f.length() {
		status, failed := card.NoteStatus(f.texts, n, ticket)
		color := theme.ColorNamePlaceHolder
		if failed {
			color = theme.ColorNameError
		}
		f.below.Set(cmp.Or(status, f.hint), color)
	}
}

// length says how much is left or too much, near the limit, and reports whether it does.
func (f *noteField) length() bool {
	switch left := f.max - utf8.RuneCountInString(f.entry.Text); {
	case left < 0:
		f.below.Set(f.texts.Count("note.too_long", -left), theme.ColorNameError)
	case left < f.max/10:
		f.below.Set(f.texts.Count("note.left", left), theme.ColorNamePlaceHolder)
	default:
		return false
	}
	return true
}

// ready reports whether there is a text that the hub takes.
func (f *noteField) ready() bool {
	return strings.TrimSpace(f.entry.Text) != "" && utf8.RuneCountInString(f.entry.Text) <= f.max
}

// NoteContent is the contents of the window for a note.
type NoteContent struct {
	Who    string // the caller
	Note   model.Note
	Ticket model.PressState // Made: the note is added at once; otherwise it waits for OK
}

// NoteActions are called on Fyne's goroutine.
type NoteActions struct {
	Keep  func(text string)
	Add   func() // add the kept text to the ticket, if there is one
	Close func()
}

// NoteForm is the window for a note. Enter saves, Escape closes; the text is kept either way.
type NoteForm struct {
	field   *noteField
	save    *widget.Button
	content fyne.CanvasObject
}

// NewNoteForm creates the form.
func NewNoteForm(texts *translations.Texts, in NoteContent, do NoteActions) *NoteForm {
	f := &NoteForm{}
	f.save = widget.NewButtonWithIcon("", theme.ConfirmIcon(), func() {
		if f.field.ready() || f.field.entry.Text == "" {
			do.Add()
			do.Close()
		}
	})
	f.save.Importance = widget.HighImportance
	f.field = newNoteField(texts, do.Keep, f.save.OnTapped)
	about := control.Wrapped(texts.SayWith("note.about", map[string]any{"Who": in.Who}))
	buttons := container.NewHBox(widget.NewButton(texts.Say("button.close"), do.Close), layout.NewSpacer(), f.save)
	f.content = container.NewBorder(nil, buttons, nil, nil, container.NewVBox(about, f.field.box))
	f.Show(in)
	return f
}

// Content is what the window holds.
func (f *NoteForm) Content() fyne.CanvasObject { return f.content }

// Focus is where the agent types.
func (f *NoteForm) Focus() fyne.Focusable { return f.field.entry }

// Show shows what has become of the note: a text that went into the ticket leaves the field.
func (f *NoteForm) Show(in NoteContent) {
	title, hint := "note.keep", ""
	switch in.Ticket {
	case model.Made:
		title = "note.add"
	case model.NotPressed:
		hint = f.field.texts.Say("note.waits")
	}
	f.field.hint = hint
	f.save.SetText(f.field.texts.Say(title))
	f.field.show(in.Note, in.Ticket)
}
