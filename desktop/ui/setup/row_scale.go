package setup

import (
	"traybell/desktop/settings"
	"traybell/desktop/ui/control"
)

// scaleRow sets the scale of windows and cards.
func scaleRow(f *Form) row {
	scale := control.NewField(f.texts, percent(f.in.Own.Scale), f.texts.Say("settings.scale_hint"), "",
		func(text string) *settings.Problem {
			_, wrong := settings.CheckScale(text)
			return wrong
		})
	return row{label: f.texts.Say("settings.scale"), control: scale.Box, read: func(r *Result) bool {
		r.Own.Scale, _ = settings.CheckScale(scale.Entry.Text)
		return scale.Valid()
	}}
}
