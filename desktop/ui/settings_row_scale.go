package ui

import "traybell/desktop/settings"

// scaleRow sets the scale of windows and cards.
func scaleRow(f *SettingsForm) settingsRow {
	scale := newField(f.texts, percent(f.in.Own.Scale), f.texts.Say("settings.scale_hint"), "",
		func(text string) *settings.Problem {
			_, wrong := settings.CheckScale(text)
			return wrong
		})
	return settingsRow{label: f.texts.Say("settings.scale"), control: scale.box, read: func(r *SettingsResult) bool {
		r.Own.Scale, _ = settings.CheckScale(scale.entry.Text)
		return scale.valid()
	}}
}
