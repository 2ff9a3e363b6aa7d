package pages

import (
	"cmp"
	"strings"

	"traybell/hub/access"
)

// site is an entry of the menu.
type site struct {
	Path, Name string // Name: key of a text
	Here       bool
	own        bool        // agents have it as well
	agents     bool        // only agents have it
	role       access.Role // that it needs; empty: view
}

// group is a part of the menu.
type group struct {
	Name  string // key of a text
	Sites []site
}

var menu = []group{
	{"menu.now", []site{
		{Path: "/", Name: "overview.title"},
		{Path: "/board", Name: "board.title", role: access.Supervise},
		{Path: "/calls", Name: "calls.title", own: true},
		{Path: "/missed", Name: "missed.title", own: true},
		{Path: "/queues", Name: "queues.title", own: true},
		{Path: "/mobiles", Name: "mobiles.title", own: true},
		{Path: "/why", Name: "why.title"},
	}},
	{"menu.desks", []site{
		{Path: "/terminals", Name: "terminals.title"},
		{Path: "/agents", Name: "agents.title"},
		{Path: "/work-times", Name: "times.title", own: true},
		{Path: "/announcements", Name: "announcements.title", own: true},
	}},
	{"menu.customers", []site{
		{Path: "/tickets", Name: "tickets.title", own: true},
		{Path: "/categories", Name: "categories.title"},
		{Path: "/blocked", Name: "blocked.title"},
		{Path: "/directories", Name: "directories.title"},
		{Path: "/recordings", Name: "recordings.title"},
	}},
	{"menu.hub", []site{
		{Path: "/pbx", Name: "pbx.title"},
		{Path: "/numbers", Name: "numbers.title"},
		{Path: "/webhooks", Name: "webhooks.title"},
		{Path: "/configuration", Name: "configuration.title"},
		{Path: "/audit", Name: "audit.title"},
	}},
	{"menu.account", []site{
		{Path: "/password", Name: "password.title", agents: true},
		{Path: "/get", Name: "get.title", own: true},
	}},
}

// sitesFor returns the menu of a visitor on a page; nil for a stranger.
func (p *Renderer) sitesFor(v Visitor, path string) []group {
	if v.Kind == "" {
		return nil
	}
	if strings.HasPrefix(path, "/calls/") {
		path = "/why"
	}
	if strings.HasPrefix(path, "/changes/") {
		path = "/configuration"
	}
	var groups []group
	for _, g := range menu {
		shown := group{Name: g.Name}
		for _, s := range g.Sites {
			if p.Hidden != nil && p.Hidden(s.Path) {
				continue
			}
			if s.own || s.agents && v.Kind == access.Agent || !s.agents && v.May(cmp.Or(s.role, access.View)) {
				s.Here = path == s.Path || s.Path != "/" && strings.HasPrefix(path, s.Path+"/")
				shown.Sites = append(shown.Sites, s)
			}
		}
		if len(shown.Sites) > 0 {
			groups = append(groups, shown)
		}
	}
	return groups
}
