package ui

import (
	"cmp"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"traybell/assets/translations"
	"traybell/shared/protocol"
)

// NewCalls builds the list of calls, newest first.
func NewCalls(texts *translations.Texts, calls []protocol.Call, done func()) fyne.CanvasObject {
	calls = slices.Clone(calls)
	slices.SortFunc(calls, func(a, b protocol.Call) int { return b.Started.Compare(a.Started) })
	ok := widget.NewButton(texts.Say("button.ok"), done)
	ok.Importance = widget.HighImportance
	head := texts.Count("calls.count", len(calls))
	if len(calls) == 0 {
		head = texts.Say("calls.none")
	}
	rows := container.NewVBox()
	for _, c := range calls {
		rows.Add(callRow(texts, c))
		rows.Add(widget.NewSeparator())
	}
	return container.NewBorder(heading(head), container.NewHBox(layout.NewSpacer(), ok), nil, nil, container.NewVScroll(rows))
}

func callRow(texts *translations.Texts, c protocol.Call) fyne.CanvasObject {
	number := cmp.Or(c.Display, c.Number, texts.Say("calls.withheld"))
	who := c.Name
	if len(c.Caller.Customers) > 0 {
		customer := c.Caller.Customers[0]
		who = cmp.Or(customer.Name, customer.Login)
		if customer.Company != "" {
			who += " — " + customer.Company
		}
	}
	title := widget.NewLabel(number)
	title.TextStyle.Bold = true
	title.Selectable = true
	name := widget.NewLabel(who)
	name.Truncation = fyne.TextTruncateEllipsis
	if who == "" {
		name.Hide()
	}
	state, tint := callState(texts, c)
	badge := canvas.NewText(state, tint)
	badge.TextStyle.Bold = true
	about := c.Started.Local().Format(texts.Say("category.when"))
	if line := cmp.Or(c.Line.Name, c.DID); line != "" {
		about += " · " + line
	}
	if c.Ticket != nil {
		about += " · #" + c.Ticket.Number
	}
	return container.NewBorder(nil, nil, nil, container.NewVBox(container.NewPadded(badge)), tight(title, name, caption(about)))
}

func callState(texts *translations.Texts, c protocol.Call) (string, color.Color) {
	switch {
	case c.Missed:
		return texts.Say("calls.missed"), theme.Color(theme.ColorNameError)
	case c.State == protocol.Ringing:
		return texts.Say("calls.ringing"), theme.Color(theme.ColorNamePrimary)
	case c.State == protocol.Answered:
		return texts.Say("calls.answered"), theme.Color(theme.ColorNameSuccess)
	case c.State == protocol.Held:
		return texts.Say("calls.held"), theme.Color(theme.ColorNameWarning)
	default:
		return texts.Say("calls.ended"), theme.Color(theme.ColorNamePlaceHolder)
	}
}
