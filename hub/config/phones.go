package config

import (
	"fmt"
	"slices"

	"traybell/hub/config/document"
)

// Sharing is the maximum of agents per extension: a sign-in verifies the password of each.
const Sharing = 8

// At returns the agents of an extension.
func (c *Config) At(extension string) (agents []Agent) {
	for _, a := range c.Agents {
		if slices.Contains(a.Extensions, extension) {
			agents = append(agents, a)
		}
	}
	return agents
}

// phones checks the agents' extensions, and the passwords of agents who share one.
func (k checker) phones() {
	owners := map[string][]int{} // indexes of agents by extension
	for i, a := range k.c.Agents {
		at := fmt.Sprintf("agents[%d]", i)
		if len(a.Extensions) == 0 {
			k.Complain(at+".extensions", "`extensions` is missing; add the agent's phones, such as [\"101\"]")
		}
		for j, e := range a.Extensions {
			each := fmt.Sprintf("%s.extensions[%d]", at, j)
			switch others := owners[e]; {
			case !extension.MatchString(e):
				k.Complain(each, "%s is not an extension; use the PBX's name for it, such as \"101\"",
					document.Quote(e))
				continue
			case slices.Contains(others, i):
				k.Complain(each, "extension %s is in this list twice", document.Quote(e))
				continue
			case len(others) == Sharing:
				k.Complain(each, "extension %s has %d agents already, which is the maximum", document.Quote(e), Sharing)
			default:
				k.ownPassword(at, a, e, others)
			}
			owners[e] = append(owners[e], i)
		}
	}
}

// ownPassword reports equal hashes of agents who share an extension: the password identifies the
// agent. Only a sign-in can detect different hashes of the same password.
func (k checker) ownPassword(at string, a Agent, extension string, others []int) {
	for _, o := range others {
		if other := k.c.Agents[o]; !a.Password.Empty() && a.Password.Equal(other.Password) && other.Login != a.Login {
			k.Complain(at+".password",
				"same hash as %s, who also has extension %s; the password identifies the agent, so each needs a "+
					"different one; run: traybell-hub passwd",
				document.Quote(other.Login), document.Quote(extension))
			return
		}
	}
}

// ExtensionProblem returns why a text is not an extension; empty if it is one.
func ExtensionProblem(text string) string {
	if extension.MatchString(text) {
		return ""
	}
	return fmt.Sprintf("%s is not an extension; use the PBX's name for it, such as 101", document.Quote(text))
}
