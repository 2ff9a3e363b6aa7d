package caller

import (
	"testing"

	"traybell/desktop/ui"
	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2/test"
)

// program has one caller.
type program struct{ Program }

func (program) Caller(string) (ui.Caller, string, bool) {
	return ui.Caller{Number: "+7 495", MayNote: true, Category: protocol.Category{Comment: "Pays"}}, "+7495", true
}

// A second press on a card's category does not clear what the agent has typed.
func TestOpenedAgain(t *testing.T) {
	windows := ui.NewWindows(test.NewTempApp(t), nil)
	w := New(uitest.English(t), windows, program{})
	w.Open("main:1")
	first := w.form
	if w.Open("main:1"); w.form == first {
		t.Error("an untouched form is not built again")
	}
	first = w.form
	for _, o := range test.LaidOutObjects(windows.Window(kind).Content()) {
		if entry, ok := o.(interface{ SetText(text string) }); ok {
			entry.SetText("Pays late")
		}
	}
	if !first.Touched() {
		t.Fatal("no entry for the comment")
	}
	if w.Open("main:1"); w.form != first {
		t.Error("the comment is lost")
	}
	if w.Open("main:2"); w.form == first {
		t.Error("another call shows the same form")
	}
}
