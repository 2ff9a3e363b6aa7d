package ui

import (
	"strings"
	"unicode/utf8"

	"traybell/assets/translations"
	"traybell/desktop/ui/card"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// longestNote is what the hub takes as a comment or a reason, in characters.
const longestNote = 1000

// Caller is what the window about a caller shows.
type Caller struct {
	Number   string // as people write it
	Who      string // the customer, where one is known
	Category protocol.Category
	PBXs     []string        // where blocking would count
	MayNote  bool            // the agent has the right to change categories
	MayBlock bool            // and to block callers
	Blocked  *protocol.Block // nil: it is not
	Look     card.Look       // how the pictures are drawn
}

// CallerActions are what its buttons do, on Fyne's goroutine. Done is to be called there too, once,
// with what went wrong in a sentence, or with nothing.
type CallerActions struct {
	Note func(color protocol.Color, comment string, done func(failure string))
	// told: what the hub says where it was not done everywhere
	Block   func(reason string, done func(now *protocol.Block, told, failure string))
	Unblock func(was *protocol.Block, done func(now *protocol.Block, told, failure string))
	Close   func()
}

// CallerForm is the contents of the window about a caller: the category with its comment, and the
// blocking. What the agent may not do is not in it.
type CallerForm struct {
	texts *translations.Texts
	in    Caller
	do    CallerActions

	color   protocol.Color // as it was
	choice  *categoryChoice
	comment *words
	failed  *note
	save    *widget.Button
	busy    bool // the hub is asked to save

	blocking *fyne.Container // its contents change from step to step
	reason   *words

	content fyne.CanvasObject
}

// words is an entry of several lines that Tab leaves.
type words struct{ widget.Entry }

func newWords(text, hint string, rows int) *words {
	w := &words{}
	w.MultiLine, w.Wrapping, w.PlaceHolder = true, fyne.TextWrapWord, hint
	w.ExtendBaseWidget(w)
	w.SetMinRowsVisible(rows)
	w.SetText(text)
	w.OnChanged = func(text string) {
		if utf8.RuneCountInString(text) > longestNote {
			w.SetText(string([]rune(text)[:longestNote]))
		}
	}
	return w
}

// AcceptsTab leaves the key to the window, so that the keyboard alone comes on.
func (w *words) AcceptsTab() bool { return false }

// NewCallerForm builds it.
func NewCallerForm(texts *translations.Texts, in Caller, do CallerActions) *CallerForm {
	f := &CallerForm{
		texts: texts, in: in, do: do, color: in.Category.Color, failed: newNote(), blocking: container.NewVBox(),
	}
	if f.color == "" {
		f.color = protocol.Neutral
	}
	parts := container.NewVBox(f.head())
	buttons := container.NewHBox(layout.NewSpacer())
	if in.MayNote {
		parts.Add(f.category())
		f.save = widget.NewButtonWithIcon(texts.Say("button.save"), theme.ConfirmIcon(), f.note)
		f.save.Importance = widget.HighImportance
		buttons.Add(widget.NewButton(texts.Say("button.cancel"), do.Close))
		buttons.Add(f.save)
	} else {
		parts.Add(container.NewHBox(f.picture(f.color), label(f.name(f.color))))
		if in.Category.Comment != "" {
			parts.Add(sentence(in.Category.Comment, false))
		}
		buttons.Add(widget.NewButton(texts.Say("button.ok"), do.Close))
	}
	parts.Add(f.changed())
	parts.Add(f.failed)
	if in.MayBlock {
		parts.Add(widget.NewSeparator())
		parts.Add(heading(texts.Say("block.heading")))
		parts.Add(f.blocking)
		f.offer("")
	}
	f.content = container.NewBorder(nil, buttons, nil, nil, container.NewVScroll(parts))
	return f
}

// Content is what the window shows.
func (f *CallerForm) Content() fyne.CanvasObject { return f.content }

func (f *CallerForm) head() fyne.CanvasObject {
	number := widget.NewLabel(f.in.Number)
	number.SizeName, number.TextStyle.Bold, number.Truncation = theme.SizeNameSubHeadingText, true, fyne.TextTruncateEllipsis
	if f.in.Who == "" {
		return number
	}
	who := widget.NewLabel(f.in.Who)
	who.Truncation = fyne.TextTruncateEllipsis
	return tight(number, who)
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
	f.comment = newWords(f.in.Category.Comment, f.texts.Say("category.comment_hint"), 3)
	return container.NewVBox(f.choice, tight(label(f.texts.Say("category.comment")), f.comment))
}

func (f *CallerForm) changed() fyne.CanvasObject {
	c := f.in.Category
	if c.Author == "" {
		return newNote()
	}
	return caption(f.texts.SayWith("category.last", map[string]any{
		"Who": c.Author, "When": c.Changed.Local().Format(f.texts.Say("category.when")),
	}))
}

// note saves the category; the window goes when the hub has it.
func (f *CallerForm) note() {
	if f.busy {
		return
	}
	f.busy = true
	f.failed.say("", theme.ColorNameError)
	f.do.Note(f.choice.color(), strings.TrimSpace(f.comment.Text), func(failure string) {
		f.busy = false
		if failure == "" {
			f.do.Close()
			return
		}
		f.failed.say(f.texts.SayWith("category.failed", map[string]any{"Reason": failure}), theme.ColorNameError)
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

// focus gives the keyboard to what comes next: a button that was pressed loses it.
func (f *CallerForm) focus(on fyne.Focusable) {
	if f.content == nil || on == nil {
		return // not on the screen yet
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(f.content); c != nil {
		c.Focus(on)
	}
}

// offer is the first step: a reason to block, or the way back.
func (f *CallerForm) offer(failure string) {
	wrong := newNote()
	if failure != "" {
		wrong.say(f.texts.SayWith("block.failed", map[string]any{"Reason": failure}), theme.ColorNameError)
	}
	if f.in.Blocked != nil {
		undo := widget.NewButton(f.about("block.undo"), f.unblock)
		f.step(undo, f.blocked(*f.in.Blocked), wrong, container.NewHBox(undo))
		return
	}
	if f.reason == nil {
		f.reason = newWords("", f.texts.Say("block.reason_hint"), 1)
	}
	ask := widget.NewButtonWithIcon(f.texts.Say("block.ask"), theme.CancelIcon(), f.confirm)
	f.step(ask, tight(label(f.texts.Say("block.reason")), f.reason), wrong, container.NewHBox(ask))
}

// confirm is the second: what will happen to which number, and where.
func (f *CallerForm) confirm() {
	sure := f.about("block.sure_all")
	if len(f.in.PBXs) > 0 {
		sure = f.texts.SayWith("block.sure",
			map[string]any{"Number": f.in.Number, "PBXs": strings.Join(f.in.PBXs, ", ")})
	}
	no := widget.NewButton(f.texts.Say("block.no"), func() { f.offer("") })
	yes := widget.NewButton(f.about("block.yes"), func() {
		f.step(nil, label(f.texts.Say("block.working")))
		f.do.Block(strings.TrimSpace(f.reason.Text), f.done)
	})
	yes.Importance = widget.DangerImportance
	f.step(no, sentence(sure, true), container.NewHBox(no, yes))
}

// blocked says who blocked the number, when and why, and where not yet.
func (f *CallerForm) blocked(b protocol.Block) fyne.CanvasObject {
	said := tight(sentence(f.about("block.done"), true))
	if b.Reason != "" {
		said.Add(sentence(b.Reason, false))
	}
	if len(b.Failed) > 0 {
		said.Add(sentence(f.texts.SayWith("block.not_on", map[string]any{"PBXs": strings.Join(b.Failed, ", ")}), false))
	}
	if b.By != "" && !b.At.IsZero() {
		said.Add(caption(f.texts.SayWith("block.last", map[string]any{
			"Who": b.By, "When": b.At.Local().Format(f.texts.Say("category.when")),
		})))
	}
	return said
}

func (f *CallerForm) unblock() {
	f.step(nil, label(f.texts.Say("block.working")))
	f.do.Unblock(f.in.Blocked, f.done)
}

// done is the last: how it stands now, and the way back.
func (f *CallerForm) done(now *protocol.Block, told, failure string) {
	if now != nil && told != "" { // which says where not, and why
		said := *now
		said.Failed = nil
		now = &said
	}
	f.in.Blocked = now
	f.offer(failure)
	switch {
	case failure != "":
	case told != "":
		f.blocking.Objects = append([]fyne.CanvasObject{sentence(told, true)}, f.blocking.Objects...)
	case now == nil:
		f.blocking.Objects = append([]fyne.CanvasObject{sentence(f.about("block.undone"), false)}, f.blocking.Objects...)
	}
	f.blocking.Refresh()
}
