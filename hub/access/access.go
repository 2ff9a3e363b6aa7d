// Package access says who may do what with a hub: people on its pages, programs with a token, the
// command line.
package access

import "slices"

// Role is what somebody may do.
type Role string

// The roles. Each includes View.
const (
	View       Role = "view"       // read everything
	Supervise  Role = "supervise"  // messages to terminals, end sessions, missed calls of others
	Recordings Role = "recordings" // listen to the recordings of all calls
	Notes      Role = "notes"      // categories, blocks, tickets, waiting ticket requests
	Admin      Role = "admin"      // all of it, and the hub itself
)

// Roles returns all roles.
func Roles() []Role { return []Role{View, Supervise, Notes, Recordings, Admin} }

// Kind is the kind of a principal.
type Kind string

// The kinds.
const (
	Administrator Kind = "administrator" // of hub.yml
	Agent         Kind = "agent"
	Token         Kind = "token"
	Page          Kind = "page" // of a call, in the browser of an agent
	// the command line, or a browser on the hub's computer while hub.yml has no administrators
	Local Kind = "local"
)

// Principal is who asks for something.
type Principal struct {
	Kind  Kind
	Name  string // the login of an administrator or agent, also of a page's; the name of a token
	Roles []Role
	From  string // address, without port
	Call  string // id of the call that a page is for
}

// May reports whether the principal has a role. An agent without roles sees what concerns the agent.
func (p Principal) May(r Role) bool {
	return slices.Contains(p.Roles, Admin) || slices.Contains(p.Roles, r) || r == View && len(p.Roles) > 0
}
