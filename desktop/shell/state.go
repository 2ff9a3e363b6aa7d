package shell

import (
	"traybell/assets/icons"
	"traybell/desktop/client"
	"traybell/desktop/ui"
	"traybell/shared/protocol"
)

// state is what the tray shows.
func (s *shell) state() ui.State {
	return ui.State{Picture: s.picture(), Tooltip: s.tooltip(), Quiet: s.own.Quiet, Missed: s.missed.count}
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

// deadPBX is the first PBX that the hub does not reach. One that is stopped without a reason is
// left alone at somebody's wish.
func (s *shell) deadPBX() string {
	for _, p := range s.screen.PBXs() {
		if p.State != protocol.PBXWorking && (p.State != protocol.PBXStopped || p.Reason != "") {
			return p.ID
		}
	}
	return ""
}

// tooltip says in a sentence how things are.
func (s *shell) tooltip() string {
	server := s.inForce().Server
	if s.asking {
		return s.texts.Say("state.ask_trust")
	}
	if s.status.State != client.Working {
		if s.status.Problem == nil {
			return s.texts.SayWith("state.connecting", map[string]any{"Server": server})
		}
		return s.problem(s.status.Problem, server)
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
