package ui

import (
	"strings"
	"unicode/utf8"

	"traybell/assets/translations"
	"traybell/desktop/ui/card"
	"traybell/desktop/ui/control"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// maxNote is the hub's limit for comments and reasons, in characters.
const maxNote = 1000

// Caller is the contents of the caller window.
type Caller struct {
	Number   string // formatted
	Who      string // name of the customer, if known
	Category protocol.Category
	PBXs     []string        // PBXs on which the number would be blocked
	MayNote  bool            // the agent may change categories
	MayBlock bool            // the agent may block callers
	Blocked  *protocol.Block // nil: not blocked
	Look     card.Look       // look of the icons
}

// CallerActions are called by the buttons, on Fyne's goroutine. They must call done there once,
// with an error message or an empty one.
type CallerActions struct {
	Note func(color protocol.Color, comment string, done func(failure string))
	// message: from the hub if it was not done on every PBX
	Block   func(reason string, done func(now *protocol.Block, message, failure string))
	Unblock func(was *protocol.Block, done func(now *protocol.Block, message, failure string))
	Close   func()
}

// CallerForm is the caller window: the category with its comment, and blocking. It leaves out what
// the agent may not do.
type CallerForm struct {
	texts *translations.Texts
	in    Caller
	do    CallerActions

	color   protocol.Color // before changes
	choice  *categoryChoice
	comment *multilineEntry
	last    *control.Note // who changed the category, and when
	failed  *control.Note
	save    *widget.Button
	leave   *widget.Button
	busy    bool // saving or blocking

	blocking *fyne.Container // contents change with each step
	asking   bool            // the agent is asked for confirmation
	told     bool            // the result of the last step is shown
	reason   *multilineEntry

	content fyne.CanvasObject
}

// multilineEntry is a multi-line entry that Tab leaves.
type multilineEntry struct{ widget.Entry }

func newMultilineEntry(text, hint string, rows int) *multilineEntry {
	w := &multilineEntry{}
	w.MultiLine, w.Wrapping, w.PlaceHolder = true, fyne.TextWrapWord, hint
	w.ExtendBaseWidget(w)
	w.SetMinRowsVisible(rows)
	w.SetText(text)
	w.OnChanged = func(text string) {
		if utf8.RuneCountInString(text) > maxNote {
			w.SetText(string([]rune(text)[:maxNote]))
		}
	}
	return w
}

// AcceptsTab returns false, so that Tab moves the focus.
func (w *multilineEntry) AcceptsTab() bool { return false }

// NewCallerForm creates the form.
func NewCallerForm(texts *translations.Texts, in Caller, do CallerActions) *CallerForm {
	f := &CallerForm{
		texts: texts, in: in, do: do, color: in.Category.Color, last: control.NewNote(), failed: control.NewNote(),
		blocking: container.NewVBox(),
	}
	if f.color == "" {
		f.color = protocol.Neutral
	}
	parts := container.NewVBox(f.head())
	buttons := container.NewHBox(layout.NewSpacer())
	if in.MayNote {
		parts.Add(f.category())
		f.save = widget.NewButtonWithIcon(texts.Say("button.save"), theme.ConfirmIcon(), f.saveCategory)
		f.save.Importance = widget.HighImportance
		f.leave = widget.NewButton(texts.Say("button.cancel"), do.Close)
		buttons.Add(f.leave)
		buttons.Add(f.save)
	} else {
		parts.Add(container.NewHBox(f.picture(f.color), widget.NewLabel(f.name(f.color))))
		if in.Category.Comment != "" {
			parts.Add(control.Wrapped(in.Category.Comment))
		}
		f.leave = widget.NewButton(texts.Say("button.ok"), do.Close)
		buttons.Add(f.leave)
	}
	f.changed()
	parts.Add(f.last)
	parts.Add(f.failed)
	if in.MayBlock {
		parts.Add(widget.NewSeparator())
		parts.Add(control.Heading(texts.Say("block.heading")))
		parts.Add(f.blocking)
		f.offer("")
	}
	f.content = container.NewBorder(nil, buttons, nil, nil, container.NewVScroll(parts))
	return f
}

// Content returns the window's contents.
func (f *CallerForm) Content() fyne.CanvasObject { return f.content }

func (f *CallerForm) head() fyne.CanvasObject {
	number := widget.NewLabel(f.in.Number)
	number.SizeName, number.TextStyle.Bold = theme.SizeNameSubHeadingText, true
	number.Truncation = fyne.TextTruncateEllipsis
	if f.in.Who == "" {
		return number
	}
	who := widget.NewLabel(f.in.Who)
	who.Truncation = fyne.TextTruncateEllipsis
	return control.Tight(number, who)
}

func (f *CallerForm) name(c protocol.Color) string {
	switch c {
	case protocol.Green:
		return f.texts.Say("category.green")
	case protocol.Yellow:
		return f.texts.Say("category.yellow")
	case protocol.Red:
		return f.texts.Say("category.red")
	}
	return f.texts.Say("category.neutral")
}

func (f *CallerForm) picture(c protocol.Color) fyne.CanvasObject {
	picture := canvas.NewImageFromResource(card.CategoryIcon(c, f.in.Look))
	picture.FillMode = canvas.ImageFillContain
	picture.SetMinSize(fyne.NewSquareSize(24))
	return picture
}

func (f *CallerForm) category() fyne.CanvasObject {
	var names []string
	for _, c := range categories {
		names = append(names, f.name(c))
	}
	f.choice = newCategoryChoice(names, f.in.Look, f.color)
	f.comment = newMultilineEntry(f.in.Category.Comment, f.texts.Say("category.comment_hint"), 3)
	return container.NewVBox(f.choice, control.Tight(widget.NewLabel(f.texts.Say("category.comment")), f.comment))
}

// changed shows who changed the category last.
func (f *CallerForm) changed() {
	if c := f.in.Category; c.Author != "" {
		f.last.Set(f.texts.SayWith("category.last", map[string]any{
			"Who": c.Author, "When": c.Changed.Local().Format(f.texts.Say("category.when")),
		}), theme.ColorNamePlaceHolder)
	}
}

// Touched reports whether the agent has begun to change something, or reads the result.
func (f *CallerForm) Touched() bool {
	return f.busy || f.asking || f.told || f.reason != nil && f.reason.Text != "" ||
		f.choice != nil && (f.choice.color() != f.color || f.comment.Text != f.in.Category.Comment)
}

// Update shows what a colleague has changed, without what this agent has begun to change.
func (f *CallerForm) Update(in Caller) {
	f.in.Category.Author, f.in.Category.Changed = in.Category.Author, in.Category.Changed
	f.changed()
	if f.in.MayBlock && !f.busy && (f.in.Blocked == nil) != (in.Blocked == nil) {
		f.in.Blocked = in.Blocked
		f.offer("")
	}
}

// saveCategory saves the category and closes the window when the hub has confirmed it.
func (f *CallerForm) saveCategory() {
	if f.busy {
		return
	}
	f.busy = true
	f.failed.Set("", theme.ColorNameError)
	f.do.Note(f.choice.color(), strings.TrimSpace(f.comment.Text), func(failure string) {
		f.busy = false
		if failure == "" {
			f.do.Close()
			return
		}
		f.failed.Set(f.texts.SayWith("category.failed", map[string]any{"Reason": failure}), theme.ColorNameError)
		f.focus(f.save)
	})
}

func (f *CallerForm) about(key string) string {
	return f.texts.SayWith(key, map[string]any{"Number": f.in.Number})
}

func (f *CallerForm) step(focus fyne.Focusable, objects ...fyne.CanvasObject) {
	f.blocking.Objects = objects
	f.blocking.Refresh()
	f.focus(focus)
}

// focus moves the focus to the next step: a pressed button loses it.
func (f *CallerForm) focus(on fyne.Focusable) {
	if f.content == nil || on == nil {
		return // not on the screen yet
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(f.content); c != nil {
		c.Focus(on)
	}
}

// offer is the first step: block or unblock.
func (f *CallerForm) offer(failure string) {
	f.busy, f.asking = false, false
	wrong := control.NewNote()
	if failure != "" {
		wrong.Set(failure, theme.ColorNameError)
	}
	if f.in.Blocked != nil {
		undo := widget.NewButton(f.about("block.undo"), f.unblock)
		f.step(undo, f.blocked(*f.in.Blocked), wrong, container.NewHBox(undo))
		return
	}
	if f.reason == nil {
		f.reason = newMultilineEntry("", f.texts.Say("block.reason_hint"), 1)
	}
	ask := widget.NewButtonWithIcon(f.texts.Say("block.ask"), theme.CancelIcon(), func() {
		if strings.TrimSpace(f.reason.Text) == "" {
			wrong.Set(f.texts.Say("block.no_reason"), theme.ColorNameError)
			f.focus(f.reason)
			return
		}
		f.confirm()
	})
	f.step(ask, control.Tight(widget.NewLabel(f.texts.Say("block.reason")), f.reason), wrong, container.NewHBox(ask))
}

// confirm is the second step: it asks for confirmation with the number and the PBXs.
func (f *CallerForm) confirm() {
	sure := f.about("block.sure_all")
	if len(f.in.PBXs) > 0 {
		sure = f.texts.SayWith("block.sure",
			map[string]any{"Number": f.in.Number, "PBXs": strings.Join(f.in.PBXs, ", ")})
	}
	f.asking = true
	no := widget.NewButton(f.texts.Say("block.no"), func() { f.offer("") })
	yes := widget.NewButton(f.about("block.yes"), func() {
		f.busy = true
		f.step(nil, widget.NewLabel(f.texts.Say("block.working")))
		f.do.Block(strings.TrimSpace(f.reason.Text), f.done)
	})
	yes.Importance = widget.DangerImportance
	f.step(no, control.Lead(sure), container.NewHBox(no, yes))
}

// blocked describes a block: the agent, the time, the reason, and the PBXs where it failed.
func (f *CallerForm) blocked(b protocol.Block) fyne.CanvasObject {
	said := control.Tight(control.Lead(f.about("block.done")))
	if b.Reason != "" {
		said.Add(control.Wrapped(b.Reason))
	}
	if len(b.Failed) > 0 {
		said.Add(control.Wrapped(f.texts.SayWith("block.not_on", map[string]any{"PBXs": strings.Join(b.Failed, ", ")})))
	}
	if b.By != "" && !b.At.IsZero() {
		said.Add(control.Caption(f.texts.SayWith("block.last", map[string]any{
			"Who": b.By, "When": b.At.Local().Format(f.texts.Say("category.when")),
		})))
	}
	return said
}

func (f *CallerForm) unblock() {
	f.busy = true
	f.step(nil, widget.NewLabel(f.texts.Say("block.working")))
	f.do.Unblock(f.in.Blocked, f.done)
}

// done is the last step: the new state and the way to undo it.
func (f *CallerForm) done(now *protocol.Block, message, failure string) {
	if now != nil && message != "" { // the message names the failed PBXs
		said := *now
		said.Failed = nil
		now = &said
	}
	f.in.Blocked, f.told = now, true
	if failure != "" {
		f.offer(f.texts.SayWith("block.failed", map[string]any{"Reason": failure}))
		return
	}
	f.reason = nil
	f.offer("")
	switch {
	case message != "":
		f.blocking.Objects = append([]fyne.CanvasObject{control.Lead(message)}, f.blocking.Objects...)
	case now == nil:
		undone := control.Wrapped(f.about("block.undone"))
		f.blocking.Objects = append([]fyne.CanvasObject{undone}, f.blocking.Objects...)
	}
	f.blocking.Refresh()
	f.focus(f.leave) // not the button that undoes it
}
