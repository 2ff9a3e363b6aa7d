package compile

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"
	_ "time/tzdata" // for systems without time zones

	"traybell/hub/config"
	"traybell/hub/config/document"
	configrules "traybell/hub/config/rules"
	"traybell/hub/rules"
	"traybell/hub/rules/condition"
)

// Rules returns the rules for calls.
func Rules(cfg *config.Config) (*rules.Set, document.Problems) {
	set, _, problems := compileRules(cfg)
	return set, problems
}

// checkRules returns the problems of the rules, and warns of rules that may never apply.
func checkRules(cfg *config.Config) document.Problems {
	_, doubts, problems := compileRules(cfg)
	for _, d := range doubts {
		key := fmt.Sprintf("rules[%d].when", d.Rule)
		if d.Moment {
			key = fmt.Sprintf("rules[%d].then.create_ticket", d.Rule)
		}
		cfg.WarnIn(key, d.Offset, d.Text)
	}
	return problems
}

func compileRules(cfg *config.Config) (*rules.Set, []condition.Problem, document.Problems) {
	var problems document.Problems
	env := condition.Env{Schedules: map[string]*rules.Schedule{}, Data: callData(cfg).Names(), Zone: time.Local}
	for _, name := range slices.Sorted(maps.Keys(cfg.Schedules)) {
		var bad document.Problems
		env.Schedules[name], bad = schedule(cfg, "schedules."+name, cfg.Schedules[name])
		problems = append(problems, bad...)
	}
	if len(problems) > 0 {
		return nil, nil, problems
	}
	list := make([]rules.Rule, len(cfg.Rules))
	for i, r := range cfg.Rules {
		list[i] = rules.Rule{Name: r.Name, When: r.When, Stop: r.Stop, Then: then(r.Then), Ask: ask(r.Then.Ask)}
	}
	conditions, bad := condition.Compile(list, env)
	for _, p := range bad {
		text := p.Text
		if p.Unknown != "" {
			text += document.DidYouMean(p.Unknown, p.Names)
		}
		problems = append(problems, cfg.ProblemIn(fmt.Sprintf("rules[%d].when", p.Rule), p.Offset, text))
	}
	return rules.New(list, conditions), conditions.Doubts(), problems
}

func then(t configrules.Then) rules.Then {
	of := rules.Then{
		Comment: t.Comment, Ticket: t.Ticket, Category: t.Category, Popup: rules.Popup(t.Popup),
		Create: rules.Moment(t.CreateTicket), Warn: t.Warn, Hide: t.HideNumber,
	}
	if t.Route.Given() {
		of.Route = &rules.Route{
			Teams: t.Route.Teams, Agents: t.Route.Agents, Ringing: t.Route.Show == configrules.ShowRinging,
		}
	}
	for _, p := range t.Open {
		of.Open = append(of.Open, rules.Page{Link: p.Link, At: rules.Moment(p.At)})
	}
	return of
}

func ask(a configrules.Ask) *rules.Ask {
	u, err := url.Parse(a.URL)
	if err != nil || a.URL == "" {
		return nil
	}
	return &rules.Ask{URL: a.URL, Host: u.Host, Token: a.Token.Reveal(), Timeout: a.Timeout}
}

func schedule(cfg *config.Config, at string, of configrules.Schedule) (*rules.Schedule, document.Problems) {
	var problems document.Problems
	refuse := func(key string, err error) {
		if err != nil {
			problems = append(problems, cfg.Problem(at+key, err.Error()))
		}
	}
	s := &rules.Schedule{Zone: time.Local}
	if of.TimeZone != "" {
		zone, err := time.LoadLocation(of.TimeZone)
		if err != nil {
			err = fmt.Errorf("%s is not a time zone; use a name such as Europe/Moscow", document.Quote(of.TimeZone))
		}
		refuse(".time_zone", err)
		s.Zone = zone
	}
	hours := func(key string, texts []string) (list []rules.Hours) {
		for i, text := range texts {
			h, err := rules.ParseHours(text)
			refuse(fmt.Sprintf("%s.hours[%d]", key, i), err)
			list = append(list, h)
		}
		return list
	}
	for i, o := range of.Open {
		key := fmt.Sprintf(".open[%d]", i)
		var days [7]bool
		for j, text := range o.Days {
			refuse(fmt.Sprintf("%s.days[%d]", key, j), rules.ParseWeekdays(text, &days))
		}
		if len(o.Days) == 0 || len(o.Hours) == 0 {
			refuse(key, fmt.Errorf("`days` or `hours` is missing; use {days: [mon-fri], hours: [\"09:00-18:00\"]}"))
		}
		for _, h := range hours(key, o.Hours) {
			h.Weekdays = days
			s.Hours = append(s.Hours, h)
		}
	}
	for i, text := range of.Holidays {
		days, err := rules.ParseDays(text)
		refuse(fmt.Sprintf(".holidays[%d]", i), err)
		s.Holidays = append(s.Holidays, days)
	}
	for i, special := range of.Special {
		key := fmt.Sprintf(".special[%d]", i)
		days, err := rules.ParseDays(special.Date)
		refuse(key+".date", err)
		s.Extra = append(s.Extra, rules.Special{Days: days, Hours: hours(key, special.Hours)})
	}
	return s, problems
}
