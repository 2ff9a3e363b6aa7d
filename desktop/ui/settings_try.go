package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Outcome is what came of a test of the connection.
type Outcome int

// The outcomes.
const (
	Fails     Outcome = iota
	ToConfirm         // nothing is wrong, but the agent has to say something first
	Works
)

// tryRow is the button "Test connection" and what came of it.
type tryRow struct {
	form    *SettingsForm
	button  *widget.Button
	busy    *widget.Activity
	picture *widget.Icon
	told    *widget.Label
	number  int  // counts what is tried, and what is typed: an answer to what the fields said before is none
	trying  bool // it is, and is not pressed again; a button that cannot be pressed would lose the keyboard
	box     *fyne.Container
}

func newTryRow(f *SettingsForm) *tryRow {
	r := &tryRow{form: f, busy: widget.NewActivity(), picture: widget.NewIcon(nil), told: wrapped("")}
	r.button = widget.NewButtonWithIcon(f.texts.Say("settings.try"), theme.MediaReplayIcon(), r.try)
	r.busy.Hide()
	r.picture.Hide()
	r.told.Hide()
	r.told.Selectable = true
	r.box = container.NewVBox(container.NewHBox(r.button, r.busy), container.NewBorder(nil, nil, r.picture, nil, r.told))
	return r
}

// try tries what the form has now, saved or not.
func (r *tryRow) try() {
	if r.trying {
		return
	}
	result := SettingsResult{Own: r.form.in.Own}
	if !r.form.connection.read(&result) {
		return
	}
	r.number++
	number := r.number
	r.trying = true
	r.busy.Show()
	r.busy.Start()
	r.say(nil, r.form.texts.Say("settings.trying"))
	r.form.do.Connect(result, func(outcome Outcome, told string) {
		if number != r.number {
			return
		}
		r.rest()
		picture := theme.NewErrorThemedResource(theme.ErrorIcon())
		switch outcome {
		case ToConfirm:
			r.say(theme.NewColoredResource(theme.QuestionIcon(), theme.ColorNamePrimary), told)
			return
		case Works:
			r.form.connection.solved()
			r.say(theme.NewSuccessThemedResource(theme.ConfirmIcon()), told)
			return
		}
		r.say(picture, told)
	})
}

// rest ends what is tried.
func (r *tryRow) rest() {
	r.trying = false
	r.busy.Stop()
	r.busy.Hide()
}

// forget takes away what was told of what the fields said before.
func (r *tryRow) forget() {
	r.number++
	r.rest()
	r.picture.Hide()
	r.told.Hide()
	r.box.Refresh()
}

func (r *tryRow) say(picture fyne.Resource, text string) {
	r.picture.SetResource(picture)
	if picture == nil {
		r.picture.Hide()
	} else {
		r.picture.Show()
	}
	r.told.SetText(text)
	r.told.Show()
	r.box.Refresh()
}
