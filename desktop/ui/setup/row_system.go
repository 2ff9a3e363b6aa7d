package setup

import (
	"traybell/desktop/settings"
	"traybell/desktop/ui/control"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// System are settings that the desktop environment stores, not the settings file.
type System struct {
	Autostart bool // start at sign-in
	Links     bool // handler of tel: and callto: links
}

// systemRow sets the start at sign-in and the handling of links.
func systemRow(f *Form) row {
	start := widget.NewCheck(f.texts.Say("settings.autostart"), nil)
	links := widget.NewCheck(f.texts.Say("settings.open_links"), nil)
	start.SetChecked(f.in.System.Autostart)
	links.SetChecked(f.in.System.Links)
	rows := container.NewVBox(start, links)
	if f.force.Locked(settings.KeyAutostart) {
		start.Disable()
		rows = container.NewVBox(container.NewBorder(nil, nil, nil, control.NewLock(f.texts), start), links)
	}
	return row{
		label: f.texts.Say("settings.system"), control: rows,
		read: func(r *Result) bool {
			if on := start.Checked; on != f.in.System.Autostart {
				r.Own.Autostart = &on
			}
			r.System = System{Autostart: start.Checked, Links: links.Checked}
			return true
		},
	}
}
