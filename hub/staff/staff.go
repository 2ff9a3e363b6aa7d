// Package staff holds the agents of hub.yml and their extensions. Its values are immutable; a
// reload makes a new Staff.
package staff

import (
	"slices"

	"traybell/shared/protocol"
)

// Agent is a person who answers calls.
type Agent struct {
	Login      string
	Name       string
	Extensions []string
	Teams      []string
	Rights     []protocol.Right
}

// May reports whether the agent has a right.
func (a Agent) May(right protocol.Right) bool { return slices.Contains(a.Rights, right) }

// Staff is all agents, by extension and by login. Make it with New.
type Staff struct {
	agents      []Agent
	byExtension map[string][]Agent
	byLogin     map[string]Agent
}

// New indexes the agents.
func New(agents []Agent) *Staff {
	s := &Staff{agents: agents, byExtension: map[string][]Agent{}, byLogin: map[string]Agent{}}
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
