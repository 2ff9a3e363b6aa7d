package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"traybell/hub/config/document"
)

func (k checker) lines() {
	teams, logins := k.c.teams(), map[string]bool{}
	for _, a := range k.c.Agents {
		logins[a.Login] = true
	}
	seen := map[string]int{}
	for i, l := range k.c.Tracking {
		at := fmt.Sprintf("tracking[%d]", i)
		if k.given(at+".number", l.Number) {
			k.called(at+".number", l.Number)
		}
		k.once(at+".number", l.Number, i, seen, "tracking")
		k.knownTeams(at+".teams", l.Teams, teams)
		k.knownAgents(at+".agents", l.Agents, logins)
		k.oneOf(at+".show", l.Show, ShowRinging, ShowBound)
		if l.Show == ShowBound && len(l.Teams)+len(l.Agents) == 0 {
			k.Complain(at+".show",
				"`show: bound` needs `teams` or `agents`; add them, or use `show: ringing`")
		}
		k.oneOf(at+".script.open", l.Script.Open, OpenOnRing, OpenOnAnswer, OpenOnPress)
		k.oneOf(at+".screen_pop.link", l.ScreenPop.Link, "", "cid", "map", "ticket")
		k.oneOf(at+".screen_pop.open", l.ScreenPop.Open, OpenOnRing, OpenOnAnswer)
		if l.WrapUp != nil {
			between(k, at+".wrap_up", *l.WrapUp, 0, longestWrapUp)
		}
		if _, known := k.c.TicketTemplates[l.Ticket]; l.Ticket != "" && !known {
			k.Complain(at+".ticket", "ticket_templates has no template %s%s", document.Quote(l.Ticket),
				document.DidYouMean(l.Ticket, slices.Sorted(maps.Keys(k.c.TicketTemplates))))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(k.c.TicketTemplates)) {
		k.given("ticket_templates."+name+".title", k.c.TicketTemplates[name].Title)
	}
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

func (k scalars) knownTeams(key string, list []string, known map[string]bool) {
	for i, t := range list {
		if each := fmt.Sprintf("%s[%d]", key, i); !known[t] && !k.Bad("agents") {
			k.Complain(each, "the team %s has no agents%s", document.Quote(t),
				document.DidYouMean(t, slices.Sorted(maps.Keys(known))))
		}
	}
}

// called checks a called number or a dialplan pattern.
func (k scalars) called(key, number string) {
	switch {
	case number == "*":
	case strings.HasPrefix(number, "_"):
		if !pattern.MatchString(number) || number == "_" {
			k.Complain(key,
				"%s is not a dialplan pattern; after _ use digits, X (0-9), Z (1-9), N (2-9), [1-5], and . or ! at "+
					"the end",
				document.Quote(number))
		}
	case !calledAs.MatchString(number):
		k.Complain(key,
			"%s is not a number; use digits without spaces, a pattern such as _7495XXXXXXX, or \"*\" for all",
			document.Quote(number))
	}
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
		between(k, at+".min", r.Min, 0, 64)
		between(k, at+".max", r.Max, 0, 64)
		between(k, at+".strip", r.Strip, 0, 64)
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
