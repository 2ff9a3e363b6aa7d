package desk

import (
	"fmt"
	"maps"
	"slices"

	"traybell/hub/calls"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// concerned returns the logins of the agents whom the call concerns as it is now, and logs the
// reason when it or the state changes.
func (d *Desk) concerned(l *live) []string {
	var logins []string
	add := func(agents []Agent, fits func(Agent) bool) {
		for _, a := range agents {
			if fits(a) && !slices.Contains(logins, a.Login) {
				logins = append(logins, a.Login)
			}
		}
	}
	anybody := func(Agent) bool { return true }
	if l.call.Direction != protocol.Incoming {
		for _, leg := range l.legs {
			add(d.byExt[leg.Extension], anybody)
		}
		d.because(l, logins, "%s call: %v, whose extensions take part", l.call.Direction, logins)
		return logins
	}
	if l.line == nil {
		d.because(l, nil, "nobody: %q is no tracked number", l.call.DID)
		return nil
	}
	if l.line.Show == ShowBound {
		add(d.Agents, l.line.concerns)
		d.because(l, logins, "%v: all whom line %q is bound to", logins, l.line.Number)
		return logins
	}
	for _, leg := range l.legs {
		if leg.State != protocol.Ended {
			add(d.byExt[leg.Extension], l.line.concerns)
		}
	}
	d.because(l, logins, "%v: %v ring or talk, on line %q", logins, extensions(l.legs), l.line.Number)
	return logins
}

// because logs why the call is shown to whom, when the reason or the state is new. What is nobody's
// is only a detail.
func (d *Desk) because(l *live, logins []string, format string, args ...any) {
	why := fmt.Sprintf(format, args...)
	told := string(l.call.State) + why
	if told == l.why {
		return
	}
	l.why = told
	switch {
	case len(logins) > 0:
		d.Log.Info("a call is shown to", "call", l.call.ID, "state", l.call.State, "who", why)
	case len(l.told) == 0:
		d.Log.Debug("a call is shown to nobody", "call", l.call.ID, "state", l.call.State, "why", why)
	case l.call.State == protocol.Ended:
		d.Log.Info("a call has ended", "call", l.call.ID, "state", l.call.State,
			"shown_to", slices.Sorted(maps.Keys(l.told)))
	default:
		d.Log.Debug("a call is no longer at anybody's phone", "call", l.call.ID, "state", l.call.State, "why", why)
	}
}

// extensions are those whose leg has not ended.
func extensions(legs []protocol.Leg) []string {
	var names []string
	for _, leg := range legs {
		if leg.State != protocol.Ended {
			names = append(names, leg.Extension)
		}
	}
	return names
}

// concerns tells whether the agent is one that the line names; a line that names nobody concerns
// everybody.
func (l *Line) concerns(a Agent) bool {
	if len(l.Teams) == 0 && len(l.Agents) == 0 {
		return true
	}
	return slices.Contains(l.Agents, a.Login) || slices.ContainsFunc(a.Teams, func(t string) bool {
		return slices.Contains(l.Teams, t)
	})
}

func (l *Line) pattern() bool { return len(l.Number) > 1 && l.Number[0] == '_' }

// Check says what is wrong with the line's number, where it is a pattern.
func (l *Line) Check() error {
	if !l.pattern() {
		return nil
	}
	return checkPattern(l.Number)
}

// lines finds the line that a call came in on.
type lines struct {
	numbers  *phone.Reader
	exact    map[string]*Line
	patterns []*Line
	all      *Line
	assumed  bool // nothing is tracked: all is no line of hub.yml
	// what was found before: reading a number takes as long as all else that is done when a phone
	// rings
	known map[string]*Line
}

func newLines(configured []Line, numbers *phone.Reader) (lines, error) {
	ls := lines{numbers: numbers, exact: map[string]*Line{}, known: map[string]*Line{}}
	for _, l := range configured {
		switch {
		case l.Number == "*":
			ls.all = &l
		case l.pattern():
			if err := l.Check(); err != nil {
				return lines{}, fmt.Errorf("tracking %s: %w", l.Number, err)
			}
			ls.patterns = append(ls.patterns, &l)
		default:
			ls.exact[l.Number] = &l
			ls.exact[numbers.Read(l.Number).Key()] = &l
		}
	}
	if len(configured) == 0 {
		ls.all, ls.assumed = &Line{Number: "*", Show: ShowRinging}, true
	}
	return ls, nil
}

// of returns the line of an incoming call: the number itself, in whatever form, before a pattern,
// and a pattern before "*".
func (ls *lines) of(c calls.Call) *Line {
	if c.Direction != protocol.Incoming {
		return nil
	}
	return ls.called(c.DID)
}

// knownMost bounds what is remembered: strangers may call any number.
const knownMost = 1000

// called returns the line of a number that was called.
func (ls *lines) called(number string) *Line {
	if l, ok := ls.known[number]; ok {
		return l
	}
	l := ls.find(number)
	if len(number) > untrackedLength {
		return l
	}
	if len(ls.known) >= knownMost {
		clear(ls.known)
	}
	ls.known[number] = l
	return l
}

func (ls *lines) find(number string) *Line {
	if l, ok := ls.exact[number]; ok {
		return l
	}
	if l, ok := ls.exact[ls.numbers.Read(number).Key()]; ok {
		return l
	}
	for _, l := range ls.patterns {
		if matchPattern(l.Number, number) {
			return l
		}
	}
	return ls.all
}
