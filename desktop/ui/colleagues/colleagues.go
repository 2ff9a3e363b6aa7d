// Package colleagues is the contents of the window of colleagues: what each does, to call them, to
// transfer a call to them, to take one that rings there and to write to them. Its list is also part of
// the window that transfers a call. It belongs to Fyne's goroutine.
package colleagues

import (
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

// Actions are called on Fyne's goroutine. done gets why it failed, a sentence, or an empty text.
type Actions struct {
	Call     func(extension string, done func(failure string)) // nil: the agent may not
	Transfer func(extension string)                            // asks how the agent's call is to go there
	Pickup   func(login string, done func(failure string))
	Message  func(login, text string, done func(failure string))
	Close    func()
}

// View is the window's contents.
type View struct {
	texts *translations.Texts
	do    Actions
	list  *List

	search                       *widget.Entry
	text                         *widget.Entry
	told                         *control.Note
	call, transfer, pickup, send *widget.Button
	buttons                      *fyne.Container
	content                      fyne.CanvasObject
	transferable                 bool
}

// New creates the view.
func New(texts *translations.Texts, do Actions) *View {
	v := &View{texts: texts, do: do, told: control.NewNote()}
	v.list = NewList(texts, func() { v.offer() })
	v.search, v.text = widget.NewEntry(), widget.NewEntry()
	v.search.SetPlaceHolder(texts.Say("colleagues.search"))
	v.search.ActionItem = widget.NewIcon(theme.SearchIcon())
	v.search.OnChanged = v.list.Filter
	v.text.SetPlaceHolder(texts.Say("colleagues.text"))
	v.text.OnChanged = func(string) { v.offer() }
	v.text.OnSubmitted = func(string) { v.write() }
	v.send = widget.NewButtonWithIcon(texts.Say("colleagues.send"), theme.MailSendIcon(), v.write)
	v.call = widget.NewButtonWithIcon(texts.Say("dial.call"), control.Handset(), v.dial)
	v.call.Importance = widget.HighImportance
	v.transfer = widget.NewButtonWithIcon(texts.Say("colleagues.transfer"), theme.MailForwardIcon(), func() {
		if c, ok := v.list.Chosen(); ok && len(c.Extensions) > 0 {
			v.do.Transfer(c.Extensions[0])
		}
	})
	v.pickup = widget.NewButtonWithIcon(texts.Say("colleagues.pickup"), theme.DownloadIcon(), func() {
		if c, ok := v.list.Chosen(); ok {
			v.do.Pickup(c.Login, v.failed)
		}
	})
	v.buttons = container.NewHBox(widget.NewButton(texts.Say("button.close"), do.Close), layout.NewSpacer(), v.pickup,
		v.transfer)
	if do.Call != nil {
		v.buttons.Add(v.call)
	}
	below := container.NewVBox(container.NewBorder(nil, nil, nil, v.send, v.text), v.told, v.buttons)
	content := container.NewBorder(v.search, below, nil, nil, v.list.Content())
	content.Objects = []fyne.CanvasObject{v.search, v.list.Content(), below} // tab order
	v.content = content
	v.offer()
	return v
}

// Content returns the window's contents.
func (v *View) Content() fyne.CanvasObject { return v.content }

// Show replaces the colleagues. failure is why they are not known.
func (v *View) Show(all []protocol.Colleague, failure string) { v.list.Show(all, failure) }

// SetTransferable says whether the agent has a call that can be transferred.
func (v *View) SetTransferable(on bool) {
	v.transferable = on
	v.offer()
}

// offer shows what can be done with the chosen colleague.
func (v *View) offer() {
	c, ok := v.list.Chosen()
	enable(v.call, ok && len(c.Extensions) > 0)
	enable(v.transfer, ok && len(c.Extensions) > 0)
	enable(v.send, ok && c.Online && strings.TrimSpace(v.text.Text) != "")
	show(v.transfer, v.transferable)
	show(v.pickup, ok && c.Pickup)
	v.buttons.Refresh()
}

func show(b *widget.Button, on bool) {
	if on {
		b.Show()
	} else {
		b.Hide()
	}
}

func enable(b *widget.Button, on bool) {
	if on {
		b.Enable()
	} else {
		b.Disable()
	}
}

func (v *View) failed(why string) { v.told.Set(why, theme.ColorNameError) }

func (v *View) dial() {
	if c, ok := v.list.Chosen(); ok && len(c.Extensions) > 0 {
		v.do.Call(c.Extensions[0], v.failed)
	}
}

func (v *View) write() {
	c, ok := v.list.Chosen()
	text := strings.TrimSpace(v.text.Text)
	if !ok || text == "" {
		return
	}
	v.do.Message(c.Login, text, func(failure string) {
		if failure != "" {
			v.failed(failure)
			return
		}
		v.text.SetText("")
		v.told.Set(v.texts.SayWith("colleagues.sent", map[string]any{"Name": c.Name}), theme.ColorNamePlaceHolder)
	})
}
