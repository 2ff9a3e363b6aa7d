package ui

import (
	"time"

	"traybell/assets/translations"
	"traybell/desktop/settings"
)

// quietNow is the choice that keeps do-not-disturb as it is.
const quietNow = "now"

// quietRow sets do-not-disturb.
func quietRow(f *SettingsForm) settingsRow {
	var names, values []string
	current := string(settings.QuietOff)
	if q := f.in.Own.Quiet; q.Active(time.Now()) {
		current = quietNow
		names, values = append(names, QuietUntil(f.texts, q, time.Now())), append(values, quietNow)
	}
	for _, c := range settings.QuietChoices() {
		names, values = append(names, QuietName(f.texts, c)), append(values, string(c))
	}
	quiet := newChoice(names, values, current)
	return settingsRow{label: f.texts.Say("tray.quiet"), control: quiet.Select, read: func(r *SettingsResult) bool {
		if chosen := quiet.value(); chosen != current { // an unchanged choice keeps the current end
			r.Own.Quiet = settings.QuietFor(chosen).From(time.Now())
		}
		return true
	}}
}

// QuietName is the title of a choice.
func QuietName(texts *translations.Texts, c settings.QuietFor) string {
	switch c {
	case settings.QuietHalfHour:
		return texts.Say("quiet.half_hour")
	case settings.QuietHour:
		return texts.Say("quiet.hour")
	case settings.QuietMorning:
		return texts.Say("quiet.morning")
	case settings.QuietAlways:
		return texts.Say("quiet.always")
	}
	return texts.Say("quiet.off")
}

// QuietUntil describes active do-not-disturb.
func QuietUntil(texts *translations.Texts, q settings.Quiet, now time.Time) string {
	if q.Until.IsZero() {
		return texts.Say("quiet.on")
	}
	return texts.SayWith("quiet.until", map[string]any{"When": When(texts, q.Until, now)})
}
