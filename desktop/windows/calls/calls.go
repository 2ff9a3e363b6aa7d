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
	// Follow sends missed.claim, missed.release or missed.done
	Follow(action, call string)
	WriteNote(call, text string) // keeps a text for the call's ticket until it is sent
	AddNote(call string)         // adds the kept text to the call's ticket
	CallBack(call string)        // calls the other side of a call
	Why(call string)             // asks the hub why there was no popup
	Browse(page string)
	Copy(text string)
	Exit()
	Do(f func()) // runs a function on Fyne's goroutine
}

// Others are the windows that it opens.
type Others struct {
	Caller          func(call string)
	ShowNumber      func(call string) // shows the hidden number
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
	w.view = w.newView()
	w.shown = ui.CallList{}
	if w.windows.Open(kind, w.texts.Say("calls.title"), w.view.Content(), fyne.NewSize(700, 560), nil) {
		w.view.Focus(w.windows.Window(kind))
		w.program.Search("", false)
	}
}

func (w *Window) newView() *ui.Calls {
	p := w.program
	return ui.NewCalls(w.texts.Now(), ui.CallsActions{
		Ask: p.Search, Older: p.Older, Ticket: p.Ticket, Follow: p.Follow, Note: p.WriteNote,
		AddNote: p.AddNote, CallBack: p.CallBack, Open: p.Browse,
		Caller: w.others.Caller, Copy: p.Copy, Why: p.Why, Show: w.others.ShowNumber,
		Settings: w.others.Settings, About: w.others.About, Exit: p.Exit,
		Close: func() { w.windows.Hide(kind) },
	}, func(d time.Duration, f func()) { time.AfterFunc(d, func() { p.Do(f) }) })
}

// Translate builds the open window in the current language.
func (w *Window) Translate() {
	if !w.Shown() {
		return
	}
	was := w.view
	w.view = w.newView()
	w.view.Resume(was)
	w.shown = ui.CallList{}
	w.windows.Replace(kind, w.texts.Say("calls.title"), w.view.Content())
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
