package config

import (
	"fmt"
	"maps"
	"slices"

	"traybell/hub/config/check"
	"traybell/hub/config/document"
	"traybell/hub/config/numberbook"
	"traybell/hub/config/rules"
)

func (k checker) lines() {
	teams, logins := k.c.teams(), map[string]bool{}
	for _, a := range k.c.Agents {
		logins[a.Login] = true
	}
	seen := map[string]int{}
	for i, l := range k.c.Tracking {
		at := fmt.Sprintf("tracking[%d]", i)
		if k.Given(at+".number", l.Number) {
			k.Called(at+".number", l.Number)
		}
		k.Once(at+".number", l.Number, i, seen, "tracking")
		k.KnownTeams(at+".teams", l.Teams, teams)
		k.knownAgents(at+".agents", l.Agents, logins)
		k.OneOf(at+".show", l.Show, ShowRinging, ShowBound)
		if l.Show == ShowBound && len(l.Teams)+len(l.Agents) == 0 {
			k.Complain(at+".show",
				"`show: bound` needs `teams` or `agents`; add them, or use `show: ringing`")
		}
		k.OneOf(at+".script.open", l.Script.Open, OpenOnRing, OpenOnAnswer, OpenOnPress)
		k.OneOf(at+".screen_pop.link", l.ScreenPop.Link, "", "cid", "map", "ticket")
		k.OneOf(at+".screen_pop.open", l.ScreenPop.Open, OpenOnRing, OpenOnAnswer)
		if l.WrapUp != nil {
			check.Between(k, at+".wrap_up", *l.WrapUp, 0, longestWrapUp)
		}
		if _, known := k.c.TicketTemplates[l.Ticket]; l.Ticket != "" && !known {
			k.Complain(at+".ticket", "there is no ticket template %s%s", document.Quote(l.Ticket),
				document.OrAdd(l.Ticket, slices.Sorted(maps.Keys(k.c.TicketTemplates)), "ticket_templates"))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(k.c.TicketTemplates)) {
		k.Given("ticket_templates."+name+".title", k.c.TicketTemplates[name].Title)
	}
}

func (k checker) rules() {
	logins := map[string]bool{}
	for _, a := range k.c.Agents {
		logins[a.Login] = true
	}
	links := k.c.Desktop.Links
	numberbook.Check(k.Values, k.c.NumberBook)
	rules.Check(k.Values, k.c.Schedules, k.c.Rules, rules.Known{
		Teams:     k.c.teams(),
		Agents:    func(key string, list []string) { k.knownAgents(key, list, logins) },
		Templates: slices.Sorted(maps.Keys(k.c.TicketTemplates)),
		Links:     map[string]string{"cid": links.CID, "map": links.Map, "ticket": links.Ticket},
	})
}

// teams returns the teams that have agents.
func (c *Config) teams() map[string]bool {
	teams := map[string]bool{}
	for _, a := range c.Agents {
		for _, t := range a.Teams {
			teams[t] = true
		}
	}
	for _, g := range c.SignIn.LDAP.Groups {
		for _, t := range g.Teams {
			teams[t] = true
		}
	}
	return teams
}

func (k checker) callerID() {
	for i, r := range k.c.CallerID.Rules {
		at := fmt.Sprintf("caller_id.rules[%d]", i)
		for key, text := range map[string]string{"prefix": r.Prefix, "add": r.Add} {
			if !dialled.MatchString(text) {
				k.Complain(at+"."+key, "%s is not the start of a number; use digits, optionally after +",
					document.Quote(text))
			}
		}
		check.Between(k, at+".min", r.Min, 0, 64)
		check.Between(k, at+".max", r.Max, 0, 64)
		check.Between(k, at+".strip", r.Strip, 0, 64)
		switch {
		case r.Max > 0 && r.Min > r.Max:
			k.Complain(at+".max", "`max` %d is less than `min` %d: no number matches", r.Max, r.Min)
		case r.Max > 0 && len(r.Prefix) > r.Max:
			k.Complain(at+".max", "`max` %d is less than the length of the prefix: no number matches", r.Max)
		case r.Max > 0 && r.Strip >= r.Max && r.Add == "":
			k.Complain(at+".strip", "`strip` %d removes all digits; reduce it, or set `add`",
				r.Strip)
		}
	}
}
