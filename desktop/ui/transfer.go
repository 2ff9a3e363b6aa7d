package ui

import (
	"slices"
	"strings"

	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/desktop/ui/colleagues"
	"traybell/desktop/ui/control"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// TransferActions are called on Fyne's goroutine.
type TransferActions struct {
	Do    func(what protocol.Control, to string) (asked bool) // waits until the program waits for the hub
	Close func()
}

// TransferForm is the window that asks where a call is to go, and how. Enter presses the first button:
// a consultation, where it is possible.
type TransferForm struct {
	texts   *translations.Texts
	field   *control.Field
	people  *colleagues.List
	filling bool // the number of the chosen colleague is being written
	buttons map[protocol.Control]*widget.Button
	content fyne.CanvasObject
	chosen  string // login of the colleague whose number was written
	asked   bool   // the hub was asked and has not answered
}

// ways are what can be done with a number, the safest first.
var ways = []struct {
	does  protocol.Control
	words string
}{
	{protocol.ControlConsult, "transfer.consult"},
	{protocol.ControlTransfer, "transfer.blind"},
	{protocol.ControlConference, "transfer.conference"},
}

// NewTransferForm creates the form.
func NewTransferForm(texts *translations.Texts, c model.Card, typed string, do TransferActions) *TransferForm {
	f := &TransferForm{texts: texts, buttons: map[protocol.Control]*widget.Button{}}
	f.field = control.NewField(texts, typed, texts.Say("transfer.placeholder"), "", nil)
	f.people = colleagues.NewList(texts, f.choose)
	f.field.Entry.OnChanged = func(text string) {
		f.field.Below.Set("", theme.ColorNamePlaceHolder)
		if !f.filling {
			f.people.Filter(text)
		}
	}
	f.people.Filter(typed)
	row := container.NewHBox(widget.NewButton(texts.Say("button.cancel"), do.Close), layout.NewSpacer())
	for i := len(ways) - 1; i >= 0; i-- { // the main one is on the right
		way := ways[i]
		b := widget.NewButton(texts.Say(way.words), func() {
			to := strings.TrimSpace(f.field.Entry.Text)
			switch {
			case f.asked:
			case to == "":
				f.field.Below.Set(texts.Say("transfer.empty"), theme.ColorNameError)
			default:
				f.asked = do.Do(way.does, to)
			}
		})
		f.buttons[way.does] = b
		row.Add(b)
	}
	f.field.Entry.OnSubmitted = func(string) {
		for _, way := range ways {
			if b := f.buttons[way.does]; b.Visible() {
				b.OnTapped()
				return
			}
		}
	}
	about := control.Wrapped(texts.SayWith("transfer.about", map[string]any{"Who": otherSide(c)}))
	head, list := container.NewVBox(about, f.field.Box), f.people.Content()
	content := container.NewBorder(head, row, nil, nil, list)
	content.Objects = []fyne.CanvasObject{head, list, row} // tab order
	f.content = content
	f.Show(c)
	return f
}

// otherSide is who is to be transferred, as the card names them.
func otherSide(c model.Card) string {
	if people := c.Call.Caller.Customers; len(people) == 1 && people[0].Name != "" {
		return people[0].Name
	}
	for _, name := range []string{c.Call.Name, c.Call.Display, c.Call.Number} {
		if name = strings.TrimSpace(name); name != "" {
			return name
		}
	}
	return "—"
}

// Content is what the window holds.
func (f *TransferForm) Content() fyne.CanvasObject { return f.content }

// Colleagues shows to whom the call can go. failure is why they are not known.
func (f *TransferForm) Colleagues(all []protocol.Colleague, failure string) {
	f.people.Show(all, failure)
}

// choose writes the number of a colleague who was chosen just now.
func (f *TransferForm) choose() {
	c, ok := f.people.Chosen()
	if !ok || len(c.Extensions) == 0 {
		f.chosen = ""
		return
	}
	if c.Login == f.chosen {
		return
	}
	f.chosen, f.filling = c.Login, true
	f.field.Entry.SetText(c.Extensions[0])
	f.filling = false
}

// Focus is where the agent types.
func (f *TransferForm) Focus() fyne.Focusable { return f.field.Entry }

// Typed is what the agent has typed.
func (f *TransferForm) Typed() string { return f.field.Entry.Text }

// Show shows what is possible now, and why the hub refused. It reports whether the window has no more
// use: the hub has done what it was asked to, or nothing is possible any more.
func (f *TransferForm) Show(c model.Card) (over bool) {
	possible := false
	main := widget.HighImportance
	for _, way := range ways {
		b := f.buttons[way.does]
		if !slices.Contains(c.Call.Can, way.does) {
			b.Hide()
			continue
		}
		b.Importance, main = main, widget.MediumImportance
		b.Show()
		b.Refresh()
		possible = true
	}
	switch {
	case !f.asked || c.Control.Waiting != "":
	case c.Control.Reason == "":
		return true
	default:
		f.asked = false
		f.field.Below.Set(c.Control.Reason, theme.ColorNameError)
	}
	return !possible && !f.asked
}
