// Package dial is the window in which agents dial: numbers that they type, the last ones, and those of
// colleagues and customers, found while they type.
package dial

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/ui"
	"traybell/desktop/ui/dial"
	"traybell/desktop/ui/wording"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
)

const kind = "dial"

// Program is what the window asks of the program. The functions that are passed are called on Fyne's
// goroutine; failure is a sentence, empty on success.
type Program interface {
	Request(action string, data any, done func(answer protocol.Message, failure string))
	// Dial has the agent's phone ring.
	Dial(in protocol.DialNumber, done func(failure string))
	// Recent returns the last calls, newest first, as the agent sees them.
	Recent(done func(calls []protocol.Call, failure string))
}

// mostRecent limits the last numbers.
const mostRecent = 30

// Window belongs to Fyne's goroutine.
type Window struct {
	texts   *translations.Texts
	windows *ui.Windows
	program Program
	view    *dial.View

	asking bool   // the hub looks for what was typed
	asked  string // what it looks for
	recent []dial.Number
	own    []dial.Number // the first of the agent's own numbers
	failed string        // why there are no recent ones
	turn   int           // of opening: answers to an earlier one are dropped
}

// New opens nothing yet.
func New(texts *translations.Texts, windows *ui.Windows, program Program) *Window {
	return &Window{texts: texts, windows: windows, program: program}
}

// Open opens it with a number, which may be empty.
func (w *Window) Open(number string) {
	if !w.windows.CanOpen() {
		return
	}
	w.build()
	if w.windows.Open(kind, w.texts.Say("dial.title"), w.view.Content(), fyne.NewSize(400, 560), nil) {
		w.view.SetText(number)
		w.refill()
	}
}

// Translate builds the open window in the current language.
func (w *Window) Translate() {
	if !w.windows.Shown(kind) {
		return
	}
	typed := w.view.Text()
	w.build()
	w.windows.Replace(kind, w.texts.Say("dial.title"), w.view.Content())
	w.view.SetText(typed)
	w.refill()
}

func (w *Window) build() {
	w.turn++
	w.asking, w.asked, w.recent, w.own, w.failed = false, "", nil, nil, ""
	w.view = dial.New(w.texts.Now(), dial.Actions{
		Typed: w.find, Call: w.call, Save: w.save, Remove: w.remove, Close: func() { w.windows.Hide(kind) },
	})
}

// refill asks for the last numbers and, with an empty search, for the agent's own and the lines to
// dial with.
func (w *Window) refill() {
	turn := w.turn
	w.program.Recent(func(calls []protocol.Call, failure string) {
		if turn != w.turn {
			return
		}
		w.recent, w.failed = numbersOf(w.texts, calls), failure
		w.show()
	})
	w.program.Request(protocol.NumbersFind, protocol.FindNumbers{}, func(m protocol.Message, failure string) {
		var found protocol.NumbersFound
		if turn == w.turn && failure == "" && m.Decode(&found) == nil {
			w.view.SetLines(found.Lines)
			w.own = shown(w.texts, found.Numbers)
			w.show()
		}
	})
}

// show shows the last numbers and the agent's own while nothing is typed.
func (w *Window) show() {
	if strings.TrimSpace(w.view.Text()) == "" {
		w.view.Show(slices.Concat(w.recent, w.own), w.failed)
	}
}

// find looks for what is typed. While the hub looks, only the newest text waits.
func (w *Window) find(text string) {
	if strings.TrimSpace(text) == "" {
		w.show()
		return
	}
	if w.asking {
		return
	}
	w.asking, w.asked = true, text
	turn := w.turn
	w.program.Request(protocol.NumbersFind, protocol.FindNumbers{Text: text},
		func(m protocol.Message, failure string) {
			if turn != w.turn {
				return
			}
			w.asking = false
			now := w.view.Text()
			if now != w.asked {
				w.find(now)
				return
			}
			var found protocol.NumbersFound
			if failure == "" {
				if err := m.Decode(&found); err != nil {
					failure = err.Error()
				}
			}
			w.view.Show(shown(w.texts, found.Numbers), failure)
		})
}

func shown(texts *translations.Texts, of []protocol.FoundNumber) []dial.Number {
	list := make([]dial.Number, len(of))
	for i, n := range of {
		list[i] = dial.Number{
			Kind: n.Kind, Name: n.Name, About: n.About, Display: wording.Number(texts, n.Display), Number: n.Number,
		}
	}
	return list
}

// numbersOf returns the numbers of calls, each once.
func numbersOf(texts *translations.Texts, calls []protocol.Call) (list []dial.Number) {
	seen := map[string]bool{}
	for _, c := range calls {
		number := cmp.Or(c.E164, c.Number)
		if number == "" || seen[number] || c.Test || len(list) == mostRecent {
			continue
		}
		seen[number] = true
		n := dial.Number{
			Name: c.Name, About: wording.When(texts, c.Started, time.Now()), Number: number,
			Display: wording.Number(texts, c.Display, c.Number),
		}
		if people := c.Caller.Customers; len(people) == 1 {
			n.Name = cmp.Or(people[0].Name, people[0].Login)
		}
		list = append(list, n)
	}
	return list
}

func (w *Window) call(number, line string) {
	turn := w.turn
	w.view.Busy()
	w.program.Dial(protocol.DialNumber{Number: number, Line: line}, func(failure string) {
		switch {
		case turn != w.turn:
		case failure != "":
			w.view.Fail(failure)
		default:
			w.windows.Hide(kind)
		}
	})
}

func (w *Window) save(number, name string) {
	w.change(protocol.NumberSave, protocol.PersonalNumber{Number: number, Name: name})
}

func (w *Window) remove(number string) {
	w.change(protocol.NumberRemove, protocol.RemoveNumber{Number: number})
}

// change changes the agent's own numbers, and shows what is found with the change.
func (w *Window) change(action string, data any) {
	turn := w.turn
	w.program.Request(action, data, func(_ protocol.Message, failure string) {
		switch {
		case turn != w.turn:
		case failure != "":
			w.view.Fail(failure)
		default:
			w.view.Saved()
			w.refill()
			w.find(w.view.Text())
		}
	})
}
