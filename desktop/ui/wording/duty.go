package wording

import (
	"traybell/assets/translations"
	"traybell/shared/protocol"
)

var agentStates = map[protocol.AgentState]string{
	protocol.AgentOff: "duty.state.off", protocol.AgentWaiting: "duty.state.waiting",
	protocol.AgentPause: "duty.state.pause", protocol.AgentWrapUp: "duty.state.wrap_up",
	protocol.AgentRinging: "duty.state.ringing", protocol.AgentCalling: "duty.state.calling",
	protocol.AgentTalking: "duty.state.talking", protocol.AgentHold: "duty.state.hold",
	protocol.AgentIdle: "duty.state.idle", protocol.AgentTask: "duty.state.task",
}

var modes = map[protocol.Mode]string{
	protocol.ModeIncoming: "duty.mode.incoming", protocol.ModeOutgoing: "duty.mode.outgoing",
	protocol.ModeOffline: "duty.mode.offline",
}

// AgentState is the name of a state; one that this version does not know stays as the hub has it.
func AgentState(texts *translations.Texts, s protocol.AgentState) string {
	if key, ok := agentStates[s]; ok {
		return texts.Say(key)
	}
	return string(s)
}

// Mode is the name of a mode.
func Mode(texts *translations.Texts, m protocol.Mode) string {
	if key, ok := modes[m]; ok {
		return texts.Say(key)
	}
	return string(m)
}
