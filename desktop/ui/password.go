package ui

import (
	"traybell/assets/translations"
	"traybell/desktop/ui/control"
	"traybell/shared/protocol"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// PasswordActions are called by the form, on Fyne's goroutine.
type PasswordActions struct {
	// Change changes the password, and calls done on Fyne's goroutine if that failed: with the
	// problem, if the hub named one, and a sentence.
	Change func(current, next string, done func(problem protocol.Problem, failure string))
	Close  func()
}

// PasswordForm is the window in which agents change their password. Enter goes to the next field and,
// in the last one, changes the password.
type PasswordForm struct {
	texts                 *translations.Texts
	current, next, repeat *control.Field
	change                *widget.Button
	content               fyne.CanvasObject
	focus                 func(fyne.Focusable)
	busy                  bool // the button is not disabled, as it would lose the focus
}

// passwordLabel is the width of the left column.
const passwordLabel = 150

// NewPasswordForm creates the form. focus moves the focus.
func NewPasswordForm(texts *translations.Texts, do PasswordActions, focus func(fyne.Focusable)) *PasswordForm {
	f := &PasswordForm{texts: texts, focus: focus}
	field := func(hint string) *control.Field {
		one := control.NewField(texts, "", "", hint, nil)
		one.Entry.Password = true
		one.Entry.OnChanged = func(string) { one.Below.Set(hint, theme.ColorNamePlaceHolder) }
		return one
	}
	f.current, f.next, f.repeat = field(""), field(texts.Say("password.hint")), field("")
	f.change = widget.NewButtonWithIcon(texts.Say("password.change"), theme.ConfirmIcon(), func() { f.try(do) })
	f.change.Importance = widget.HighImportance
	f.current.Entry.OnSubmitted = func(string) { focus(f.next.Entry) }
	f.next.Entry.OnSubmitted = func(string) { focus(f.repeat.Entry) }
	f.repeat.Entry.OnSubmitted = func(string) { f.try(do) }
	rows := container.NewVBox()
	for _, row := range []struct {
		label string
		field *control.Field
	}{{"password.current", f.current}, {"password.new", f.next}, {"password.repeat", f.repeat}} {
		name := container.New(control.Narrow(passwordLabel), control.Wrapped(texts.Say(row.label)))
		rows.Add(container.NewBorder(nil, nil, container.NewVBox(name), nil, row.field.Box))
	}
	buttons := container.NewHBox(layout.NewSpacer(), widget.NewButton(texts.Say("button.cancel"), do.Close), f.change)
	f.content = container.NewBorder(nil, buttons, nil, nil,
		container.NewVBox(control.Wrapped(texts.Say("password.about")), rows))
	return f
}

// Content is what the window holds.
func (f *PasswordForm) Content() fyne.CanvasObject { return f.content }

// try changes the password, or says at a field what is wrong.
func (f *PasswordForm) try(do PasswordActions) {
	current, next := f.current.Entry.Text, f.next.Entry.Text
	switch {
	case f.busy:
		return
	case current == "":
		f.fail(f.current, f.texts.Say("password.no_current"))
		return
	case next == "":
		f.fail(f.next, f.texts.Say("password.no_new"))
		return
	case next != f.repeat.Entry.Text:
		f.fail(f.repeat, f.texts.Say("password.differs"))
		return
	}
	f.busy = true
	do.Change(current, next, func(problem protocol.Problem, failure string) {
		f.busy = false
		at := f.current
		switch problem {
		case protocol.PasswordShort, protocol.PasswordLong, protocol.PasswordControl, protocol.PasswordSame,
			protocol.PasswordTaken:
			at = f.next
		}
		f.fail(at, failure)
	})
}

// fail shows an error at a field, which gets the focus.
func (f *PasswordForm) fail(at *control.Field, text string) {
	at.Below.Set(text, theme.ColorNameError)
	f.focus(at.Entry)
}
