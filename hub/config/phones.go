package config

import (
	"fmt"
	"slices"
	"strings"
)

// Sharing is how many agents one extension may have: whoever signs in there has the password
// compared with those of all.
const Sharing = 8

// phones finds what is wrong with the agents' extensions, and with the passwords of those who share
// one.
func (k checker) phones() {
	owners := map[string][]int{} // by extension, the places of its agents in the list
	for i, a := range k.c.Agents {
		at := fmt.Sprintf("agents[%d]", i)
		if len(a.Extensions) == 0 {
			k.complain(at+".extensions", "`extensions` is missing; name the agent's phones, such as [\"101\"]")
		}
		for j, e := range a.Extensions {
			each := fmt.Sprintf("%s.extensions[%d]", at, j)
			switch others := owners[e]; {
			case !extension.MatchString(e):
				k.complain(each, "%s cannot be an extension; write it as the PBX does, such as \"101\"", quote(e))
				continue
			case slices.Contains(others, i):
				k.complain(each, "extension %s is in this list already; write it once", quote(e))
				continue
			case len(others) == Sharing:
				k.complain(each, "%d agents have extension %s already, and no more can share one", Sharing, quote(e))
			default:
				k.ownPassword(at, a, e, others)
			}
			owners[e] = append(owners[e], i)
		}
	}
}

// ownPassword complains where an agent has the very hash of another of the extension: only the
// password tells who of them signs in. That two hashes are of one password can be told at the
// sign-in alone.
func (k checker) ownPassword(at string, a Agent, extension string, others []int) {
	for _, o := range others {
		if other := k.c.Agents[o]; !a.Password.Empty() && a.Password.Equal(other.Password) && other.Login != a.Login {
			k.complain(at+".password",
				"this is the very hash of %s, who has extension %s too; the password tells who of them signs in: "+
					"give each one of their own, made by: traybell-hub passwd",
				quote(other.Login), quote(extension))
			return
		}
	}
}

// passwordOf tells whether a key holds what somebody signs in with, which passwd makes.
func passwordOf(key string) bool {
	return strings.HasPrefix(key, "agents[") || strings.HasPrefix(key, "admins[")
}
