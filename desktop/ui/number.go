package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"traybell/assets/translations"
)

// NumberActions are what the buttons of the window about a number do, on Fyne's goroutine.
type NumberActions struct {
	Copy  func()
	CID   func() // nil where there is no such link
	Close func()
}

// NumberForm is the contents of the window that a tel: address opens: the number as people write it.
type NumberForm struct {
	first   *leaver
	content fyne.CanvasObject
}

// NewNumberForm builds it.
func NewNumberForm(texts *translations.Texts, number string, do NumberActions) *NumberForm {
	shown := widget.NewLabel(number)
	shown.SizeName, shown.TextStyle.Bold, shown.Selectable, shown.Truncation = theme.SizeNameHeadingText, true, true, fyne.TextTruncateEllipsis
	f := &NumberForm{}
	f.first = newLeaver(texts.Say("button.copy"), theme.ContentCopyIcon(), nil, do.Close)
	f.first.OnTapped = func() {
		do.Copy()
		f.first.SetText(texts.Say("card.copied"))
	}
	f.first.Importance = widget.HighImportance
	buttons := container.NewHBox(newLeaver(texts.Say("button.close"), nil, do.Close, do.Close), layout.NewSpacer())
	if do.CID != nil {
		buttons.Add(newLeaver(texts.Say("number.cid"), theme.SearchIcon(), do.CID, do.Close))
	}
	buttons.Add(f.first)
	f.content = container.NewBorder(nil, buttons, nil, nil, tight(shown, wrapped(texts.Say("number.what"))))
	return f
}

// Content is what the window shows.
func (f *NumberForm) Content() fyne.CanvasObject { return f.content }

// Focus puts the keyboard on the first button, so that Enter or Space copies.
func (f *NumberForm) Focus(window fyne.Window) { window.Canvas().Focus(f.first) }

// leaver is a button that leaves the window on Escape, and is pressed by Enter, too.
type leaver struct {
	widget.Button
	leave func()
}

func newLeaver(text string, icon fyne.Resource, tapped, leave func()) *leaver {
	l := &leaver{leave: leave}
	l.Text, l.Icon, l.OnTapped = text, icon, tapped
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey is called with the keys that the button gets while it has the keyboard.
func (l *leaver) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyEscape:
		l.leave()
	case fyne.KeyReturn, fyne.KeyEnter:
		l.Tapped(&fyne.PointEvent{})
	default:
		l.Button.TypedKey(k)
	}
}
