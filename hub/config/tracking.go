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
				k.complain(each, "no agent is in the team %s%s", quote(t),
					DidYouMean(t, slices.Sorted(maps.Keys(teams))))
			}
		}
		for j, login := range l.Agents {
			if each := fmt.Sprintf("%s.agents[%d]", at, j); !logins[login] && !k.isBad("agents") {
				k.complain(each, "there is no agent with the login %s%s", quote(login),
					DidYouMean(login, slices.Sorted(maps.Keys(logins))))
			}
		}
		k.oneOf(at+".show", l.Show, ShowRinging, ShowBound)
		if l.Show == ShowBound && len(l.Teams)+len(l.Agents) == 0 {
			k.complain(at+".show",
				"`show: bound` shows the calls to this line's teams and agents, but it names none; add `teams`, or "+
					"write `show: ringing`")
		}
		if _, known := k.c.TicketTemplates[l.Ticket]; l.Ticket != "" && !known {
			k.complain(at+".ticket", "there is no template %s in ticket_templates%s", quote(l.Ticket),
				DidYouMean(l.Ticket, slices.Sorted(maps.Keys(k.c.TicketTemplates))))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(k.c.TicketTemplates)) {
		k.given("ticket_templates."+name+".title", k.c.TicketTemplates[name].Title)
	}
}

// called checks a number as the dialplan knows it.
func (k checker) called(key, number string) {
	switch {
	case number == "*":
	case strings.HasPrefix(number, "_"):
		if !pattern.MatchString(number) || number == "_" {
			k.complain(key,
				"%s is no dialplan pattern; after _ come digits, X (0-9), Z (1-9), N (2-9), [1-5], and at the very "+
					"end . or !",
				quote(number))
		}
	case !calledAs.MatchString(number):
		k.complain(key,
			"%s is not a number as the PBX knows it; write its digits without spaces, a pattern such as "+
				"_7495XXXXXXX, or \"*\" for all",
			quote(number))
	}
}

func (k checker) callerID() {
	for i, r := range k.c.CallerID.Rules {
		at := fmt.Sprintf("caller_id.rules[%d]", i)
		for key, text := range map[string]string{"prefix": r.Prefix, "add": r.Add} {
			if !dialled.MatchString(text) {
				k.complain(at+"."+key, "%s is not the beginning of a number; use digits, with + in front if need be",
					quote(text))
			}
		}
		k.between(at+".min", r.Min, 0, 64)
		k.between(at+".max", r.Max, 0, 64)
		k.between(at+".strip", r.Strip, 0, 64)
		switch {
		case r.Max > 0 && r.Min > r.Max:
			k.complain(at+".max", "`max` %d is less than `min` %d: no number fits", r.Max, r.Min)
		case r.Max > 0 && len(r.Prefix) > r.Max:
			k.complain(at+".max", "`max` %d is less than the length of the prefix: no number fits", r.Max)
		case r.Max > 0 && r.Strip >= r.Max && r.Add == "":
			k.complain(at+".strip", "`strip` %d leaves nothing of any number that fits; lower it, or add something",
				r.Strip)
		}
	}
}
