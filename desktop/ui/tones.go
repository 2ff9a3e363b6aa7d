package ui

import (
	"strings"

	"traybell/assets/translations"
	"traybell/desktop/model"
	"traybell/desktop/ui/control"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// TonesActions are called on Fyne's goroutine.
type TonesActions struct {
	Send  func(digit string)
	Close func()
}

// TonesForm is the keypad: each digit that is pressed or typed is sent as a tone.
type TonesForm struct {
	field   *control.Field
	content fyne.CanvasObject
}

// NewTonesForm creates the keypad. sent are the digits so far.
func NewTonesForm(texts *translations.Texts, c model.Card, sent string, do TonesActions) *TonesForm {
	f := &TonesForm{field: control.NewField(texts, sent, texts.Say("tones.placeholder"), "", nil)}
	f.field.Entry.OnChanged = func(now string) {
		before := sent
		sent = strings.Map(func(r rune) rune {
			if strings.ContainsRune(protocol.Digits, r) {
				return r
			}
			return -1
		}, now)
		if fresh, more := strings.CutPrefix(sent, before); more { // what was sent cannot be taken back
			for _, digit := range fresh {
				do.Send(string(digit))
			}
		}
		if sent != now {
			f.field.Entry.SetText(sent)
		}
	}
	keys := container.NewGridWithColumns(3)
	for _, digit := range "123456789*0#" {
		keys.Add(widget.NewButton(string(digit), func() {
			f.field.Entry.SetText(f.field.Entry.Text + string(digit))
			f.field.Entry.CursorColumn = len([]rune(f.field.Entry.Text))
		}))
	}
	closing := widget.NewButton(texts.Say("button.close"), do.Close)
	f.content = container.NewBorder(f.field.Box, closing, nil, nil, keys)
	f.Show(c)
	return f
}

// Content is what the window holds.
func (f *TonesForm) Content() fyne.CanvasObject { return f.content }

// Focus is where the agent types.
func (f *TonesForm) Focus() fyne.Focusable { return f.field.Entry }

// Sent are the digits so far.
func (f *TonesForm) Sent() string { return f.field.Entry.Text }

// Show shows why the hub refused.
func (f *TonesForm) Show(c model.Card) { f.field.Below.Set(c.Control.Reason, theme.ColorNameError) }
