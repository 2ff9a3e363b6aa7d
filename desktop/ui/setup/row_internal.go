package setup

import "fyne.io/fyne/v2/widget"

// internalRow sets whether internal calls have popups.
func internalRow(f *Form) row {
	show := widget.NewCheck(f.texts.Say("settings.internal_show"), nil)
	was := f.in.Own.HideInternal
	show.SetChecked(was == nil || !*was)
	return row{label: f.texts.Say("settings.internal"), control: show, read: func(r *Result) bool {
		if hide := !show.Checked; was != nil || hide {
			r.Own.HideInternal = &hide
		}
		return true
	}}
}
