package endpoint

import "strings"

// Rules are what hub.yml says about the endpoints of one PBX. They are immutable, and nil for a PBX
// without any.
type Rules struct {
	agent    func(extension string) bool
	exact    map[string]exact // by name, or by technology and name
	patterns []pattern        // the first that matches decides
}

type exact struct {
	inside bool
	why    Why
}

// NewRules makes the rules of a PBX from its trunks and extensions. agent reports whether an agent
// has an extension.
func NewRules(trunks, extensions []string, agent func(extension string) bool) *Rules {
	r := &Rules{agent: agent, exact: map[string]exact{}}
	add := func(entries []string, inside bool) {
		for _, entry := range entries {
			if isPattern(entry) {
				r.patterns = append(r.patterns, newPattern(entry, inside))
			} else {
				r.exact[entry] = exact{inside, listed(inside, entry)}
			}
		}
	}
	add(trunks, false)
	add(extensions, true)
	exactFirst(r.patterns)
	return r
}

// listed is the evidence of an entry in hub.yml.
func listed(inside bool, entry string) Why {
	if inside {
		return Why{Code: "endpoint.extensions", About: entry}
	}
	return Why{Code: "endpoint.trunks", About: entry}
}

// named judges by hub.yml; ok is false if it says nothing.
func (r *Rules) named(n Name) (v Verdict, ok bool) {
	if r == nil {
		return Verdict{}, false
	}
	for _, key := range []string{n.String(), n.Endpoint} {
		if e, ok := r.exact[key]; ok {
			return Verdict{e.inside, byName, e.why}, true
		}
	}
	if r.agent != nil && r.agent(n.Endpoint) {
		return Verdict{true, byAgent, Why{Code: "endpoint.agent"}}, true
	}
	for _, p := range r.patterns {
		if p.matches(n) {
			return Verdict{p.inside, byPattern, listed(p.inside, p.entry)}, true
		}
	}
	return Verdict{}, false
}

// Extension reports whether hub.yml says that a number is an extension of the company.
func (r *Rules) Extension(number string) bool {
	extension, _ := r.numbered(number)
	return extension
}

// numbered tells by hub.yml whether a number is an extension; ok is false if it says nothing. The
// patterns "*" and "gw-*" are about endpoints, and "2xx" about numbers, too.
func (r *Rules) numbered(number string) (extension, ok bool) {
	if r == nil || number == "" {
		return false, false
	}
	if e, ok := r.exact[number]; ok {
		return e.inside, true
	}
	if r.agent != nil && r.agent(number) {
		return true, true
	}
	for _, p := range r.patterns {
		if shapedPattern(p.entry) && p.match.MatchString(number) {
			return p.inside, true
		}
	}
	return false, false
}

// Judge decides by hub.yml and by facts of one event.
func (r *Rules) Judge(f Facts) Verdict {
	v, named := r.named(f.Name)
	if named && v.rank == byName {
		return v
	}
	if !named && r != nil && r.agent != nil && f.User != "" && r.agent(f.User) {
		v, named = Verdict{true, byAgent, Why{Code: "endpoint.user"}}, true
	}
	if f.guest() {
		return Verdict{false, byGuest, Why{Code: "endpoint.guest"}}
	}
	if named {
		return v
	}
	if v, ok := f.prove(); ok {
		return v
	}
	if shaped(f.Endpoint) {
		return Verdict{true, byShape, Why{Code: "endpoint.like_extension"}}
	}
	return Verdict{false, byShape, Why{Code: "endpoint.unlike_extension"}}
}

// Guessed reports whether an endpoint that was guessed is still unknown to hub.yml. name is as
// Name.String writes it.
func (r *Rules) Guessed(name string) bool {
	technology, endpoint, _ := strings.Cut(name, "/")
	_, named := r.named(Name{Technology: technology, Endpoint: endpoint})
	return !named
}
