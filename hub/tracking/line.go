// Package tracking has the tracked numbers of hub.yml. Lines finds the line of a called number;
// Counter counts calls to untracked numbers. Lines is immutable except for a cache under a mutex.
// The counts that are not saved yet belong to the Counter; the goroutine of its Run writes them.
package tracking

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"traybell/hub/staff"
	"traybell/shared/link"
	"traybell/shared/phone"
)

// Line is a tracked number: an entry of hub.yml's tracking.
type Line struct {
	Number   string // DID, dialplan pattern ("_7495XXXXXXX"), or "*" for all
	Name     string
	Comment  string
	Teams    []string // Teams and Agents see the calls of the line; if both are empty, everybody does
	Agents   []string // logins
	Show     Show
	Template string         // name of the ticket template
	WrapUp   *time.Duration // after a call that an agent has answered; nil: the default
	Pages    Pages

	HideNumber bool // agents do not see the numbers of its callers
}

// Pages are what opens in the browser of an agent with a call of the line.
type Pages struct {
	Script     *link.Template // nil: none
	OpenScript Moment
	Pop        string // name of a link, as in JSON of protocol.Links; empty: none
	OpenPop    Moment
}

// Moment is when a page opens.
type Moment string

// The moments.
const (
	OnRing   Moment = "ring"
	OnAnswer Moment = "answer"
	OnPress  Moment = "press" // only when the agent asks for it
)

// Show selects the agents who see a call from those of the line.
type Show string

// The values of Show.
const (
	ShowRinging Show = "ringing" // agents whose extension rings
	ShowBound   Show = "bound"   // all agents of the line
)

// Admits reports whether an agent is one of the line.
func (l *Line) Admits(a staff.Agent) bool {
	if len(l.Teams) == 0 && len(l.Agents) == 0 {
		return true
	}
	return slices.Contains(l.Agents, a.Login) ||
		slices.ContainsFunc(a.Teams, func(t string) bool { return slices.Contains(l.Teams, t) })
}

// Check returns an error if the number is an invalid pattern.
func (l *Line) Check() error {
	if !l.pattern() {
		return nil
	}
	return checkPattern(l.Number)
}

func (l *Line) pattern() bool { return len(l.Number) > 1 && l.Number[0] == '_' }

// Lines finds the line of a number. Any goroutine may use it.
type Lines struct {
	numbers  *phone.Reader
	exact    map[string]*Line
	patterns []*Line
	all      *Line
	entries  []Line
	none     bool // hub.yml tracks nothing, all is the default
	hide     bool // one has HideNumber

	mu    sync.Mutex
	cache map[string]*Line // parsing a number takes as long as the rest of a ringing call
}

// maxCached limits the cache: strangers may call any number.
const maxCached = 1000

// New indexes the entries of hub.yml. Without entries, every call is shown to the agents whose
// extension rings.
func New(entries []Line, numbers *phone.Reader) (*Lines, error) {
	ls := &Lines{numbers: numbers, entries: entries, exact: map[string]*Line{}, cache: map[string]*Line{}}
	for _, l := range entries {
		ls.hide = ls.hide || l.HideNumber
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

// Hide reports whether a line hides the numbers of its callers.
func (ls *Lines) Hide() bool { return ls.hide }

// None reports whether hub.yml tracks no numbers.
func (ls *Lines) None() bool { return ls.none }

// Of returns the line of a called number; nil if it is not tracked. The number itself, in any
// notation, takes precedence over a pattern, and a pattern over "*".
func (ls *Lines) Of(number string) *Line {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if l, ok := ls.cache[number]; ok {
		return l
	}
	l := ls.find(number)
	if len(number) > longestNumber {
		return l
	}
	if len(ls.cache) >= maxCached {
		clear(ls.cache)
	}
	ls.cache[number] = l
	return l
}

// Twins returns the pairs of entries that are one number in two notations. A call gets the second
// unless its number is written exactly as the first.
func (ls *Lines) Twins() [][2]string {
	var twins [][2]string
	seen := map[string]string{}
	for _, l := range ls.entries {
		if l.Number == "*" || l.pattern() {
			continue
		}
		key := ls.numbers.Read(l.Number).Key()
		if first, ok := seen[key]; ok {
			twins = append(twins, [2]string{first, l.Number})
		}
		seen[key] = l.Number
	}
	return twins
}

// Has reports whether a number has an entry other than "*".
func (ls *Lines) Has(number string) bool {
	l := ls.Of(number)
	return l != nil && l.Number != "*"
}

func (ls *Lines) find(number string) *Line {
	if l, ok := ls.exact[number]; ok {
		return l
	}
	for _, reading := range ls.numbers.Readings(ls.numbers.Read(number)) {
		if l, ok := ls.exact[reading.Key()]; ok {
			return l
		}
	}
	for _, l := range ls.patterns {
		if Match(l.Number, number) {
			return l
		}
	}
	return ls.all
}
