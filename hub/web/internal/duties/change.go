package duties

import (
	"traybell/assets/translations"
	"traybell/hub/admin"
	"traybell/shared/protocol"
)

// Change is what an agent may change to. Value is what the form sends.
type Change struct{ Value, Text string }

// Changes returns what an agent may change to.
func Changes(of *admin.Duty, say *translations.Texts, now protocol.AgentNow) (list []Change) {
	add := func(value, text string) { list = append(list, Change{value, text}) }
	for _, state := range now.States {
		switch pauses := of.Pauses(now.Login); {
		case state == protocol.AgentOff:
			add("state off", say.Say("duty.end"))
		case state == protocol.AgentPause && len(pauses) > 0:
			for _, pause := range pauses {
				if now.State != protocol.AgentPause || now.Reason != pause.Code {
					add("state pause "+pause.Code, say.Say("duty.state.pause")+": "+pause.Name)
				}
			}
		default:
			add("state "+string(state), say.Say("duty.state."+string(state)))
		}
	}
	for _, mode := range now.Modes {
		if now.State != protocol.AgentOff || mode != protocol.ModeIncoming { // as the state waiting
			add("mode "+string(mode), say.Say("duty.mode")+": "+say.Say("duty.mode."+string(mode)))
		}
	}
	switch now.State {
	case protocol.AgentTask:
		add("task", say.Say("duty.end_task"))
		add("state off", say.Say("duty.end"))
	case protocol.AgentWrapUp:
		add("state off", say.Say("duty.end"))
	}
	return list
}
