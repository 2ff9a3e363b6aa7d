package ami

import (
	"slices"
	"strings"
)

// All returns every value of key in order: ChanVariable and Output come several times.
func (m Message) All(key string) []string {
	var values []string
	for k, v := range m.Each() {
		if strings.EqualFold(k, key) {
			values = append(values, v)
		}
	}
	return values
}

// Done is closed when the session is over; Err then says why.
func (s *Session) Done() <-chan struct{} { return s.done }

// OK says whether nothing that is required is known to be missing.
func (r Report) OK() bool {
	return !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Required && f.Verdict == Missing })
}
