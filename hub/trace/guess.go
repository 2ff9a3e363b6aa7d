package trace

import (
	"slices"
	"strings"
	"time"
)

// Guess is an endpoint that was judged without evidence.
type Guess struct {
	PBX      string
	Endpoint string // "SIP/701"
	Inside   bool   // taken for a phone of the company; false: for a trunk
	Why      string
	Calls    int
	Last     time.Time
}

// Guesses returns the guesses in traces, newest trace first, that no later evidence corrected
// within the call. Of several guesses about an endpoint the newest counts.
func Guesses(traces []Trace) (list []Guess) {
	for _, t := range traces {
		for _, s := range t.Steps {
			if s.What != Guessed || t.judged(s.Text) {
				continue
			}
			i := slices.IndexFunc(list, func(g Guess) bool { return g.PBX == t.PBX && g.Endpoint == s.Text })
			if i < 0 {
				i = len(list)
				list = append(list, Guess{
					PBX: t.PBX, Endpoint: s.Text, Inside: slices.Contains(s.Words, Inside),
					Why: catalog(English).why(s), Last: t.At,
				})
			}
			list[i].Calls++
		}
	}
	return list
}

// judged reports whether there is evidence about an endpoint.
func (t Trace) judged(endpoint string) bool {
	return slices.ContainsFunc(t.Steps, func(s Step) bool {
		return s.What == Endpoints && (slices.ContainsFunc(s.Notes, func(n Note) bool {
			return n.With["Endpoint"] == endpoint
		}) || slices.ContainsFunc(s.Words, func(w string) bool { return strings.HasPrefix(w, endpoint+" is ") }))
	})
}
