package calls

import (
	"strings"
	"testing"

	"traybell/desktop/ui"
	"traybell/desktop/ui/uitest"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2/test"
)

// program is a list of calls.
type program struct {
	Program

	list     ui.CallList
	searches int
}

func (p *program) List() (ui.CallList, bool) { return p.list, true }
func (p *program) Search(string, bool)       { p.searches++ }
func (p *program) Seen()                     {}
func (p *program) Do(f func())               { f() }

func TestLanguageChangesWhileOpen(t *testing.T) {
	texts := uitest.English(t)
	windows := ui.NewWindows(test.NewTempApp(t), nil)
	p := &program{list: ui.CallList{Calls: []protocol.Call{{ID: "main:1", Number: "84951234567"}}}}
	w := New(texts, windows, p, Others{})
	content := func() string { return strings.Join(uitest.Labels(windows.Window(kind).Content()), "|") }
	w.Open()
	w.Refresh()
	w.Open() // again, with the same calls
	w.Refresh()
	if got := content(); !strings.Contains(got, "84951234567") || strings.Contains(got, texts.Say("calls.loading")) {
		t.Errorf("opened again: %s", got)
	}
	texts.Use("ru")
	w.Translate()
	w.Refresh()
	if got := content(); !strings.Contains(got, "84951234567") || !strings.Contains(got, texts.Say("button.close")) ||
		strings.Contains(got, texts.Say("calls.loading")) {
		t.Errorf("in Russian: %s", got)
	}
	if title := windows.Window(kind).Title(); title != texts.Say("calls.title") {
		t.Errorf("title %q", title)
	}
	if p.searches != 2 {
		t.Errorf("%d searches", p.searches)
	}
}
