package app

import (
	"fmt"

	"traybell/hub/agents"
	"traybell/hub/config"
	"traybell/hub/directory"
	"traybell/hub/pbx"
	"traybell/hub/staff"
	"traybell/hub/tickettemplate"
	"traybell/hub/tracking"
	"traybell/shared/link"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// parts is hub.yml as the hub's parts want it.
type parts struct {
	numbers     *phone.Reader
	templates   tickettemplate.Set
	links       link.Set
	staff       *staff.Staff
	accounts    []agents.Account // of staff
	lines       *tracking.Lines
	settings    protocol.Settings
	pbxs        []string     // those that are enabled
	connections []pbx.Config // of the enabled PBXs
	feeds       []directory.Feed

	authorities map[string]string // what is in the directories' ca files, by path
}

// compile turns the configuration's texts into what runs. All problems that only this finds
// (templates, links, CallerID rules) are returned at once, as config.Problems.
func compile(cfg *config.Config) (parts, error) {
	var p parts
	var problems config.Problems

	var err error
	if p.numbers, err = newReader(cfg); err != nil {
		problems = append(problems, cfg.Problem("caller_id.rules", err.Error()))
	}

	var bad config.Problems
	p.templates, bad = templates(cfg)
	problems = append(problems, bad...)
	p.links, bad = links(cfg)
	problems = append(problems, bad...)

	var people []staff.Agent
	for _, a := range cfg.Agents {
		agent := staff.Agent{Login: a.Login, Name: a.Name, Extensions: a.Extensions, Teams: a.Teams, Rights: a.Rights}
		people = append(people, agent)
		p.accounts = append(p.accounts, agents.Account{Agent: agent, Password: a.Password.Reveal()})
	}
	p.staff = staff.New(people)
	p.lines, bad = trackedLines(cfg, p.numbers)
	problems = append(problems, bad...)
	for i, x := range cfg.PBX {
		if !x.Enabled {
			continue
		}
		p.pbxs = append(p.pbxs, x.ID)
		connection, err := pbxConfig(x)
		if err != nil {
			problems = append(problems, cfg.Problem(fmt.Sprintf("pbx[%d].ca", i), err.Error()))
		}
		p.connections = append(p.connections, connection)
	}
	p.feeds, bad = feeds(cfg)
	problems = append(problems, bad...)
	problems = append(problems, badPatterns(cfg)...)
	p.settings = settings(cfg.Desktop)
	p.authorities = map[string]string{}
	for _, d := range cfg.Directories {
		p.authorities[d.CA] = config.Sum([]string{d.CA})
	}
	if len(problems) > 0 {
		return parts{}, problems
	}
	return p, nil
}

// newReader reads numbers by hub.yml's region and CallerID rules.
func newReader(cfg *config.Config) (*phone.Reader, error) {
	rules := make([]phone.Rule, len(cfg.CallerID.Rules))
	for i, r := range cfg.CallerID.Rules {
		rules[i] = phone.Rule{Prefix: r.Prefix, Min: r.Min, Max: r.Max, Strip: r.Strip, Add: r.Add, Show: r.Show}
	}
	return phone.NewReader(cfg.Region, rules)
}

func settings(d config.Desktop) protocol.Settings {
	kind := func(p config.Popup) protocol.PopupKind {
		return protocol.PopupKind{Enabled: p.Enabled, Appear: p.Appear, Show: p.Show, Disappear: p.Disappear}
	}
	return protocol.Settings{
		Language: d.Language,
		Popups: protocol.Popups{
			Incoming: kind(d.Popups.Incoming), Answer: kind(d.Popups.Answer), Warning: kind(d.Popups.Warning),
		},
		Links:  protocol.Links{CID: d.Links.CID, Map: d.Links.Map, Ticket: d.Links.Ticket},
		Locked: d.Locked,
	}
}
