package setup

import (
	"time"

	"traybell/desktop/settings"
	"traybell/desktop/ui/control"
	"traybell/desktop/ui/wording"
)

// quietNow is the choice that keeps do-not-disturb as it is.
const quietNow = "now"

// quietRow sets do-not-disturb.
func quietRow(f *Form) row {
	var names, values []string
	current := string(settings.QuietOff)
	if q := f.in.Own.Quiet; q.Active(time.Now()) {
		current = quietNow
		names, values = append(names, wording.QuietUntil(f.texts, q, time.Now())), append(values, quietNow)
	}
	for _, c := range settings.QuietChoices() {
		names, values = append(names, wording.QuietName(f.texts, c)), append(values, string(c))
	}
	quiet := control.NewChoice(names, values, current)
	return row{label: f.texts.Say("tray.quiet"), control: quiet.Select, read: func(r *Result) bool {
		if chosen := quiet.Value(); chosen != current { // an unchanged choice keeps the current end
			r.Own.Quiet = settings.QuietFor(chosen).From(time.Now())
		}
		return true
	}}
}
