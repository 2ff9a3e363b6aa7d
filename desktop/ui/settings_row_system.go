package ui

import (
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// System is what the agent's desktop does with the program by itself. It is kept by the desktop and
// not among the settings.
type System struct {
	Autostart bool // starts it at sign-in
	Links     bool // opens tel: and callto: addresses with it
}

// systemRow sets what the desktop does with the program.
func systemRow(f *SettingsForm) settingsRow {
	start, links := widget.NewCheck(f.texts.Say("settings.autostart"), nil), widget.NewCheck(f.texts.Say("settings.open_links"),
		nil)
	start.SetChecked(f.in.System.Autostart)
	links.SetChecked(f.in.System.Links)
	return settingsRow{
		label: f.texts.Say("settings.system"), control: container.NewVBox(start, links),
		read: func(r *SettingsResult) bool {
			r.System = System{Autostart: start.Checked, Links: links.Checked}
			return true
		},
	}
}
