package amitest

import (
	"maps"
	"slices"
)

// Devices are the states of a PBX's devices and hints. Its exported methods may be called from any
// goroutine.
type Devices struct {
	pbx    *PBX
	states map[string]Event // the last event of each, by name; guarded by the PBX's lock
}

// Set sets the state of a device, such as PJSIP/101 and INUSE.
func (d *Devices) Set(device, state string) {
	d.set("DeviceStateChange "+device, NewEvent("DeviceStateChange", "call", "Device", device, "State", state))
}

// SetHint sets the state of an extension of the dialplan, such as "1", in use.
func (d *Devices) SetHint(extension, hint, status string) {
	d.set("ExtensionStatus "+extension, NewEvent("ExtensionStatus", "call", "Exten", extension, "Context", "ext-local",
		"Hint", hint, "Status", status, "StatusText", ""))
}

func (d *Devices) set(key string, e Event) {
	d.pbx.mu.Lock()
	defer d.pbx.mu.Unlock()
	d.states[key] = e
	d.pbx.emit(e)
}

// states answers with the states of one kind.
func (r request) states(event, complete string) {
	var rows []Event
	for _, key := range slices.Sorted(maps.Keys(r.pbx.Devices.states)) {
		if e := r.pbx.Devices.states[key]; e.Name == event {
			rows = append(rows, e)
		}
	}
	r.list("States will follow", complete, rows)
}

func (r request) deviceStates() { r.states("DeviceStateChange", "DeviceStateListComplete") }

func (r request) extensionStates() { r.states("ExtensionStatus", "ExtensionStateListComplete") }
