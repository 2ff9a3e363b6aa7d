package agents

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// SetAgents replaces the agents, for a reload. It may be called on the desk's loop: it does not
// block. It fails, and changes nothing, for a password that is no argon2id hash.
//
// It closes the sessions of agents who were removed, whose password changed, or who lost the
// extension that the session signed in with. All other sessions stay, with the new rights. The desk
// sends them their new name and rights.
func (s *Server) SetAgents(list []Account) error {
	next := make(map[string]Account, len(list))
	for _, a := range list {
		next[a.Login] = a
	}
	s.mu.RLock()
	same := reflect.DeepEqual(next, s.agents)
	s.mu.RUnlock()
	if same {
		return nil
	}
	if err := s.gate.SetAccounts(accounts(list)); err != nil {
		return err
	}
	var bye []goodbye
	s.mu.Lock()
	for login, of := range s.signed {
		before, now := s.agents[login], next[login]
		for _, ses := range of {
			switch {
			case now.Login == "":
				bye = append(bye, goodbye{ses, protocol.CloseEnded, "An administrator removed your account."})
			case now.Password != before.Password:
				bye = append(bye, goodbye{
					ses, protocol.CloseRestart, "An administrator changed your password: sign in with the new one.",
				})
			case !slices.Contains(now.Extensions, ses.extension):
				bye = append(bye, goodbye{
					ses, protocol.CloseEnded,
					fmt.Sprintf("The extension %s is no longer yours: sign in with %s.", ses.extension,
						strings.Join(now.Extensions, " or ")),
				})
			default:
				ses.agent = now.Agent
			}
		}
	}
	s.agents = next
	s.mu.Unlock()
	for _, b := range bye {
		b.end(b.code, b.reason, 0)
	}
	return nil
}

// goodbye is a session to close, and why.
type goodbye struct {
	*session
	code   protocol.CloseCode
	reason string
}

// SetClients changes the limit of signed-in desktops. Sessions over the limit stay.
func (s *Server) SetClients(most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.Clients = most
}

// now returns the session's agent with the current name and rights.
func (s *session) now() staff.Agent {
	s.server.mu.RLock()
	defer s.server.mu.RUnlock()
	return s.agent
}
