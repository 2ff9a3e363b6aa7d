package ui

import (
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// System are settings that the desktop environment stores, not the settings file.
type System struct {
	Autostart bool // start at sign-in
	Links     bool // handler of tel: and callto: links
}

// systemRow sets the start at sign-in and the handling of links.
func systemRow(f *SettingsForm) settingsRow {
	start := widget.NewCheck(f.texts.Say("settings.autostart"), nil)
	links := widget.NewCheck(f.texts.Say("settings.open_links"), nil)
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
