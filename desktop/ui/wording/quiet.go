package wording

import (
	"time"

	"traybell/assets/translations"
	"traybell/desktop/settings"
)

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
