package ui

import "fyne.io/fyne/v2/widget"

// internalRow sets whether internal calls have popups.
func internalRow(f *SettingsForm) settingsRow {
	show := widget.NewCheck(f.texts.Say("settings.internal_show"), nil)
	was := f.in.Own.HideInternal
	show.SetChecked(was == nil || !*was)
	return settingsRow{label: f.texts.Say("settings.internal"), control: show, read: func(r *SettingsResult) bool {
		if hide := !show.Checked; was != nil || hide {
			r.Own.HideInternal = &hide
		}
		return true
	}}
}
