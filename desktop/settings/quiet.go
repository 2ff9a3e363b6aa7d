package settings

import "time"

// Quiet is do-not-disturb. Its end is a wall clock time, so that restarts and sleep do not extend
// it.
type Quiet struct {
	On    bool      `json:"on,omitempty"`
	Until time.Time `json:"until,omitzero"` // zero: until turned off
}

// maxQuiet exceeds the longest choice with an end: from 5:00 until 8:00 the next day, when clocks
// are set back.
const maxQuiet = 28*time.Hour + time.Minute

// Active reports whether do-not-disturb is on at a time. An end beyond maxQuiet was set by a wrong
// clock and is ignored, as calls would be hidden for days.
func (q Quiet) Active(now time.Time) bool {
	return q.On && (q.Until.IsZero() || now.Round(0).Before(q.Until) && q.Until.Sub(now.Round(0)) <= maxQuiet)
}

// QuietFor is a duration of do-not-disturb.
type QuietFor string

// The choices, in the order of the menu.
const (
	QuietHalfHour QuietFor = "half_hour"
	QuietHour     QuietFor = "hour"
	QuietMorning  QuietFor = "morning" // the next morning; before 5:00 that of the same day
	QuietAlways   QuietFor = "always"  // until turned off
	QuietOff      QuietFor = "off"
)

// QuietChoices lists the choices.
func QuietChoices() []QuietFor {
	return []QuietFor{QuietHalfHour, QuietHour, QuietMorning, QuietAlways, QuietOff}
}

const (
	morning   = 8 // hour
	nightEnds = 5 // hour; before it, the next morning is today's
)

// From returns the quiet period that starts at now, in now's time zone.
func (c QuietFor) From(now time.Time) Quiet {
	now = now.Round(0)
	switch c {
	case QuietHalfHour:
		return Quiet{On: true, Until: now.Add(30 * time.Minute)}
	case QuietHour:
		return Quiet{On: true, Until: now.Add(time.Hour)}
	case QuietMorning:
		day := now
		if now.Hour() >= nightEnds {
			day = now.AddDate(0, 0, 1)
		}
		return Quiet{On: true, Until: time.Date(day.Year(), day.Month(), day.Day(), morning, 0, 0, 0, now.Location())}
	case QuietAlways:
		return Quiet{On: true}
	}
	return Quiet{}
}
