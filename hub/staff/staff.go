// Package staff holds the agents of hub.yml and their extensions. Its values are immutable; a
// reload makes a new Staff.
package staff

import (
	"slices"
	"strings"

	"traybell/shared/protocol"
)

// Agent is a person who answers calls.
type Agent struct {
	Login      string
	Name       string
	Extensions []string
	Teams      []string
	Rights     []protocol.Right
	Password   protocol.PasswordAt
}

// May reports whether the agent has a right.
func (a Agent) May(right protocol.Right) bool { return slices.Contains(a.Rights, right) }

// Staff is all agents, by extension and by login. Make it with New.
type Staff struct {
	agents      []Agent
	byExtension map[string][]Agent
	byLogin     map[string]Agent
	names       names
}

// New indexes the agents.
func New(agents []Agent) *Staff {
	s := &Staff{agents: agents, byExtension: map[string][]Agent{}, byLogin: map[string]Agent{}, names: newNames(agents)}
	for _, a := range agents {
		s.byLogin[a.Login] = a
		for _, e := range a.Extensions {
			s.byExtension[e] = append(s.byExtension[e], a)
		}
	}
	return s
}

// Agents returns all agents, in hub.yml's order.
func (s *Staff) Agents() []Agent { return s.agents }

// At returns the agents who have an extension: several may share one.
func (s *Staff) At(extension string) []Agent { return s.byExtension[extension] }

// Sharing returns the agents at an extension during a call. If several share it, that is the one
// who took the call if known, else those signed in with it, else those signed in at all, else all
// of them. took is that agent's login; phones returns the extensions with which an agent is signed
// in.
func (s *Staff) Sharing(extension, took string, phones func(login string) []string) []Agent {
	all := s.At(extension)
	if len(all) < 2 {
		return all
	}
	if i := slices.IndexFunc(all, func(a Agent) bool { return a.Login == took }); i >= 0 {
		return all[i : i+1]
	}
	var there, elsewhere []Agent
	for _, a := range all {
		with := phones(a.Login)
		if slices.Contains(with, extension) {
			there = append(there, a)
		}
		if len(with) > 0 {
			elsewhere = append(elsewhere, a)
		}
	}
	switch {
	case len(there) > 0:
		return there
	case len(elsewhere) > 0:
		return elsewhere
	}
	return all
}

// Agent returns the agent with that login.
func (s *Staff) Agent(login string) (a Agent, ok bool) {
	a, ok = s.byLogin[login]
	return a, ok
}

// Name returns an agent's name, or the login of one who is not in hub.yml any more.
func (s *Staff) Name(login string) string {
	if a, ok := s.byLogin[login]; ok {
		return a.Name
	}
	return login
}

// Logins returns the logins of all agents.
func (s *Staff) Logins() []string {
	logins := make([]string, len(s.agents))
	for i, a := range s.agents {
		logins[i] = a.Login
	}
	return logins
}

// LoginsOf returns the logins of agents, separated by commas.
func LoginsOf(agents []Agent) string {
	logins := make([]string, len(agents))
	for i, a := range agents {
		logins[i] = a.Login
	}
	return strings.Join(logins, ",")
}
