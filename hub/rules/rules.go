// Package rules decides what happens to calls by the rules of hub.yml: what follows from conditions over
// what is known of a call. Below it condition: the conditions, in CEL. It is pure; a Set is immutable.
package rules

import (
	"slices"
	"strings"
	"time"
)

// Rule is an entry of rules in hub.yml.
type Rule struct {
	Name string
	When string // its condition; empty: always
	Then Then
	Stop bool // no later rule is looked at if this one applies
	Ask  *Ask // nil: Then is what follows
}

// Then is what a rule decides. Zero fields leave it to later rules, and to the line.
type Then struct {
	Route    *Route
	Comment  string
	Ticket   string // name of a ticket template
	Category string // colour of protocol.Color
	Popup    Popup
	Open     []Page
	Create   Moment // when a ticket is made without an agent; empty: it is not
	Warn     string // read by the agents who see the call
	Hide     bool   // agents do not see the number
}

// Ask is a URL that decides instead of a rule's Then, which is only used if it does not answer.
type Ask struct {
	URL     string
	Host    string // of it, for traces: the path may hold a secret
	Token   string // empty: none
	Timeout time.Duration
}

// Answer is what a URL decided.
type Answer struct {
	Then

	Stop   bool
	Failed string // why there is no answer; empty: there is one
}

// Route is who sees an incoming call.
type Route struct {
	Teams   []string
	Agents  []string // logins
	Ringing bool     // only those of them whose phone rings
}

// Popup is how desktops show a call.
type Popup string

// The popups. The zero value leaves it to the settings of the desktop.
const (
	Card         Popup = "card"
	Notification Popup = "notification" // it goes away by itself, also while the phone rings
	Silent       Popup = "silent"       // only in the list of calls
)

// Page opens by itself in the browser of an agent.
type Page struct {
	Link string // name of a link in desktop.links
	At   Moment
}

// Moment is when something is done.
type Moment string

// The moments of a call, in order.
const (
	OnRing   Moment = "ring"
	OnAnswer Moment = "answer"
	OnEnd    Moment = "end"
)

// Moments returns the moments.
func Moments() []Moment { return []Moment{OnRing, OnAnswer, OnEnd} }

// Decision is what all rules together decide about a call. The first rule that decides a thing wins.
type Decision struct {
	Then

	By      By        // which rules decided
	Warns   []Warning // of all rules, in order
	Applied []Applied // the rules whose condition is true, in order
	Failed  []Failure // rules that were skipped, and URLs without an answer
	Asks    []Rule    // rules that apply, whose URL has not answered yet: they decide nothing so far
}

// By names the rules that decided each thing.
type By struct{ Route, Create, Hide string }

// Applied is a rule whose condition is true, and what it decides: what no earlier one did.
type Applied struct {
	Rule string
	Did  []string // such as "ticket: night"
}

// Warning is what a rule tells the agents who see a call.
type Warning struct{ Rule, Text string }

// Failure is why a rule was skipped.
type Failure struct{ Rule, Why string }

// Facts are what rules know of a call.
type Facts struct {
	ID, PBX   string
	Direction string // of protocol.Direction
	State     string // of protocol.State
	Number    string // as agents see it; empty if withheld
	E164      string
	Name      string // CallerID name as agents see it
	DID       string // the called number
	Started   time.Time
	Answered  bool
	Missed    bool
	Withheld  bool
	Rang      time.Duration
	Phones    []string // extensions that take part, or took part

	LineNumber, LineName string

	Caller  Caller
	Color   string // of the category that agents gave the number
	Comment string // of the same
	Blocked bool

	OpenTickets int      // of the only customer
	Tickets     []string // numbers of the newest of them
	Ticket      string   // of the call; empty: none

	Data func(name string) string // what the dialplan says; nil: nothing

	Answers map[string]Answer // of the URLs that rules ask, by rule
}

// Caller is the customer, if exactly one is known.
type Caller struct {
	Status    string // of protocol.CallerStatus
	Found     int    // how many customers fit the number
	Login     string
	Name      string
	Email     string
	Company   string
	City      string
	Directory string
}

// Conditions are those of a list of rules.
type Conditions interface {
	// Of returns what reports whether the condition of a rule, by its index, is true of a call.
	Of(f *Facts) func(rule int) (bool, error)
}

// Set has the rules of hub.yml. The nil Set has none.
type Set struct {
	rules      []Rule
	conditions Conditions
	hide       bool // one may hide numbers
}

// New returns rules with their conditions.
func New(list []Rule, conditions Conditions) *Set {
	return &Set{list, conditions, slices.ContainsFunc(list, Rule.hides)}
}

// hides reports whether the rule may hide numbers: its URL may decide so.
func (r Rule) hides() bool { return r.Then.Hide || r.Ask != nil }

// Names returns the names of the rules, in order.
func (s *Set) Names() (names []string) {
	if s == nil {
		return nil
	}
	for _, r := range s.rules {
		names = append(names, r.Name)
	}
	return names
}

// Hide reports whether a rule may hide numbers.
func (s *Set) Hide() bool { return s != nil && s.hide }

// Hides reports whether the rule with a name may hide numbers.
func (s *Set) Hides(name string) bool {
	return s.Hide() && slices.ContainsFunc(s.rules, func(r Rule) bool { return r.Name == name && r.hides() })
}

// Empty reports whether there are no rules.
func (s *Set) Empty() bool { return s == nil || len(s.rules) == 0 }

// Decide returns what the rules decide about a call.
func (s *Set) Decide(f Facts) (d Decision) {
	if s.Empty() {
		return d
	}
	applies := s.conditions.Of(&f)
	for i := range s.rules {
		r := &s.rules[i]
		yes, err := applies(i)
		if err != nil {
			d.Failed = append(d.Failed, Failure{r.Name, err.Error()})
			continue
		}
		if !yes {
			continue
		}
		then, stop := r.Then, r.Stop
		if r.Ask != nil {
			answer, answered := f.Answers[r.Name]
			switch {
			case !answered:
				d.Asks = append(d.Asks, *r)
				d.Applied = append(d.Applied, Applied{Rule: r.Name, Did: []string{"ask: " + r.Ask.Host}})
				continue
			case answer.Failed != "":
				d.Failed = append(d.Failed, Failure{r.Name, r.Ask.Host + ": " + answer.Failed})
			default:
				then, stop = answer.Then, answer.Stop || r.Stop
			}
		}
		d.add(r.Name, then)
		if stop {
			break
		}
	}
	return d
}

// add adds what a rule decides and no earlier one did.
func (d *Decision) add(rule string, t Then) {
	of := Applied{Rule: rule}
	if d.Route == nil && t.Route != nil {
		d.Route, d.By.Route = t.Route, rule
		of.did("route", t.Route.text())
	}
	first(&of, "comment", &d.Comment, t.Comment)
	first(&of, "ticket", &d.Ticket, t.Ticket)
	first(&of, "category", &d.Category, t.Category)
	first(&of, "popup", &d.Popup, t.Popup)
	if first(&of, "create_ticket", &d.Create, t.Create) {
		d.By.Create = rule
	}
	for _, p := range t.Open {
		if !slices.ContainsFunc(d.Open, func(known Page) bool { return known.Link == p.Link }) {
			d.Open = append(slices.Clip(d.Open), p)
			of.did("open", p.Link+", "+string(p.At))
		}
	}
	if t.Hide && !d.Hide {
		d.Hide, d.By.Hide = true, rule
		of.did("hide_number", "true")
	}
	if t.Warn != "" {
		d.Warns = append(d.Warns, Warning{rule, t.Warn})
		of.did("warn", t.Warn)
	}
	d.Applied = append(d.Applied, of)
}

// did notes something that a rule decides, with the key of hub.yml.
func (a *Applied) did(key, what string) { a.Did = append(a.Did, key+": "+what) }

// first takes what a rule decides, unless an earlier one did.
func first[T ~string](of *Applied, key string, into *T, decided T) bool {
	if *into != "" || decided == "" {
		return false
	}
	*into = decided
	of.did(key, string(decided))
	return true
}

// text is the route as traces show it.
func (r *Route) text() string {
	text := strings.Join(slices.Concat(r.Teams, r.Agents), ", ")
	if r.Ringing {
		text += " (ringing)"
	}
	return text
}

// Due reports whether a moment has come for a call in a state of protocol.State.
func (m Moment) Due(answered, ended bool) bool {
	switch m {
	case OnRing:
		return true
	case OnAnswer:
		return answered
	case OnEnd:
		return ended
	}
	return false
}
