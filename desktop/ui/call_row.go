package ui

import (
	"cmp"
	"strings"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/ui/card"
	"traybell/desktop/ui/control"
	"traybell/desktop/ui/wording"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// callRow is a call in the list: direction, caller, line, time, and duration or outcome.
type callRow struct {
	widget.BaseWidget
	texts       *translations.Texts
	direction   *widget.Icon
	who         *widget.Label
	about       *widget.Label
	category    *canvas.Image
	when, state *widget.Label
}

func newCallRow(texts *translations.Texts) *callRow {
	r := &callRow{
		texts: texts, direction: widget.NewIcon(nil), category: &canvas.Image{FillMode: canvas.ImageFillContain},
		when: widget.NewLabel(""), state: widget.NewLabel(""),
	}
	r.who, r.about = control.Named()
	r.about.Importance = widget.LowImportance
	r.category.SetMinSize(fyne.NewSquareSize(20))
	r.when.Alignment, r.state.Alignment = fyne.TextAlignTrailing, fyne.TextAlignTrailing
	r.state.SizeName = theme.SizeNameCaptionText
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *callRow) CreateRenderer() fyne.WidgetRenderer {
	left := container.NewPadded(container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(24), r.direction)))
	right := container.NewHBox(
		container.NewCenter(r.category),
		container.New(control.Narrow(130), lines(r.when, r.state)),
	)
	return widget.NewSimpleRenderer(container.NewBorder(nil, nil, left, right, lines(r.who, r.about)))
}

func (r *callRow) show(c protocol.Call, now time.Time, look card.Look, elsewhere string) {
	r.direction.SetResource(direction(c, elsewhere != ""))
	who := c.Name
	if n := len(c.Caller.Customers); n > 1 {
		who = card.Names(c.Caller.Customers)
	} else if n == 1 {
		customer := c.Caller.Customers[0]
		who = cmp.Or(customer.Name, customer.Login)
		if customer.Company != "" {
			who += " — " + customer.Company
		}
	}
	shown := cmp.Or(c.Display, c.Number, r.texts.Say("card.withheld"))
	if c.Hidden {
		shown = r.texts.Say("card.hidden")
	}
	var about []string
	if who == "" {
		who = shown
	} else {
		about = append(about, shown)
	}
	if line := cmp.Or(c.Line.Name, c.DID); line != "" {
		about = append(about, line)
	}
	if elsewhere != "" {
		about = append([]string{elsewhere}, about...)
	}
	if c.Caller.Blocked != nil {
		about = append([]string{r.texts.Say("calls.blocked")}, about...)
	}
	if c.Ticket != nil {
		about = append(about, r.texts.SayWith("calls.ticket", map[string]any{"Number": c.Ticket.Number}))
	}
	if b := c.CalledBack; b != nil {
		about = append(about, r.calledBack(*b, now))
	}
	if f := c.FollowUp; f != nil && f.By != "" {
		about = append(about, r.followUp(*f, now))
	}
	r.who.SetText(who)
	r.about.SetText(strings.Join(about, " · "))
	r.when.SetText(wording.When(r.texts, c.Started, now))
	r.category.Hide()
	if color := c.Caller.Category.Color; color != "" && color != protocol.Neutral {
		r.category.Resource = card.CategoryIcon(color, look)
		r.category.Show()
		r.category.Refresh()
	}
	r.state.Importance = widget.MediumImportance
	if c.Missed && c.CalledBack == nil && (c.FollowUp == nil || c.FollowUp.State == protocol.FollowUpOpen) {
		r.state.Importance = widget.DangerImportance
	}
	r.state.SetText(callState(r.texts, c))
	r.Refresh()
}

// calledBack says that a missed call was returned or called again.
func (r *callRow) calledBack(b protocol.CalledBack, now time.Time) string {
	key := "calls.came_again"
	switch {
	case b.Direction == protocol.Outgoing:
		key = "calls.called_back"
	case b.By == "":
		key = "calls.came_again_outside"
	}
	return r.texts.SayWith(key, map[string]any{"Who": b.By, "When": wording.When(r.texts, b.At, now)})
}

// followUp says who takes care of a missed call.
func (r *callRow) followUp(f protocol.FollowUp, now time.Time) string {
	key := "calls.claimed"
	if f.State == protocol.FollowUpDone {
		key = "calls.done"
	}
	return r.texts.SayWith(key, map[string]any{"Who": f.By, "When": wording.When(r.texts, f.At, now)})
}

func direction(c protocol.Call, elsewhere bool) fyne.Resource {
	switch {
	case c.Missed:
		return theme.NewColoredResource(missedPicture(), theme.ColorNameError)
	case c.Direction == protocol.Outgoing:
		return theme.NewColoredResource(outgoingPicture(), theme.ColorNamePrimary)
	case elsewhere:
		return theme.NewColoredResource(elsewherePicture(), theme.ColorNamePlaceHolder)
	case c.Direction == protocol.Internal:
		return theme.NewColoredResource(internalPicture(), theme.ColorNameForeground)
	}
	return theme.NewColoredResource(incomingPicture(), theme.ColorNameSuccess)
}

// callState is the state of a call, or its duration after the end.
func callState(texts *translations.Texts, c protocol.Call) string {
	unseen, talked := c.EndUnseen || c.AnswerUnseen, c.Ended.Sub(c.Answered)
	switch {
	case c.Missed:
		return texts.Say("calls.missed")
	case c.State == protocol.Ringing:
		return texts.Say("calls.ringing")
	case c.State == protocol.Answered:
		return texts.Say("calls.answered")
	case c.State == protocol.Held:
		return texts.Say("calls.held")
	case unseen && c.Answered.IsZero():
		return texts.Say("calls.unseen")
	case unseen && talked < time.Second:
		return texts.Say("calls.duration_unseen")
	case unseen:
		return "≥ " + wording.Duration(talked)
	case !c.Answered.IsZero() && talked > 0:
		return wording.Duration(talked)
	case c.Direction == protocol.Outgoing && c.Answered.IsZero():
		return texts.Say("calls.no_answer")
	}
	return texts.Say("calls.ended")
}

// numberOf is the number that is copied.
func numberOf(c protocol.Call) string { return cmp.Or(c.E164, c.Number) }

// lines places texts close to each other.
func lines(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(-theme.InnerPadding()*1.5), objects...)
}
