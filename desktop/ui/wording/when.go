// Package wording formats values for the user: times, fingerprints, do-not-disturb.
package wording

import (
	"fmt"
	"time"

	"traybell/assets/translations"
)

// When formats a time in the user's language, as short as possible: today without the date.
func When(texts *translations.Texts, t, now time.Time) string {
	t, now = t.Local(), now.Local()
	clock := t.Format(texts.Say("when.clock"))
	switch {
	case sameDay(t, now):
		return clock
	case sameDay(t, now.AddDate(0, 0, -1)):
		return texts.SayWith("when.yesterday", map[string]any{"Time": clock})
	case sameDay(t, now.AddDate(0, 0, 1)):
		return texts.SayWith("when.tomorrow", map[string]any{"Time": clock})
	}
	return t.Format(texts.Say("category.when"))
}

func sameDay(a, b time.Time) bool {
	y1, m1, d1 := a.Date()
	y2, m2, d2 := b.Date()
	return y1 == y2 && m1 == m2 && d1 == d2
}

// Duration formats the duration of a call, "4:07" or "1:02:03".
func Duration(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// Minutes is a time in whole minutes: "12 minutes", "2 h 5 min".
func Minutes(texts *translations.Texts, d time.Duration) string {
	minutes := int(d / time.Minute)
	if minutes < 60 {
		return texts.Count("duty.minutes", minutes)
	}
	return texts.SayWith("duty.hours", map[string]any{"Hours": minutes / 60, "Minutes": minutes % 60})
}
