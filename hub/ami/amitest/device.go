package amitest

import (
	"maps"
	"slices"
)

// listStates answers with the states of devices, or of hints.
func (r request) listStates() {
	rows := slices.Collect(maps.Values(r.pbx.states))
	event, complete := "DeviceStateChange", "DeviceStateListComplete"
	if r.message.Get("Action") == "ExtensionStateList" {
		event, complete = "ExtensionStatus", "ExtensionStateListComplete"
	}
	rows = slices.DeleteFunc(rows, func(e Event) bool { return e.Name != event })
	r.list("States will follow", complete, rows)
}
