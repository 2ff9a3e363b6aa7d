// Package dial is the contents of the window in which agents dial: a field for a number or a name,
// what is found for it, and a keypad. It belongs to Fyne's goroutine.
package dial

import (
	"cmp"
	"strings"

	"traybell/assets/translations"
	"traybell/desktop/ui/control"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Number is a number that can be dialled.
type Number struct {
	Name, About string
	Display     string              // the number for people
	Number      string              // what is dialled
	Kind        protocol.NumberKind // empty: of an earlier call
}

// Actions are called on Fyne's goroutine.
type Actions struct {
	Typed func(text string) // the text has changed: Show follows
	Call  func(number, line string)
	// Save and Remove change the agent's own numbers: Saved or Fail follows.
	Save   func(number, name string)
	Remove func(number string)
	Close  func()
}

// View is the window's contents.
type View struct {
	texts *translations.Texts
	do    Actions

	numbers []Number
	chosen  int // in numbers; -1: none
	found   bool
	busy    bool

	text    *entry
	line    *widget.Select
	list    *widget.List
	status  *widget.Label
	target  *control.Note
	failed  *control.Note
	call    *widget.Button
	edit    *edit
	content fyne.CanvasObject
}

// New creates the view.
func New(texts *translations.Texts, do Actions) *View {
	v := &View{texts: texts, do: do, chosen: -1, target: control.NewNote(), failed: control.NewNote()}
	v.text = newEntry(v)
	v.text.SetPlaceHolder(texts.Say("dial.text"))
	v.line = widget.NewSelect(nil, nil)
	v.line.Hide()
	v.status = control.Wrapped("")
	v.status.Alignment = fyne.TextAlignCenter
	v.list = widget.NewList(
		func() int { return len(v.numbers) },
		func() fyne.CanvasObject { return newRow() },
		func(i widget.ListItemID, of fyne.CanvasObject) {
			if r, ok := of.(*control.Row); ok && i < len(v.numbers) {
				fill(r, v.numbers[i])
			}
		})
	v.list.OnSelected = func(i widget.ListItemID) {
		v.chosen = i
		v.offer()
	}
	v.call = widget.NewButtonWithIcon(texts.Say("dial.call"), control.Handset(), v.press)
	v.call.Importance = widget.HighImportance
	v.edit = newEdit(v)
	head := container.NewVBox(v.text, v.line)
	keys := newKeypad(v.text.TypedRune)
	foot := container.NewVBox(v.target, v.failed, v.edit.row, container.NewHBox(
		widget.NewButton(texts.Say("button.close"), do.Close), layout.NewSpacer(), v.edit.open, v.call,
	))
	below := container.NewVBox(keys, foot)
	middle := container.NewStack(v.list, container.NewCenter(container.New(control.Narrow(280), v.status)))
	content := container.NewBorder(head, below, nil, nil, middle)
	content.Objects = []fyne.CanvasObject{head, middle, below} // tab order
	v.content = content
	v.offer()
	return v
}

// Content returns the window's contents.
func (v *View) Content() fyne.CanvasObject { return v.content }

// Text returns what is typed.
func (v *View) Text() string { return v.text.Text }

// SetText replaces what is typed.
func (v *View) SetText(text string) {
	v.text.SetText(text)
	v.text.CursorColumn = len([]rune(text))
}

// SetLines offers numbers that the other side can see.
func (v *View) SetLines(names []string) {
	defer v.layOut()
	if len(names) == 0 {
		v.line.Hide()
		return
	}
	options := append([]string{v.texts.Say("dial.line_usual")}, names...)
	chosen := v.line.Selected
	v.line.SetOptions(options)
	v.line.Show()
	for _, name := range append(options[1:], options[0]) {
		if name == cmp.Or(chosen, options[0]) {
			v.line.SetSelected(name)
			return
		}
	}
	v.line.SetSelectedIndex(0)
}

// layOut gives the parts their places after one has appeared or grown.
func (v *View) layOut() { v.content.Refresh() }

// Show replaces the numbers: those found for what is typed, or without a text the last ones. failure
// is why there are none.
func (v *View) Show(numbers []Number, failure string) {
	v.numbers, v.found = numbers, v.text.Text != ""
	v.chosen = -1
	v.list.UnselectAll()
	v.list.ScrollToTop()
	v.list.Refresh()
	switch {
	case failure != "":
		v.status.SetText(failure)
	case len(numbers) > 0:
		v.status.SetText("")
	case v.found && !IsNumber(v.text.Text):
		v.status.SetText(v.texts.Say("calls.not_found"))
	case v.found:
		v.status.SetText("")
	default:
		v.status.SetText(v.texts.Say("dial.none"))
	}
	if v.found && len(numbers) > 0 && !IsNumber(v.text.Text) {
		v.list.Select(0)
	}
	v.offer()
}

// Busy shows that a number is being dialled.
func (v *View) Busy() {
	v.busy = true
	v.failed.Set("", theme.ColorNameError)
	v.offer()
}

// Fail shows why a number was not dialled, saved or removed.
func (v *View) Fail(why string) {
	v.busy = false
	v.failed.Set(why, theme.ColorNameError)
	v.offer()
	v.layOut()
}

// Saved shows that the agent's own numbers have changed.
func (v *View) Saved() {
	v.failed.Set("", theme.ColorNameError)
	v.edit.row.Hide()
	v.layOut()
}

// aim returns what Enter dials: the chosen number, or else the typed one.
func (v *View) aim() (to Number, ok bool) {
	switch {
	case v.chosen >= 0 && v.chosen < len(v.numbers):
		return v.numbers[v.chosen], true
	case IsNumber(v.text.Text):
		text := strings.TrimSpace(v.text.Text)
		return Number{Display: text, Number: text}, true
	}
	return Number{}, false
}

// offer shows what Enter dials.
func (v *View) offer() {
	to, ok := v.aim()
	v.edit.offer(to, ok)
	switch {
	case v.busy:
		v.target.Set(v.texts.Say("dial.calling"), theme.ColorNamePlaceHolder)
	case ok && to.Name != "":
		v.target.Set(to.Name+" · "+to.Display, theme.ColorNamePlaceHolder)
	case ok:
		v.target.Set(to.Display, theme.ColorNamePlaceHolder)
	default:
		v.target.Set(v.texts.Say("dial.hint"), theme.ColorNamePlaceHolder)
	}
	if ok && !v.busy {
		v.call.Enable()
	} else {
		v.call.Disable()
	}
}

func (v *View) press() {
	to, ok := v.aim()
	if !ok || v.busy {
		return
	}
	line := ""
	if v.line.Visible() && v.line.SelectedIndex() > 0 {
		line = v.line.Selected
	}
	v.do.Call(to.Number, line)
}

// choose moves the choice in the list.
func (v *View) choose(by int) {
	if len(v.numbers) == 0 {
		return
	}
	at := v.chosen + by
	if at < 0 {
		v.chosen = -1
		v.list.UnselectAll()
		v.offer()
		return
	}
	v.list.Select(min(at, len(v.numbers)-1))
}

// IsNumber reports whether a text is a number to dial, and not a name.
func IsNumber(text string) bool {
	return strings.ContainsAny(text, "0123456789*#") && strings.Trim(text, "+0123456789*# -()./\u00a0") == ""
}
