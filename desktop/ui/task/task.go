// Package task is the form for tasks: choose what for, begin, write a note, finish. It belongs to
// Fyne's goroutine.
package task

import (
	"slices"

	"traybell/assets/translations"
	"traybell/desktop/ui/control"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Content is what the form shows.
type Content struct {
	State         string // in words, with the time so far
	Projects      []protocol.Choice
	Kinds         []protocol.Choice
	May           bool // a task can begin
	Running       bool // a task is running, with these codes
	Project, Kind string
}

// Actions are called on Fyne's goroutine.
type Actions struct {
	Begin func(project, kind string) // codes
	End   func(note string)
	Close func()
}

// Form is the content of the window.
type Form struct {
	texts         *translations.Texts
	do            Actions
	state, below  *control.Note
	project, kind *widget.Select
	note          *widget.Entry
	press         *widget.Button
	content       fyne.CanvasObject
	in            Content
}

// New creates the form.
func New(texts *translations.Texts, in Content, do Actions) *Form {
	f := &Form{texts: texts, do: do, state: control.NewNote(), below: control.NewNote()}
	f.project = widget.NewSelect(nil, func(string) { f.update() })
	f.kind = widget.NewSelect(nil, func(string) { f.update() })
	f.project.PlaceHolder, f.kind.PlaceHolder = texts.Say("task.choose"), texts.Say("task.choose")
	f.note = widget.NewMultiLineEntry()
	f.note.SetMinRowsVisible(3)
	f.note.SetPlaceHolder(texts.Say("task.note_hint"))
	f.press = widget.NewButtonWithIcon("", nil, f.pressed)
	f.press.Importance = widget.HighImportance
	form := widget.NewForm()
	if len(in.Projects) > 0 {
		form.Append(texts.Say("task.project"), f.project)
	}
	form.Append(texts.Say("task.kind"), f.kind)
	form.Append(texts.Say("task.note"), f.note)
	buttons := container.NewHBox(widget.NewButton(texts.Say("button.close"), do.Close), layout.NewSpacer(), f.press)
	f.content = container.NewBorder(f.state, buttons, nil, nil, container.NewVBox(form, f.below))
	f.Show(in)
	return f
}

// Content is what the window holds.
func (f *Form) Content() fyne.CanvasObject { return f.content }

// Note is what the agent has written.
func (f *Form) Note() string { return f.note.Text }

// SetNote sets the note.
func (f *Form) SetNote(text string) { f.note.SetText(text) }

// Fail says why something was not done; empty: nothing failed.
func (f *Form) Fail(failure string) { f.below.Set(failure, theme.ColorNameError) }

// Show shows a new state. What the agent chose and wrote stays, unless a task runs or has ended.
func (f *Form) Show(in Content) {
	ended := f.in.Running && !in.Running
	f.in = in
	f.state.Set(in.State, theme.ColorNameForeground)
	f.project.Options, f.kind.Options = names(in.Projects), names(in.Kinds)
	switch {
	case in.Running:
		f.project.Selected, f.kind.Selected = name(in.Projects, in.Project), name(in.Kinds, in.Kind)
	case ended:
		f.note.SetText("")
	case len(in.Kinds) == 1:
		f.kind.Selected = in.Kinds[0].Name
	}
	if len(in.Projects) == 1 && !in.Running {
		f.project.Selected = in.Projects[0].Name
	}
	f.update()
}

// update enables what is possible.
func (f *Form) update() {
	if f.content == nil {
		return
	}
	text, icon, ready := "task.begin", theme.MediaPlayIcon(), f.in.May && f.kind.Selected != "" &&
		(len(f.in.Projects) == 0 || f.project.Selected != "")
	for _, s := range []*widget.Select{f.project, f.kind} {
		if f.in.Running {
			s.Disable()
		} else {
			s.Enable()
		}
	}
	if f.in.Running {
		text, icon, ready = "task.end", theme.MediaStopIcon(), true
		f.note.Enable()
	} else {
		f.note.Disable()
	}
	f.press.SetText(f.texts.Say(text))
	f.press.SetIcon(icon)
	if ready {
		f.press.Enable()
	} else {
		f.press.Disable()
	}
	f.project.Refresh()
	f.kind.Refresh()
}

func (f *Form) pressed() {
	f.Fail("")
	if f.in.Running {
		f.do.End(f.note.Text)
		return
	}
	f.do.Begin(code(f.in.Projects, f.project.Selected), code(f.in.Kinds, f.kind.Selected))
}

func names(list []protocol.Choice) (names []string) {
	for _, c := range list {
		names = append(names, c.Name)
	}
	return names
}

func name(list []protocol.Choice, code string) string {
	if i := slices.IndexFunc(list, func(c protocol.Choice) bool { return c.Code == code }); i >= 0 {
		return list[i].Name
	}
	return code
}

func code(list []protocol.Choice, name string) string {
	if i := slices.IndexFunc(list, func(c protocol.Choice) bool { return c.Name == name }); i >= 0 {
		return list[i].Code
	}
	return ""
}
