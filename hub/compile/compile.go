// Package compile converts hub.yml into the types of the packages that run it, and finds the
// problems that only the conversion shows. Nothing connects.
package compile

import (
	"fmt"
	"slices"

	"traybell/hub/agents"
	"traybell/hub/announcements"
	"traybell/hub/calldata"
	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/config/watch"
	"traybell/hub/directory"
	"traybell/hub/endpoint"
	"traybell/hub/helpdesk/kinds"
	"traybell/hub/mobile"
	"traybell/hub/pbx"
	"traybell/hub/queueing"
	"traybell/hub/recordings"
	"traybell/hub/rules"
	"traybell/hub/staff"
	"traybell/hub/tickettemplate"
	"traybell/hub/tracking"
	"traybell/hub/webhooks"
	"traybell/hub/why"
	"traybell/shared/link"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Parts is hub.yml in the types of the packages that run it.
type Parts struct {
	Numbers     *phone.Reader // reads numbers by region and caller_id.rules
	Connections []pbx.Config  // of the enabled PBXs

	Templates     tickettemplate.Set
	Links         link.Set
	CallData      *calldata.Fields
	Staff         *staff.Staff
	Accounts      []agents.Account // of Staff
	Lines         *tracking.Lines
	Rules         *rules.Set
	Settings      protocol.Settings
	PBXs          []string                   // ids of the enabled PBXs
	Endpoints     map[string]*endpoint.Rules // by PBX
	Queues        []queueing.Queue
	Mobile        mobile.Rules
	Hooks         []webhooks.Webhook
	Recordings    recordings.Rules // without the address of links
	Announcements announcements.Rules
	Authorities   map[string]string // checksums of the directories' ca files, by path

	feeds []directory.Feed
}

// Hub converts a configuration. The error is document.Problems with everything that only the
// conversion finds: templates, links, patterns, CallerID rules, the help desk, ca files.
func Hub(cfg *config.Config) (Parts, error) {
	var p Parts
	var problems document.Problems

	var err error
	if p.Numbers, err = Reader(cfg); err != nil {
		problems = append(problems, cfg.Problem("caller_id.rules", err.Error()))
	}

	var bad document.Problems
	p.CallData = callData(cfg)
	p.Templates, bad = templates(cfg, p.CallData)
	problems = append(problems, bad...)
	p.Links, bad = links(cfg, p.CallData)
	problems = append(problems, bad...)

	p.Staff = Staff(cfg)
	for i, agent := range p.Staff.Agents() {
		p.Accounts = append(p.Accounts, agents.Account{Agent: agent, Password: cfg.Agents[i].Password.Reveal()})
	}
	problems = append(problems, kinds.Check(cfg)...)
	p.Lines, bad = Lines(cfg, p.Numbers)
	problems = append(problems, bad...)
	p.Rules, bad = Rules(cfg)
	problems = append(problems, bad...)
	p.Queues = Queues(cfg, p.Staff)
	p.Announcements = announcementRules(cfg)
	p.Mobile, bad = mobiles(cfg, p)
	problems = append(problems, bad...)
	p.Endpoints = map[string]*endpoint.Rules{}
	for i, x := range cfg.PBX {
		if !x.Enabled {
			continue
		}
		p.PBXs = append(p.PBXs, x.ID)
		p.Endpoints[x.ID] = Endpoints(x, p.Staff)
		connection, err := pbxConfig(x, p.Queues, eventClasses(cfg, x))
		if err != nil {
			problems = append(problems, cfg.Problem(fmt.Sprintf("pbx[%d].ca", i), err.Error()))
		}
		connection.Dialplan = needed(p, x.ID)
		p.Connections = append(p.Connections, connection)
	}
	p.feeds, bad = feeds(cfg)
	problems = append(problems, bad...)
	problems = append(problems, badPatterns(cfg)...)
	problems = append(problems, badPeople(cfg)...)
	p.Hooks, bad = hooks(cfg)
	problems = append(problems, bad...)
	problems = append(problems, badProvider(cfg)...)
	p.Recordings, bad = recordingRules(cfg)
	problems = append(problems, bad...)
	p.Settings = settings(cfg.Desktop)
	p.Authorities = map[string]string{}
	for _, d := range cfg.Directories {
		p.Authorities[d.CA] = watch.Sum([]string{d.CA})
	}
	if len(problems) > 0 {
		return Parts{}, problems
	}
	return p, nil
}

// Staff returns the agents.
func Staff(cfg *config.Config) *staff.Staff {
	people := make([]staff.Agent, len(cfg.Agents))
	for i, a := range cfg.Agents {
		people[i] = staff.Agent{
			Login: a.Login, Name: a.Name, Extensions: a.Extensions, Teams: a.Teams, Rights: a.Rights,
		}
	}
	return staff.New(people)
}

// Endpoints returns what hub.yml says of a PBX's endpoints.
func Endpoints(p config.PBX, agents *staff.Staff) *endpoint.Rules {
	return endpoint.NewRules(p.Trunks, p.Extensions, func(e string) bool { return len(agents.At(e)) > 0 })
}

func line(t config.Line) tracking.Line {
	return tracking.Line{
		Number: t.Number, Name: t.Name, Comment: t.Comment, Teams: t.Teams, Agents: t.Agents,
		Show: tracking.Show(t.Show), Template: t.Ticket, WrapUp: t.WrapUp,
		HideNumber: t.HideNumber,
	}
}

// Reader returns what reads numbers by region and caller_id.rules.
func Reader(cfg *config.Config) (*phone.Reader, error) {
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
		Language: d.Language, Autostart: d.Autostart, Updates: protocol.Updates(d.Updates),
		Popups: protocol.Popups{
			Incoming: kind(d.Popups.Incoming), Answer: kind(d.Popups.Answer), Warning: kind(d.Popups.Warning),
		},
		Links:  protocol.Links{CID: d.Links.CID, Map: d.Links.Map, Ticket: d.Links.Ticket},
		Locked: d.Locked,
	}
}

// WhyRules are what explains calls, for commands that read the database of the hub.
func (p Parts) WhyRules() why.Rules {
	return why.Rules{Staff: p.Staff, Numbers: p.Numbers, PBXs: p.PBXs}
}

// PlacePasswords says of each agent where the password is changed.
func (p *Parts) PlacePasswords(of func(login string) protocol.PasswordAt) {
	list := slices.Clone(p.Staff.Agents())
	for i := range list {
		list[i].Password = of(list[i].Login)
		p.Accounts[i].Agent = list[i]
	}
	p.Staff = staff.New(list)
}
