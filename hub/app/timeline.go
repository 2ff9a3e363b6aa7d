package app

import (
	"strings"

	"traybell/hub/agents"
	"traybell/hub/pbx"
	"traybell/hub/timeline"
	"traybell/hub/why"
	"traybell/shared/protocol"
)

// present records when agents are signed in.
func (a *App) present(p agents.Presence) {
	e := timeline.Event{
		Subject: timeline.Agent, Who: p.Login, What: timeline.Out, Where: p.Desktop, Code: p.Code, Text: p.Reason,
	}
	if p.In {
		e.What = timeline.In
	}
	a.timeline.Add(e)
	name, teams := p.Login, []string(nil)
	if agent, ok := a.desk.Staff().Agent(p.Login); ok {
		name, teams = agent.Name, agent.Teams
	}
	if p.In {
		a.queues.Opened(p.Login)
		a.mobile.Opened(p.Login)
	}
	a.listens.Present(p.In, p.Login, name, teams)
	a.duty.Present(p.Login, p.In)
	a.colleagues.Changed()
	openPages(a, p)
}

// pbxEvent is the state of the connection to a PBX.
func pbxEvent(s pbx.Status) timeline.Event {
	e := timeline.Event{Subject: timeline.PBX, Who: s.ID, What: timeline.Away, Text: s.Reason}
	if s.State == protocol.PBXWorking {
		e.What, e.Text = timeline.Working, ""
	}
	return e
}

// rightsEvent names the rights without which calls are not seen and that the manager user lacks, or
// that nothing has shown yet.
func rightsEvent(id string, rights []pbx.Right) timeline.Event {
	var lacking []string
	for _, r := range rights {
		switch {
		case !r.Required || r.Verdict == pbx.Granted:
		case r.Verdict == pbx.Missing:
			lacking = append(lacking, r.Setting)
		default:
			lacking = append(lacking, r.Setting+" (?)")
		}
	}
	return timeline.Event{
		Subject: timeline.PBX, Who: id, What: timeline.Rights, Text: strings.Join(lacking, "; "),
	}
}

// whyRules are what explains calls.
func (a *App) whyRules() why.Rules {
	rules := a.desk.Rules()
	return why.Rules{Staff: rules.Staff, Numbers: rules.Numbers, PBXs: rules.PBXs}
}
