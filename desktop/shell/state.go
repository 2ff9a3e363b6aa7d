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
	talking, ringing := s.terminal.InCall()
	switch {
	case s.status.State != client.Working:
		return icons.NoConnection
	case ringing:
		return icons.Ringing
	case talking:
		return icons.Talking
	case s.terminal.DownPBX() != "":
		return icons.Warning
	}
	return icons.Connected
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
	talking, ringing := s.terminal.InCall()
	switch {
	case ringing:
		return s.texts.Count("state.ringing", s.ringing())
	case talking:
		return s.texts.Say("state.talking")
	}
	if pbx := s.terminal.DownPBX(); pbx != "" {
		return s.texts.SayWith("state.pbx_down", map[string]any{"PBX": pbx})
	}
	name := s.terminal.Agent().Name
	if name == "" {
		name = s.inForce().Extension
	}
	return s.texts.SayWith("state.connected", map[string]any{"Name": name})
}

// ringing counts the calls that ring at this agent.
func (s *shell) ringing() int {
	n := 0
	for _, c := range s.terminal.Cards() {
		if c.Mine == protocol.Ringing {
			n++
		}
	}
	return max(n, 1)
}
