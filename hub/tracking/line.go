// Package tracking is the tracked numbers of hub.yml: which line a call came in on, and how often
// numbers are called that are not tracked.
package tracking

import (
	"fmt"
	"slices"
	"sync"

	"traybell/hub/staff"
	"traybell/shared/phone"
)

// Line is a tracked number: an entry of hub.yml's tracking.
type Line struct {
	Number   string // a DID, a dialplan pattern ("_7495XXXXXXX"), or "*" for all
	Name     string
	Comment  string
	Teams    []string // with Agents: who sees the line's calls; both empty: everyone
	Agents   []string // logins
	Show     Show
	Template string // the ticket template's name
}

// Show is how the agents who see a line's calls are chosen.
type Show string

// The two ways.
const (
	ShowRinging Show = "ringing" // of those, the agents whose extension rings
	ShowBound   Show = "bound"   // all of them, whichever phone rings
)

// Admits reports whether the line's teams and agents include this one.
func (l *Line) Admits(a staff.Agent) bool {
	if len(l.Teams) == 0 && len(l.Agents) == 0 {
		return true
	}
	return slices.Contains(l.Agents, a.Login) ||
		slices.ContainsFunc(a.Teams, func(t string) bool { return slices.Contains(l.Teams, t) })
}

// Check returns what is wrong with the line's number, if it is a pattern.
func (l *Line) Check() error {
	if !l.pattern() {
		return nil
	}
	return checkPattern(l.Number)
}

func (l *Line) pattern() bool { return len(l.Number) > 1 && l.Number[0] == '_' }

// Lines finds the line of a number. Make it with New; any goroutine may use it.
type Lines struct {
	numbers  *phone.Reader
	exact    map[string]*Line
	patterns []*Line
	all      *Line
	entries  []Line
	none     bool // nothing is tracked: all is not an entry of hub.yml

	mu    sync.Mutex
	found map[string]*Line // reading a number costs as much as the rest of a ring
}

// mostFound bounds what is remembered: strangers may call any number.
const mostFound = 1000

// New indexes the entries of hub.yml. Without entries every call is on a line that shows it to the
// agents whose extension rings.
func New(entries []Line, numbers *phone.Reader) (*Lines, error) {
	ls := &Lines{numbers: numbers, entries: entries, exact: map[string]*Line{}, found: map[string]*Line{}}
	for _, l := range entries {
		switch {
		case l.Number == "*":
			ls.all = &l
		case l.pattern():
			if err := l.Check(); err != nil {
				return nil, fmt.Errorf("tracking %s: %w", l.Number, err)
			}
			ls.patterns = append(ls.patterns, &l)
		default:
			ls.exact[l.Number] = &l
			ls.exact[numbers.Read(l.Number).Key()] = &l
		}
	}
	if len(entries) == 0 {
		ls.all, ls.none = &Line{Number: "*", Show: ShowRinging}, true
	}
	return ls, nil
}

// Entries returns the entries of hub.yml.
func (ls *Lines) Entries() []Line { return ls.entries }

// None reports whether hub.yml tracks no numbers at all.
func (ls *Lines) None() bool { return ls.none }

// Of returns the line of a called number; nil: it is not tracked. The number itself, in whatever
// form, goes before a pattern, and a pattern before "*".
func (ls *Lines) Of(number string) *Line {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if l, ok := ls.found[number]; ok {
		return l
	}
	l := ls.find(number)
	if len(number) > longestNumber {
		return l
	}
	if len(ls.found) >= mostFound {
		clear(ls.found)
	}
	ls.found[number] = l
	return l
}

// Has reports whether a number has an entry, by itself or by a pattern other than "*".
func (ls *Lines) Has(number string) bool {
	l := ls.Of(number)
	return l != nil && l.Number != "*"
}

func (ls *Lines) find(number string) *Line {
	if l, ok := ls.exact[number]; ok {
		return l
	}
	if l, ok := ls.exact[ls.numbers.Read(number).Key()]; ok {
		return l
	}
	for _, l := range ls.patterns {
		if Match(l.Number, number) {
			return l
		}
	}
	return ls.all
}
