package calldata

import (
	"slices"
	"strings"
	"time"
)

// A dialplan in a loop may set a variable thousands of times per second. Of such a call a burst of
// changes is shown, then one per interval; the last value is never lost.
const (
	burst    = 10
	interval = time.Second
)

// mostSeen bounds the earlier texts of a field that are remembered.
const mostSeen = 16

// Channel is what a channel had last, by variable. A channel repeats its variables in every event.
type Channel map[string]string

// Gathered is what a live call has so far. The zero value has nothing.
type Gathered struct {
	texts  map[string]string
	seen   map[string][]string // earlier texts: a new channel may inherit them
	fresh  bool                // texts is newer than what Settle returned last
	spent  int                 // changes of the burst
	filled time.Time           // when spent was reduced last
}

// Set takes a variable of a channel, and reports whether Settle has something to do. Of the
// variables of a field, the one that was set last counts. An empty text changes nothing.
func (g *Gathered) Set(f *Fields, of *Channel, variable, text string) bool {
	variable = plainName(variable)
	fields := f.byVariable[variable]
	before, known := (*of)[variable]
	if len(fields) == 0 || text == "" || known && before == text {
		return false
	}
	if *of == nil {
		*of = Channel{}
	}
	(*of)[strings.Clone(variable)] = text
	changed := false
	for _, field := range fields {
		if known || !slices.Contains(g.seen[field.Name], text) { // else it is inherited
			changed = g.put(field.Name, text) || changed
		}
	}
	return changed
}

// Event takes a user event about the call. get returns the text of a key.
func (g *Gathered) Event(f *Fields, name string, get func(key string) string) (changed bool) {
	for _, field := range f.byEvent[strings.ToLower(name)] {
		if text := get(field.Key); text != "" {
			changed = g.put(field.Name, text) || changed
		}
	}
	return changed
}

func (g *Gathered) put(field, text string) bool {
	if g.texts[field] == text {
		return false
	}
	if g.texts == nil {
		g.texts, g.seen = map[string]string{}, map[string][]string{}
	}
	g.texts[field] = text
	if earlier := g.seen[field]; !slices.Contains(earlier, text) {
		g.seen[field] = append(earlier[max(0, len(earlier)-mostSeen+1):], text)
	}
	g.fresh = true
	return true
}

// Join adds what a call had that became part of this one. What this one has stays.
func (g *Gathered) Join(other *Gathered) {
	for field, text := range other.texts {
		if _, has := g.texts[field]; !has {
			g.put(field, text)
		}
	}
}

// Held reports whether there is something that Settle has not returned yet, as it may not be shown now.
func (g *Gathered) Held() bool { return g.fresh }

// Settle returns the values if they have changed and may be shown now; at the call's end they
// always may.
func (g *Gathered) Settle(f *Fields, at time.Time, ended bool) (v Values, changed bool) {
	if !g.fresh {
		return nil, false
	}
	if passed := at.Sub(g.filled); passed >= interval || passed < 0 {
		g.spent = max(0, g.spent-int(max(passed, 0)/interval))
		g.filled = at
	}
	if g.spent >= burst && !ended {
		return nil, false
	}
	g.spent, g.fresh = g.spent+1, false
	for _, field := range f.all() {
		if text := g.texts[field.Name]; text != "" {
			v = append(v, Value{field, text})
		}
	}
	return v, true
}
