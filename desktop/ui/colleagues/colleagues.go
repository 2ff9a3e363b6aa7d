// Package colleagues is the contents of the window of colleagues: what each does, to call and to write
// to them. It belongs to Fyne's goroutine.
package colleagues

import (
	"slices"
	"strings"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/ui/control"
	"traybell/desktop/ui/wording"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Actions are called on Fyne's goroutine. done gets why it failed, a sentence, or an empty text.
type Actions struct {
	Call    func(extension string, done func(failure string)) // nil: the agent may not
	Message func(login, text string, done func(failure string))
	Close   func()
}

// View is the window's contents.
type View struct {
	texts *translations.Texts
	do    Actions
	now   func() time.Time

	all, shown []protocol.Colleague
	chosen     string // login

	search  *widget.Entry
	list    *widget.List
	status  *widget.Label
	text    *widget.Entry
	told    *control.Note
	call    *widget.Button
	send    *widget.Button
	content fyne.CanvasObject
}

// New creates the view.
func New(texts *translations.Texts, do Actions) *View {
	v := &View{texts: texts, do: do, now: time.Now, told: control.NewNote()}
	v.search, v.text = widget.NewEntry(), widget.NewEntry()
	v.search.SetPlaceHolder(texts.Say("colleagues.search"))
	v.search.ActionItem = widget.NewIcon(theme.SearchIcon())
	v.search.OnChanged = func(string) { v.filter() }
	v.status = control.Wrapped(texts.Say("colleagues.loading"))
	v.status.Alignment = fyne.TextAlignCenter
	v.list = widget.NewList(
		func() int { return len(v.shown) },
		func() fyne.CanvasObject { return newRow() },
		func(i widget.ListItemID, of fyne.CanvasObject) {
			if r, ok := of.(*row); ok && i < len(v.shown) {
				r.show(v.texts, v.shown[i], v.now())
			}
		})
	v.list.OnSelected = func(i widget.ListItemID) {
		if i < len(v.shown) {
			v.chosen = v.shown[i].Login
			v.offer()
		}
	}
	v.text.SetPlaceHolder(texts.Say("colleagues.text"))
	v.text.OnChanged = func(string) { v.offer() }
	v.text.OnSubmitted = func(string) { v.write() }
	v.send = widget.NewButtonWithIcon(texts.Say("colleagues.send"), theme.MailSendIcon(), v.write)
	v.call = widget.NewButtonWithIcon(texts.Say("dial.call"), control.Handset(), v.dial)
	v.call.Importance = widget.HighImportance
	buttons := container.NewHBox(widget.NewButton(texts.Say("button.close"), do.Close), layout.NewSpacer())
	if do.Call != nil {
		buttons.Add(v.call)
	}
	below := container.NewVBox(container.NewBorder(nil, nil, nil, v.send, v.text), v.told, buttons)
	middle := container.NewStack(v.list, container.NewCenter(container.New(control.Narrow(280), v.status)))
	content := container.NewBorder(v.search, below, nil, nil, middle)
	content.Objects = []fyne.CanvasObject{v.search, middle, below} // tab order
	v.content = content
	v.offer()
	return v
}

// Content returns the window's contents.
func (v *View) Content() fyne.CanvasObject { return v.content }

// Show replaces the colleagues. failure is why they are not known.
func (v *View) Show(all []protocol.Colleague, failure string) {
	v.all = all
	v.filter()
	if failure != "" {
		v.status.SetText(failure)
	}
}

// filter shows those who have all words in name, teams or extensions: free ones first.
func (v *View) filter() {
	words := strings.Fields(strings.ToLower(v.search.Text))
	v.shown = v.shown[:0]
	for _, c := range v.all {
		text := strings.ToLower(strings.Join(slices.Concat([]string{c.Name, c.Login}, c.Teams, c.Extensions), " "))
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			v.shown = append(v.shown, c)
		}
	}
	slices.SortStableFunc(v.shown, func(a, b protocol.Colleague) int { return order(a.State) - order(b.State) })
	v.status.SetText("")
	if len(v.shown) == 0 {
		v.status.SetText(v.texts.Say("colleagues.none"))
	}
	v.list.Refresh()
	if at := slices.IndexFunc(v.shown, func(c protocol.Colleague) bool { return c.Login == v.chosen }); at >= 0 {
		was := v.list.GetScrollOffset()
		v.list.Select(at)
		v.list.ScrollToOffset(was)
	} else {
		v.chosen = ""
		v.list.UnselectAll()
	}
	v.offer()
}

// order is the place of a state in the list: who can be called first.
func order(s protocol.AgentState) int {
	switch s {
	case protocol.AgentWaiting, protocol.AgentIdle:
		return 0
	case protocol.AgentOff:
		return 2
	}
	return 1
}

func (v *View) one() (c protocol.Colleague, ok bool) {
	i := slices.IndexFunc(v.shown, func(c protocol.Colleague) bool { return c.Login == v.chosen })
	if i < 0 {
		return c, false
	}
	return v.shown[i], true
}

// offer enables what can be done with the chosen colleague.
func (v *View) offer() {
	c, ok := v.one()
	enable(v.call, ok && len(c.Extensions) > 0)
	enable(v.send, ok && c.Online && strings.TrimSpace(v.text.Text) != "")
}

func enable(b *widget.Button, on bool) {
	if on {
		b.Enable()
	} else {
		b.Disable()
	}
}

func (v *View) dial() {
	if c, ok := v.one(); ok && len(c.Extensions) > 0 {
		v.do.Call(c.Extensions[0], func(failure string) { v.told.Set(failure, theme.ColorNameError) })
	}
}

func (v *View) write() {
	c, ok := v.one()
	text := strings.TrimSpace(v.text.Text)
	if !ok || text == "" {
		return
	}
	v.do.Message(c.Login, text, func(failure string) {
		if failure != "" {
			v.told.Set(failure, theme.ColorNameError)
			return
		}
		v.text.SetText("")
		v.told.Set(v.texts.SayWith("colleagues.sent", map[string]any{"Name": c.Name}), theme.ColorNamePlaceHolder)
	})
}

// states are the words for the states.
var states = map[protocol.AgentState]string{
	protocol.AgentOff: "colleagues.off", protocol.AgentWaiting: "colleagues.waiting",
	protocol.AgentPause: "colleagues.pause", protocol.AgentWrapUp: "colleagues.wrap_up",
	protocol.AgentRinging: "colleagues.ringing", protocol.AgentCalling: "colleagues.calling",
	protocol.AgentTalking: "colleagues.talking", protocol.AgentHold: "colleagues.hold",
	protocol.AgentIdle: "colleagues.idle", protocol.AgentTask: "colleagues.task",
}

// row is a colleague in the list.
type row struct {
	widget.BaseWidget
	state       *widget.Icon
	name, about *widget.Label
	extension   *widget.Label
}

func newRow() *row {
	r := &row{
		state: widget.NewIcon(nil), name: widget.NewLabel(""), about: widget.NewLabel(""),
		extension: widget.NewLabel(""),
	}
	r.name.TextStyle.Bold, r.name.Truncation = true, fyne.TextTruncateEllipsis
	r.about.SizeName, r.about.Truncation = theme.SizeNameCaptionText, fyne.TextTruncateEllipsis
	r.extension.Alignment = fyne.TextAlignTrailing
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *row) CreateRenderer() fyne.WidgetRenderer {
	left := container.NewPadded(container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(20), r.state)))
	return widget.NewSimpleRenderer(container.NewBorder(nil, nil, left, container.NewCenter(r.extension),
		control.Tight(r.name, r.about)))
}

func (r *row) show(texts *translations.Texts, c protocol.Colleague, now time.Time) {
	color, icon := theme.ColorNamePlaceHolder, theme.RadioButtonIcon()
	switch {
	case order(c.State) == 0:
		color, icon = theme.ColorNameSuccess, theme.ConfirmIcon()
	case c.State.OnPhone():
		color, icon = theme.ColorNameError, control.Handset()
	case c.State != protocol.AgentOff:
		color, icon = theme.ColorNameWarning, theme.MediaPauseIcon()
	}
	r.state.SetResource(theme.NewColoredResource(icon, color))
	r.name.SetText(c.Name)
	var about []string
	if key, known := states[c.State]; known { // others are of a later hub
		about = append(about, texts.Say(key))
		if !c.Since.IsZero() && c.State != protocol.AgentOff {
			about[0] += ", " + wording.When(texts, c.Since, now)
		}
	}
	if len(c.Teams) > 0 {
		about = append(about, strings.Join(c.Teams, ", "))
	}
	r.about.SetText(strings.Join(about, " · "))
	r.extension.SetText(strings.Join(c.Extensions, ", "))
}
