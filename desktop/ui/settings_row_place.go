package ui

import "slices"

// cornerRow chooses the corner of the screen in which popups come.
func cornerRow(f *SettingsForm) settingsRow {
	say := f.texts.Say
	corner := newChoice(
		[]string{say("settings.corner_system"), say("settings.bottom_right"), say("settings.bottom_left"), say("settings.top_right"), say("settings.top_left")},
		[]string{"", "bottom-right", "bottom-left", "top-right", "top-left"}, f.in.Own.Corner)
	return settingsRow{label: say("settings.corner"), control: corner.Select, read: func(r *SettingsResult) bool {
		r.Own.Corner = corner.value()
		return true
	}}
}

// monitorRow chooses the monitor on which popups come.
func monitorRow(f *SettingsForm) settingsRow {
	own := f.in.Own.Monitor
	names, values := append([]string{f.texts.Say("settings.monitor_pointer")}, f.in.Monitors...), append([]string{""}, f.in.Monitors...)
	if own != "" && !slices.Contains(values, own) { // unplugged at the moment
		names, values = append(names, own), append(values, own)
	}
	monitor := newChoice(names, values, own)
	return settingsRow{label: f.texts.Say("settings.monitor"), control: monitor.Select, read: func(r *SettingsResult) bool {
		r.Own.Monitor = monitor.value()
		return true
	}}
}
