// Package ruled says what the rules of hub.yml know of a live call, and remembers which of their
// decisions were carried out: those that are carried out once.
package ruled

import (
	"cmp"
	"maps"
	"slices"

	"traybell/hub/calls"
	"traybell/hub/helpdesk"
	"traybell/hub/rules"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// View is a live call as the desk sees it.
type View struct {
	Call   calls.Call
	Number phone.Number
	Name   string // CallerID name as agents see it
	Caller protocol.Caller
	Open   helpdesk.OpenTickets
	Ticket *protocol.Ticket // nil: none
	Missed bool
}

// Facts returns what rules know of a call.
func (v View) Facts() rules.Facts {
	c := v.Call
	f := rules.Facts{
		ID: c.ID, PBX: c.PBX, Direction: string(c.Direction), State: string(c.State),
		Number: v.Number.Shown, E164: v.Number.E164, Name: v.Name, DID: c.DID, Started: c.Started,
		Answered: !c.Answered.IsZero(), Missed: v.Missed, Withheld: v.Number.Kind == phone.Withheld,
		Rang: c.Rang, Data: c.Data.Get,
		Caller: rules.Caller{Status: string(v.Caller.Status), Found: len(v.Caller.Customers)},
		Color:  string(v.Caller.Category.Color), Comment: v.Caller.Category.Comment, Blocked: v.Caller.Blocked != nil,
		OpenTickets: v.Open.Count,
	}
	if f.Withheld {
		f.Number, f.E164 = "", ""
	}
	for _, leg := range c.Legs {
		f.Phones = append(f.Phones, leg.Extension)
	}
	for _, t := range v.Open.Newest {
		f.Tickets = append(f.Tickets, t.Number)
	}
	if v.Ticket != nil {
		f.Ticket = v.Ticket.Number
	}
	if len(v.Caller.Customers) == 1 {
		who := v.Caller.Customers[0]
		f.Caller.Login, f.Caller.Name, f.Caller.Email = who.Login, who.Name, who.Email
		f.Caller.Company, f.Caller.City, f.Caller.Directory = who.Company, who.City, who.Directory
	}
	return f
}

// Done is what was carried out of what rules decided about a call.
type Done struct {
	asked   []string
	answers map[string]rules.Answer // never changed: facts have it
	warned  map[string][]string     // by rule: the logins
	ticket  bool
	hidden  string // rule
}

// Hide returns the rule that hides the number: one that did once still does, as long as it is in set.
func (d *Done) Hide(by rules.Decision, set *rules.Set) string {
	if d.hidden = cmp.Or(by.By.Hide, d.hidden); !set.Hides(d.hidden) {
		d.hidden = ""
	}
	return d.hidden
}

// HiddenBy returns the same as Hide did last.
func (d *Done) HiddenBy() string { return d.hidden }

// Inherit takes over what was done about a call that became part of this one.
func (d *Done) Inherit(from Done) { d.hidden = cmp.Or(d.hidden, from.hidden) }

// Ticket reports, once, that a ticket is due without an agent. The caller is looked up before.
func (d *Done) Ticket(c calls.Call, of protocol.Caller, by rules.Decision) bool {
	if by.Create == "" || d.ticket || c.Into != "" || c.TestFor != "" || of.Status == protocol.Looking ||
		!by.Create.Due(!c.Answered.IsZero(), c.State == protocol.Ended) {
		return false
	}
	d.ticket = true
	return true
}

// Ask reports, once, that the URL of a rule is to be asked.
func (d *Done) Ask(r rules.Rule) bool {
	if slices.Contains(d.asked, r.Name) {
		return false
	}
	d.asked = append(d.asked, r.Name)
	return true
}

// Answer takes the answer of a URL.
func (d *Done) Answer(rule string, a rules.Answer) {
	answers := maps.Clone(d.answers)
	if answers == nil {
		answers = map[string]rules.Answer{}
	}
	answers[rule] = a
	d.answers = answers
}

// Answers returns what URLs have decided, by rule.
func (d *Done) Answers() map[string]rules.Answer { return d.answers }

// Warn returns those of the agents who have not got a warning yet.
func (d *Done) Warn(w rules.Warning, agents []string) (fresh []string) {
	for _, login := range agents {
		if !slices.Contains(d.warned[w.Rule], login) {
			fresh = append(fresh, login)
		}
	}
	if len(fresh) > 0 {
		if d.warned == nil {
			d.warned = map[string][]string{}
		}
		d.warned[w.Rule] = append(d.warned[w.Rule], fresh...)
	}
	return fresh
}
