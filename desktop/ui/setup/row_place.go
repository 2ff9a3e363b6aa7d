package setup

import (
	"slices"

	"traybell/desktop/settings"
	"traybell/desktop/ui/control"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// cornerRow sets the corner of popups, with a button to reset their position.
func cornerRow(f *Form) row {
	say := f.texts.Say
	corner := control.NewChoice(
		[]string{
			say("settings.corner_system"), say("settings.bottom_right"), say("settings.bottom_left"),
			say("settings.top_right"), say("settings.top_left"),
		},
		[]string{"", "bottom-right", "bottom-left", "top-right", "top-left"}, f.in.Own.Corner)
	reset := widget.NewButton(say("tray.reset"), func() {
		corner.SetSelectedIndex(0)
		if f.monitor != nil {
			f.monitor.SetSelectedIndex(0)
		}
	})
	return row{
		label: say("settings.corner"), control: container.NewBorder(nil, nil, nil, reset, corner.Select),
		read: func(r *Result) bool {
			r.Own.Corner = corner.Value()
			return true
		},
	}
}

// monitorRow sets the monitor of popups.
func monitorRow(f *Form) row {
	own := f.in.Own.Monitor
	names, values := append([]string{f.texts.Say("settings.monitor_pointer")}, f.in.Monitors...), append([]string{""},
		f.in.Monitors...)
	if own != "" && !slices.Contains(values, own) { // not connected now
		names, values = append(names, own), append(values, own)
	}
	monitor := control.NewChoice(names, values, own)
	f.monitor = monitor
	return row{
		label: f.texts.Say("settings.monitor"), control: monitor.Select, read: func(r *Result) bool {
			r.Own.Monitor = monitor.Value()
			return true
		},
	}
}

// showRow sets how popups are shown. It is disabled if notifications have no actions.
func showRow(f *Form) row {
	say := f.texts.Say
	names, values := []string{say("settings.as_cards")}, []string{""}
	if f.in.Native {
		names, values = append(names, say("settings.as_notifications")), append(values, settings.AsNotifications)
	}
	show := control.NewChoice(names, values, f.in.Own.ShowAs)
	if !f.in.Native {
		show.Disable()
	}
	return row{label: say("settings.show_as"), control: show.Select, read: func(r *Result) bool {
		if f.in.Native {
			r.Own.ShowAs = show.Value()
		}
		return true
	}}
}
