package ui

import (
	"testing"

	"traybell/desktop/model"
	"traybell/desktop/ui/uitest"

	"fyne.io/fyne/v2/test"
)

// OK on the card takes the text into the ticket while the window is open.
func TestNoteFormAfterOK(t *testing.T) {
	test.NewTempApp(t)
	var kept []string
	note := NoteContent{Who: "Ivan", Note: model.Note{Text: "Printer", Max: 60}}
	f := NewNoteForm(uitest.English(t), note, NoteActions{
		Keep: func(text string) { kept = append(kept, text) }, Add: func() {}, Close: func() {},
	})
	test.NewTempWindow(t, f.Content())
	if f.save.Text != "Save" || f.field.below.Text() != "Goes into the ticket with OK" {
		t.Errorf("before: %q, %q", f.save.Text, f.field.below.Text())
	}
	test.Type(f.field.entry, "The ")
	note.Note.Text = "The Printer"
	f.Show(note)
	if f.field.entry.CursorColumn != len("The ") {
		t.Errorf("the cursor moved to %d", f.field.entry.CursorColumn)
	}
	note.Note, note.Ticket = model.Note{State: model.NoteSaved, Max: 60}, model.Made
	f.Show(note)
	if f.field.entry.Text != "" || f.save.Text != "Add note" || f.field.below.Text() != "The note is in the ticket" {
		t.Errorf("after: %q, %q, %q", f.field.entry.Text, f.save.Text, f.field.below.Text())
	}
	if n := len(kept); n == 0 || kept[n-1] != "The Printer" {
		t.Errorf("kept %q", kept)
	}
}
