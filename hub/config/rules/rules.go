// Package rules has the sections schedules and rules of hub.yml: their keys, defaults and checks.
// Conditions are compiled by others.
package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"traybell/hub/config/check"
	"traybell/hub/config/document"
)

// Schedule is when the company is open.
type Schedule struct {
	TimeZone string    `yaml:"time_zone" jsonschema_description:"Name of the time zone, such as Europe/Moscow. Default: that of the hub's computer."`
	Open     []Hours   `yaml:"open" jsonschema_description:"Working hours of the week."`
	Holidays []string  `yaml:"holidays" jsonschema_description:"Days without them: 2027-05-10, 05-09 (every year), 2027-01-01..2027-01-08."`
	Special  []Special `yaml:"special" jsonschema_description:"Days with hours of their own, which replace those of the week and of holidays."`
}

// ValidName implements document.Namer: conditions refer to the name.
func (Schedule) ValidName(name string) (valid bool, rule string) {
	rule = "small letters, digits and _, such as office"
	if slices.Contains(reserved, name) {
		rule += "; " + name + " is a word of conditions"
	}
	return scheduleName.MatchString(name) && !slices.Contains(reserved, name), rule
}

// Hours are the same on some days of the week.
type Hours struct {
	Days  []string `yaml:"days" jsonschema_description:"Days of the week: mon, mon-fri."`
	Hours []string `yaml:"hours" jsonschema_description:"From and to: 09:00-18:00. 22:00-06:00 ends on the next day."`
}

// Special is a day, or several, with hours of its own.
type Special struct {
	Date  string   `yaml:"date" jsonschema_description:"The day, or days, written as in holidays."`
	Hours []string `yaml:"hours" jsonschema_description:"As in open. Empty: closed."`
}

// Rule decides something about calls.
type Rule struct {
	Name string `yaml:"name" jsonschema_description:"Unique; in traces and in the log."`
	When string `yaml:"when" jsonschema_description:"Condition in CEL, such as: line.name == \"Sales\" && !schedule.office. Empty: always."`
	Then Then   `yaml:"then" jsonschema_description:"What follows. Of several rules the first that decides a thing wins."`
	Stop bool   `yaml:"stop" jsonschema_description:"If this rule applies, those after it do not."`
}

// Then is what follows from a rule.
type Then struct {
	Route        Route  `yaml:"route" jsonschema_description:"Who sees an incoming call, instead of teams, agents and show of its line."`
	Comment      string `yaml:"comment" jsonschema_description:"Shown to agents instead of that of the line."`
	Ticket       string `yaml:"ticket" jsonschema_description:"The ticket template, instead of that of the line."`
	Category     string `yaml:"category" jsonschema:"enum=,enum=neutral,enum=green,enum=yellow,enum=red" jsonschema_description:"Colour of the card, instead of the number's category: neutral, green, yellow or red."`
	Popup        string `yaml:"popup" jsonschema:"enum=,enum=card,enum=notification,enum=silent" jsonschema_description:"card: as the desktop is set. notification: a card that goes away by itself while the phone rings. silent: none, only in the list of calls."`
	Open         []Page `yaml:"open" jsonschema_description:"Links that open by themselves in the browsers of agents, in addition to those of the line."`
	CreateTicket string `yaml:"create_ticket" jsonschema:"enum=,enum=ring,enum=answer,enum=end" jsonschema_description:"When the hub makes the ticket without an agent: ring, answer or end of the call. With the condition call.missed: end."`
	Ask          Ask    `yaml:"ask" jsonschema_description:"A URL that decides about the call. The other keys of then are the default, if it does not answer in time."`
	Warn         string `yaml:"warn" jsonschema_description:"A warning for the agents who see the call."`
	HideNumber   bool   `yaml:"hide_number" jsonschema_description:"Agents do not see the number of the call from then on, on any line; see tracking.hide_number."`
}

// Ask is a URL that decides.
type Ask struct {
	URL       string          `yaml:"url" jsonschema_description:"Gets the call as JSON by POST, and answers with the keys of then as JSON, or with 204: nothing."`
	Token     document.Secret `yaml:"token" jsonschema_description:"Sent as Authorization: Bearer."`
	TokenFile string          `yaml:"token_file" jsonschema_description:"File that contains it, instead of token."`
	Timeout   time.Duration   `yaml:"timeout" jsonschema_description:"How long to wait: 100ms to 10s. The call is shown without waiting, and changes with the answer."`
}

// Route is who sees a call.
type Route struct {
	Teams  []string `yaml:"teams" jsonschema_description:"Teams that see the call."`
	Agents []string `yaml:"agents" jsonschema_description:"Logins that see it, in addition to teams."`
	Show   string   `yaml:"show" jsonschema:"enum=ringing,enum=bound" jsonschema_description:"bound: to all of them, whichever phone rings. ringing: only to those of them whose phone rings."`
}

// Ways to show routed calls.
const (
	ShowRinging = "ringing"
	ShowBound   = "bound"
)

// SetDefaults implements document.Defaulter.
func (r *Rule) SetDefaults() {
	*r = Rule{Then: Then{Route: Route{Show: ShowBound}, Ask: Ask{Timeout: time.Second}}}
}

// Given reports whether there is a route.
func (r Route) Given() bool { return len(r.Teams)+len(r.Agents) > 0 }

// Page is a link that opens by itself.
type Page struct {
	Link string `yaml:"link" jsonschema:"enum=cid,enum=map,enum=ticket" jsonschema_description:"Which of desktop.links: cid such as the customer's card, map, or ticket for the form of a new ticket."`
	At   string `yaml:"at" jsonschema:"enum=ring,enum=answer" jsonschema_description:"ring: when the agent's phone rings. answer: when the agent answers."`
}

// SetDefaults implements document.Defaulter.
func (p *Page) SetDefaults() { *p = Page{At: "answer"} }

const (
	mostRules     = 200
	mostSchedules = 100
	longestText   = 1000 // characters of a comment or warning
)

var scheduleName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// reserved words of CEL cannot be names in expressions.
var reserved = []string{
	"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
	"namespace", "null", "package", "return", "true", "var", "void", "while",
}

// Known is what rules refer to.
type Known struct {
	Teams     map[string]bool
	Agents    func(key string, logins []string) // complains of unknown ones
	Templates []string                          // names of ticket templates
	Links     map[string]string                 // desktop.links by name
}

// Check checks both sections.
func Check(k check.Values, schedules map[string]Schedule, list []Rule, known Known) {
	if n := len(schedules); n > mostSchedules {
		k.Complain("schedules", "%d schedules; use at most %d", n, mostSchedules)
	}
	if n := len(list); n > mostRules {
		k.Complain("rules", "%d rules; use at most %d", n, mostRules)
	}
	seen := map[string]int{}
	for i := range list {
		at := fmt.Sprintf("rules[%d]", i)
		k.Given(at+".name", list[i].Name)
		k.Once(at+".name", list[i].Name, i, seen, "rules")
		then(k, at+".then", list[i], known)
	}
}

func then(k check.Values, at string, r Rule, known Known) {
	t := r.Then
	if t.Ask.URL != "" {
		k.Page(at+".ask.url", t.Ask.URL)
		check.Between(k, at+".ask.timeout", t.Ask.Timeout, 100*time.Millisecond, 10*time.Second)
		if !t.Ask.Token.Empty() && strings.HasPrefix(strings.ToLower(t.Ask.URL), "http:") {
			k.Warn(at+".ask.url", "the token is sent in clear text; use https://")
		}
	} else if !t.Ask.Token.Empty() {
		k.Complain(at+".ask", "`token` needs `url`")
	}
	k.KnownTeams(at+".route.teams", t.Route.Teams, known.Teams)
	known.Agents(at+".route.agents", t.Route.Agents)
	k.OneOf(at+".route.show", t.Route.Show, ShowRinging, ShowBound)
	if t.Ticket != "" && !slices.Contains(known.Templates, t.Ticket) {
		k.Complain(at+".ticket", "there is no ticket template %s%s", document.Quote(t.Ticket),
			document.OrAdd(t.Ticket, known.Templates, "ticket_templates"))
	}
	k.OneOf(at+".category", t.Category, "", "neutral", "green", "yellow", "red")
	k.OneOf(at+".popup", t.Popup, "", "card", "notification", "silent")
	k.OneOf(at+".create_ticket", t.CreateTicket, "", "ring", "answer", "end")
	for i, p := range t.Open {
		page := fmt.Sprintf("%s.open[%d]", at, i)
		if k.Given(page+".link", p.Link) {
			k.OneOf(page+".link", p.Link, "cid", "map", "ticket")
		}
		k.OneOf(page+".at", p.At, "ring", "answer")
		if url, is := known.Links[p.Link]; is && url == "" {
			k.Complain(page+".link", "there is no `desktop.links.%s`; add it", p.Link)
		}
	}
	for key, text := range map[string]string{".comment": t.Comment, ".warn": t.Warn} {
		if n := len([]rune(text)); n > longestText {
			k.Complain(at+key, "%d characters; use at most %d", n, longestText)
		}
	}
	if !t.Route.Given() && t.Ask.URL == "" && len(t.Open) == 0 && !r.Stop && !t.HideNumber &&
		t.Comment+t.Ticket+t.Category+t.Popup+t.CreateTicket+t.Warn == "" &&
		!k.BadWithin(strings.TrimSuffix(at, ".then")) {
		k.Complain(at, "nothing follows from this rule; add `route`, `comment`, `ticket` and the like, or `stop: true`")
	}
}
