package settings

import "time"

// Quiet is do-not-disturb. It is measured by the wall clock, so that it ends when it was to,
// whether the program was restarted or the computer slept meanwhile.
type Quiet struct {
	On    bool      `json:"on,omitempty"`
	Until time.Time `json:"until,omitzero"` // zero: until it is switched off
}

// longestQuiet is more than any choice with an end lasts: from five in the morning to the next one
// at eight, on the day on which clocks are set back.
const longestQuiet = 28*time.Hour + time.Minute

// Holds tells whether nothing may disturb at that moment. An end that is farther away than any
// choice has was set by a clock that was wrong: it would keep calls from the agent for days.
func (q Quiet) Holds(now time.Time) bool {
	return q.On && (q.Until.IsZero() || now.Round(0).Before(q.Until) && q.Until.Sub(now.Round(0)) <= longestQuiet)
}

// QuietFor names how long the agent wants quiet.
type QuietFor string

// The choices, in the order in which they are offered.
const (
	QuietHalfHour QuietFor = "half_hour"
	QuietHour     QuietFor = "hour"
	QuietMorning  QuietFor = "morning" // the next one: early in the night that is the same day's
	QuietAlways   QuietFor = "always"  // until it is switched off
	QuietOff      QuietFor = "off"
)

// QuietChoices lists them.
func QuietChoices() []QuietFor {
	return []QuietFor{QuietHalfHour, QuietHour, QuietMorning, QuietAlways, QuietOff}
}

const (
	morning   = 8 // o'clock
	nightEnds = 5 // before it, the morning to come is today's
)

// From is the quiet that begins now, in now's time zone.
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
