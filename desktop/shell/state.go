package shell

import (
	"traybell/assets/icons"
	"traybell/desktop/client"
	"traybell/desktop/ui"
	"traybell/shared/protocol"
)

// state is what the tray shows.
func (s *shell) state() ui.State {
	return ui.State{Picture: s.picture(), Tooltip: s.tooltip()}
}

func (s *shell) picture() icons.State {
	talking, ringing := s.screen.InCall()
	switch {
	case s.status.State != client.Working:
		return icons.NoConnection
	case ringing:
		return icons.Ringing
	case talking:
		return icons.Talking
	case s.deadPBX() != "":
		return icons.Warning
	}
	return icons.Connected
}

// deadPBX is the first PBX that the hub does not reach.
func (s *shell) deadPBX() string {
	for _, p := range s.screen.PBXs() {
		if p.State != protocol.PBXWorking {
			return p.ID
		}
	}
	return ""
}

// tooltip says in a sentence how things are.
func (s *shell) tooltip() string {
	server := map[string]any{"Server": s.inForce().Server}
	if s.asking {
		return s.texts.Say("state.ask_trust")
	}
	if s.status.State != client.Working {
		if s.status.Problem == nil {
			return s.texts.SayWith("state.connecting", server)
		}
		switch s.status.Problem.Kind {
		case client.SettingsIncomplete:
			return s.texts.Say("state.not_set")
		case client.HostUnknown:
			return s.texts.SayWith("state.host_unknown", server)
		case client.PortClosed:
			return s.texts.SayWith("state.port_closed", server)
		case client.NoAnswer:
			return s.texts.SayWith("state.no_answer", server)
		case client.NotAHub:
			return s.texts.SayWith("state.not_a_hub", server)
		case client.PasswordMissing:
			return s.texts.Say("state.no_password")
		case client.PasswordWrong:
			return s.texts.Say("state.refused")
		case client.PasswordShared:
			return s.texts.Say("state.shared")
		case client.CertificateRefused:
			return s.texts.Say("state.ask_trust")
		case client.CertificateChanged:
			return s.texts.Say("state.untrusted")
		case client.ProtocolDiffers:
			return s.texts.Say("state.incompatible")
		case client.Replaced:
			return s.texts.Say("state.replaced")
		case client.EndedByAdmin:
			return s.texts.Say("state.ended")
		}
		return s.texts.SayWith("state.lost", server)
	}
	talking, ringing := s.screen.InCall()
	switch {
	case ringing:
		return s.texts.Count("state.ringing", s.ringing())
	case talking:
		return s.texts.Say("state.talking")
	}
	if pbx := s.deadPBX(); pbx != "" {
		return s.texts.SayWith("state.pbx_down", map[string]any{"PBX": pbx})
	}
	name := s.screen.Agent().Name
	if name == "" {
		name = s.inForce().Extension
	}
	return s.texts.SayWith("state.connected", map[string]any{"Name": name})
}

// ringing counts the calls that ring at this agent.
func (s *shell) ringing() int {
	n := 0
	for _, c := range s.screen.Cards() {
		if c.Mine == protocol.Ringing {
			n++
		}
	}
	return max(n, 1)
}
