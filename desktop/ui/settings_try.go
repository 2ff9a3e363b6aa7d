package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Outcome is the result of a connection test.
type Outcome int

// The outcomes.
const (
	Fails     Outcome = iota
	ToConfirm         // works after the agent has confirmed something
	Works
)

// tryRow is the button "Test connection" and its result.
type tryRow struct {
	form    *SettingsForm
	button  *widget.Button
	busy    *widget.Activity
	picture *widget.Icon
	message *widget.Label
	number  int  // counts tests and edits: results for earlier values are dropped
	trying  bool // a test is running; the button is not disabled, as it would lose the focus
	box     *fyne.Container
}

func newTryRow(f *SettingsForm) *tryRow {
	r := &tryRow{form: f, busy: widget.NewActivity(), picture: widget.NewIcon(nil), message: wrapped("")}
	r.button = widget.NewButtonWithIcon(f.texts.Say("settings.try"), theme.MediaReplayIcon(), r.try)
	r.busy.Hide()
	r.picture.Hide()
	r.message.Hide()
	r.message.Selectable = true
	r.box = container.NewVBox(container.NewHBox(r.button, r.busy),
		container.NewBorder(nil, nil, r.picture, nil, r.message))
	return r
}

// try tests the current values, saved or not.
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
	r.show(nil, r.form.texts.Say("settings.trying"))
	r.form.do.Connect(result, func(outcome Outcome, message string) {
		if number != r.number {
			return
		}
		r.stop()
		picture := theme.NewErrorThemedResource(theme.ErrorIcon())
		switch outcome {
		case ToConfirm:
			r.show(theme.NewColoredResource(theme.QuestionIcon(), theme.ColorNamePrimary), message)
			return
		case Works:
			r.form.connection.clearProblem()
			r.show(theme.NewSuccessThemedResource(theme.ConfirmIcon()), message)
			return
		}
		r.show(picture, message)
	})
}

// stop ends the busy state.
func (r *tryRow) stop() {
	r.trying = false
	r.busy.Stop()
	r.busy.Hide()
}

// reset clears the result after an edit.
func (r *tryRow) reset() {
	r.number++
	r.stop()
	r.picture.Hide()
	r.message.Hide()
	r.box.Refresh()
}

func (r *tryRow) show(picture fyne.Resource, text string) {
	r.picture.SetResource(picture)
	if picture == nil {
		r.picture.Hide()
	} else {
		r.picture.Show()
	}
	r.message.SetText(text)
	r.message.Show()
	r.box.Refresh()
}
