package setup

import (
	"traybell/desktop/settings"
	"traybell/desktop/ui/control"
	"traybell/shared/protocol"
)

// updatesRow chooses what happens when the hub has a newer version.
func updatesRow(f *Form) row {
	say := f.texts.Say
	choice := control.NewChoice([]string{
		say("settings.follow_admin"), say("settings.updates_off"), say("settings.updates_notify"),
		say("settings.updates_install"),
	}, []string{
		"", string(protocol.UpdatesOff), string(protocol.UpdatesNotify), string(protocol.UpdatesInstall),
	}, f.in.Own.Updates)
	locked := f.force.Locked(settings.KeyUpdates)
	if locked {
		choice.Disable()
	}
	return row{
		label: say("settings.updates"), control: choice.Select, locked: locked,
		read: func(r *Result) bool {
			if !locked {
				r.Own.Updates = choice.Value()
			}
			return true
		},
	}
}
