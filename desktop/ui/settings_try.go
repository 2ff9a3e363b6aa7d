package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// tryRow is the button "Test connection" and what came of it.
type tryRow struct {
	form    *SettingsForm
	button  *widget.Button
	busy    *widget.Activity
	picture *widget.Icon
	told    *widget.Label
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
	result := SettingsResult{Own: r.form.in.Own}
	if !r.form.connection.read(&result) {
		return
	}
	r.button.Disable()
	r.busy.Show()
	r.busy.Start()
	r.say(nil, r.form.texts.Say("settings.trying"))
	r.form.do.Connect(result, func(works bool, told string) {
		r.busy.Stop()
		r.busy.Hide()
		r.button.Enable()
		picture := theme.NewErrorThemedResource(theme.ErrorIcon())
		if works {
			r.form.connection.solved()
			r.say(theme.NewSuccessThemedResource(theme.ConfirmIcon()), told)
			return
		}
		r.say(picture, told)
	})
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
