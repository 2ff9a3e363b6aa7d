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

// Parts is hub.yml in the types of the packages that run it.
type Parts struct {
	Numbers     *phone.Reader // reads numbers by region and caller_id.rules
	Connections []pbx.Config  // of the enabled PBXs

	templates tickettemplate.Set
	links     link.Set
	staff     *staff.Staff
	accounts  []agents.Account // of staff
	lines     *tracking.Lines
	settings  protocol.Settings
	pbxs      []string // ids of the enabled PBXs
	feeds     []directory.Feed

	authorities map[string]string // checksums of the directories' ca files, by path
}

// Compile converts a configuration. The error is config.Problems with everything that only the
// conversion finds: templates, links, patterns, CallerID rules, ca files.
func Compile(cfg *config.Config) (Parts, error) {
	var p Parts
	var problems config.Problems

	var err error
	if p.Numbers, err = newReader(cfg); err != nil {
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
	p.lines, bad = trackedLines(cfg, p.Numbers)
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
		p.Connections = append(p.Connections, connection)
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
		return Parts{}, problems
	}
	return p, nil
}

func line(t config.Line) tracking.Line {
	return tracking.Line{
		Number: t.Number, Name: t.Name, Comment: t.Comment, Teams: t.Teams, Agents: t.Agents,
		Show: tracking.Show(t.Show), Template: t.Ticket,
	}
}

// newReader reads numbers by region and caller_id.rules.
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
