// Package calls is the window of calls: those of the moment and the earlier ones. The rest of the
// program is reached from it too.
package calls

import (
	"reflect"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/ui"

	"fyne.io/fyne/v2"
)

const kind = "calls"

// Program is what the window asks of the program. Only List waits.
type Program interface {
	List() (ui.CallList, bool) // false when the program ends
	Search(search string, missed bool)
	Older()
	Seen() // the agent has seen the missed calls
	Ticket(call, customer string)
	Browse(page string)
	Copy(text string)
	Exit()
	Do(f func()) // runs a function on Fyne's goroutine
}

// Others are the windows that it opens.
type Others struct {
	Caller          func(call string)
	Settings, About func()
}

// Window belongs to Fyne's goroutine.
type Window struct {
	texts   *translations.Texts
	windows *ui.Windows
	program Program
	others  Others
	view    *ui.Calls
	shown   ui.CallList
}

// New opens nothing yet.
func New(texts *translations.Texts, windows *ui.Windows, program Program, others Others) *Window {
	return &Window{texts: texts, windows: windows, program: program, others: others}
}

// Open opens it.
func (w *Window) Open() {
	if !w.windows.CanOpen() {
		return
	}
	p := w.program
	w.view = ui.NewCalls(w.texts, ui.CallsActions{
		Ask: p.Search, Older: p.Older, Ticket: p.Ticket, Open: p.Browse, Caller: w.others.Caller, Copy: p.Copy,
		Settings: w.others.Settings, About: w.others.About, Exit: p.Exit,
		Close: func() { w.windows.Hide(kind) },
	}, func(d time.Duration, f func()) { time.AfterFunc(d, func() { p.Do(f) }) })
	if w.windows.Open(kind, w.texts.Say("calls.title"), w.view.Content(), fyne.NewSize(700, 560), nil) {
		w.view.Focus(w.windows.Window(kind))
		p.Search("", false)
	}
}

// Shown reports whether it is open.
func (w *Window) Shown() bool { return w.windows.Shown(kind) && w.view != nil }

// Refresh updates the open window if anything has changed.
func (w *Window) Refresh() {
	if !w.Shown() {
		return
	}
	list, ok := w.program.List()
	if !ok {
		return
	}
	if !reflect.DeepEqual(list, w.shown) {
		w.shown = list
		w.view.Show(list)
	}
	w.program.Seen()
}
