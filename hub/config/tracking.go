package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (k checker) lines() {
	teams, logins := map[string]bool{}, map[string]bool{}
	for _, a := range k.c.Agents {
		logins[a.Login] = true
		for _, t := range a.Teams {
			teams[t] = true
		}
	}
	seen := map[string]int{}
	for i, l := range k.c.Tracking {
		at := fmt.Sprintf("tracking[%d]", i)
		if k.given(at+".number", l.Number) {
			k.called(at+".number", l.Number)
		}
		k.once(at+".number", l.Number, i, seen, "tracking")
		for j, t := range l.Teams {
			if each := fmt.Sprintf("%s.teams[%d]", at, j); !teams[t] && !k.isBad("agents") {
				k.complain(each, "the team %s has no agents%s", quote(t),
					DidYouMean(t, slices.Sorted(maps.Keys(teams))))
			}
		}
		for j, login := range l.Agents {
			if each := fmt.Sprintf("%s.agents[%d]", at, j); !logins[login] && !k.isBad("agents") {
				k.complain(each, "no agent has the login %s%s", quote(login),
					DidYouMean(login, slices.Sorted(maps.Keys(logins))))
			}
		}
		k.oneOf(at+".show", l.Show, ShowRinging, ShowBound)
		if l.Show == ShowBound && len(l.Teams)+len(l.Agents) == 0 {
			k.complain(at+".show",
				"`show: bound` needs `teams` or `agents`; add them, or use `show: ringing`")
		}
		if _, known := k.c.TicketTemplates[l.Ticket]; l.Ticket != "" && !known {
			k.complain(at+".ticket", "ticket_templates has no template %s%s", quote(l.Ticket),
				DidYouMean(l.Ticket, slices.Sorted(maps.Keys(k.c.TicketTemplates))))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(k.c.TicketTemplates)) {
		k.given("ticket_templates."+name+".title", k.c.TicketTemplates[name].Title)
	}
}

// called checks a called number or a dialplan pattern.
func (k checker) called(key, number string) {
	switch {
	case number == "*":
	case strings.HasPrefix(number, "_"):
		if !pattern.MatchString(number) || number == "_" {
			k.complain(key,
				"%s is not a dialplan pattern; after _ use digits, X (0-9), Z (1-9), N (2-9), [1-5], and . or ! at "+
					"the end",
				quote(number))
		}
	case !calledAs.MatchString(number):
		k.complain(key,
			"%s is not a number; use digits without spaces, a pattern such as _7495XXXXXXX, or \"*\" for all",
			quote(number))
	}
}

func (k checker) callerID() {
	for i, r := range k.c.CallerID.Rules {
		at := fmt.Sprintf("caller_id.rules[%d]", i)
		for key, text := range map[string]string{"prefix": r.Prefix, "add": r.Add} {
			if !dialled.MatchString(text) {
				k.complain(at+"."+key, "%s is not the start of a number; use digits, optionally after +",
					quote(text))
			}
		}
		k.between(at+".min", r.Min, 0, 64)
		k.between(at+".max", r.Max, 0, 64)
		k.between(at+".strip", r.Strip, 0, 64)
		switch {
		case r.Max > 0 && r.Min > r.Max:
			k.complain(at+".max", "`max` %d is less than `min` %d: no number matches", r.Max, r.Min)
		case r.Max > 0 && len(r.Prefix) > r.Max:
			k.complain(at+".max", "`max` %d is less than the length of the prefix: no number matches", r.Max)
		case r.Max > 0 && r.Strip >= r.Max && r.Add == "":
			k.complain(at+".strip", "`strip` %d removes all digits; reduce it, or set `add`",
				r.Strip)
		}
	}
}
