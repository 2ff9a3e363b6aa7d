// Package dialplan decides what agents may dial, and as what the PBX gets it: the key dial of hub.yml.
// A Plan is immutable, and has no I/O. What an agent types reaches a PBX only through Plan.Read.
package dialplan

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Rules are the key dial of hub.yml.
type Rules struct {
	Context    string // of the dialplan in which the PBX looks up what is dialled
	Phone      string // channel of an agent's phone, with <extension> in it
	AutoAnswer bool   // ask phones to answer by themselves
	Ring       time.Duration
	Form       phone.Form
	Prefix     string // before numbers outside
	Allow      []Allowed
	Emergency  []string // always allowed, dialled as they are
	Lines      []Line
}

// Allowed are numbers outside that agents may dial.
type Allowed struct {
	Numbers []string // tracking.Match's patterns, "*", or numbers
	Teams   []string // of these teams; none: all agents
}

// Line is a number with which agents may dial.
type Line struct {
	Name     string
	CallerID string
	Prefix   string     // empty: that of Rules
	Form     phone.Form // empty: that of Rules
	Teams    []string   // none: all agents
}

// Plan is Rules with what is needed to apply them.
type Plan struct {
	Rules
	Numbers *phone.Reader
	Inside  func(number string) bool // an extension of the company
	// Colleagues returns the extensions of the agents to whom a name, or its beginning, belongs.
	Colleagues func(name string) []string
}

// Destination is a number that may be dialled.
type Destination struct {
	Exten    string // what the PBX gets: digits, *, # and a plus at the start
	Shown    string // for people
	CallerID string // the number of the line; empty: that of the PBX
	Inside   bool
}

// safe is what may reach a dialplan. More would be parsed there: "," and "&" end a number, and "${"
// begins an expression.
var safe = regexp.MustCompile(`^\+?[0-9*#]{1,32}$`)

// Read reads what an agent wants to dial: a number or, with letters, a colleague's name. line is the
// name of a line; empty: none. The errors are dial.invalid, dial.forbidden, dial.line, dial.nobody and
// dial.ambiguous.
func (p *Plan) Read(a staff.Agent, typed, line string) (Destination, error) {
	var with Line
	if line != "" {
		i := slices.IndexFunc(p.Lines, func(l Line) bool { return l.Name == line && member(a, l.Teams) })
		if i < 0 {
			return Destination{}, fail.New(protocol.DialLine, clip(line))
		}
		with = p.Lines[i]
	}
	typed = strings.TrimSpace(typed)
	if slices.Contains(p.Emergency, typed) {
		return Destination{Exten: typed, Shown: typed, Inside: true}, nil
	}
	if safe.MatchString(typed) && p.Inside(typed) {
		return Destination{Exten: typed, Shown: typed, Inside: true}, nil
	}
	if strings.ContainsFunc(typed, unicode.IsLetter) && named.MatchString(typed) {
		return p.colleague(typed)
	}
	n, plain, err := Number(p.Numbers, typed)
	if err != nil {
		return Destination{}, err
	}
	d := Destination{Shown: n.Display, CallerID: with.CallerID}
	if !p.allowed(a, cmp.Or(n.E164, plain)) {
		return d, fail.New(protocol.DialForbidden, clip(typed))
	}
	d.Exten = p.Numbers.Dialled(n, cmp.Or(with.Form, p.Form))
	if n.E164 != "" {
		d.Exten = cmp.Or(with.Prefix, p.Prefix) + d.Exten
	}
	if !safe.MatchString(d.Exten) {
		return d, fail.New(protocol.DialInvalid, clip(typed))
	}
	return d, nil
}

// Number reads a number that an agent typed. plain is its digits as typed. The error is dial.invalid.
func Number(numbers *phone.Reader, typed string) (n phone.Number, plain string, err error) {
	n = numbers.Typed(typed)
	plain = numbers.Dialled(n, phone.AsTyped)
	if n.Kind == phone.Withheld || !safe.MatchString(plain) {
		return n, "", fail.New(protocol.DialInvalid, clip(typed))
	}
	return n, plain, nil
}

// named is what may be a name; numbers with letters, such as those of addresses, are none.
var named = regexp.MustCompile(`^[\p{L}\p{M}][\p{L}\p{M}'’. -]*$`)

func (p *Plan) colleague(name string) (Destination, error) {
	switch extensions := p.Colleagues(name); {
	case len(extensions) == 0:
		return Destination{}, fail.New(protocol.DialNobody, clip(name))
	case len(extensions) > 1:
		return Destination{}, fail.New(protocol.DialAmbiguous, clip(name))
	case !safe.MatchString(extensions[0]):
		return Destination{}, fail.New(protocol.DialInvalid, clip(extensions[0]))
	default:
		return Destination{Exten: extensions[0], Shown: extensions[0], Inside: true}, nil
	}
}

// allowed reports whether an agent may dial a number outside, in its international form if it has one.
func (p *Plan) allowed(a staff.Agent, number string) bool {
	return slices.ContainsFunc(p.Allow, func(rule Allowed) bool {
		return member(a, rule.Teams) && slices.ContainsFunc(rule.Numbers, func(pattern string) bool {
			if strings.HasPrefix(pattern, "_") {
				return tracking.Match(pattern, number)
			}
			return pattern == "*" || pattern == number
		})
	})
}

// LinesOf returns the names of the lines with which an agent may dial.
func (p *Plan) LinesOf(a staff.Agent) (names []string) {
	for _, l := range p.Lines {
		if member(a, l.Teams) {
			names = append(names, l.Name)
		}
	}
	return names
}

// Channel is the channel of a phone.
func (p *Plan) Channel(extension string) string {
	return strings.ReplaceAll(p.Phone, "<extension>", extension)
}

// Lift returns the channel variables that ask a phone to answer by itself; nil if it is not asked.
func (p *Plan) Lift() []string {
	if !p.AutoAnswer || !strings.HasPrefix(p.Phone, "PJSIP/") {
		return nil
	}
	return []string{
		`PJSIP_HEADER(add,Call-Info)=<sip:traybell>\;answer-after=0`,
		`PJSIP_HEADER(add,Alert-Info)=<http://traybell>\;info=alert-autoanswer\;delay=0`,
	}
}

func member(a staff.Agent, teams []string) bool {
	return len(teams) == 0 || slices.ContainsFunc(a.Teams, func(t string) bool { return slices.Contains(teams, t) })
}

// clip shortens what a person typed, for a sentence.
func clip(text string) string {
	if r := []rune(text); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return text
}
