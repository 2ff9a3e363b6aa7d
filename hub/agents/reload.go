package agents

import (
	"reflect"
	"slices"
	"strings"

	"traybell/hub/fail"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// SetAgents replaces the agents, for a reload. It may be called on the desk's loop: it does not
// block. It fails, and changes nothing, for a password that is no argon2id hash.
//
// It closes the sessions of agents who were removed, whose password changed, unless it was changed
// in that session, or who lost the extension that the session signed in with. All other sessions
// stay, with the new rights. The desk sends them their new name and rights.
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
				bye = append(bye, ses.goodbye(protocol.CloseEnded, protocol.AccountRemoved, ""))
			case now.Password != before.Password && now.Password != ses.chosen:
				bye = append(bye, ses.goodbye(protocol.CloseRestart, protocol.AccountPassword, ""))
			case !slices.Contains(now.Extensions, ses.extension):
				bye = append(bye, ses.goodbye(protocol.CloseEnded, protocol.AccountExtension,
					strings.Join(now.Extensions, ", ")))
			default:
				ses.agent = now.Agent
			}
		}
	}
	s.agents = next
	s.mu.Unlock()
	for _, b := range bye {
		b.end(b.why)
	}
	return nil
}

// goodbye is a session to close, and why.
type goodbye struct {
	*session
	why protocol.ClosedSession
}

func (s *session) goodbye(code protocol.CloseCode, problem protocol.Problem, about string) goodbye {
	return goodbye{
		s, protocol.ClosedSession{Code: code, Reason: fail.Text(problem, about), Problem: problem, About: about},
	}
}

// SetClients changes the limit of signed-in desktops. Sessions over the limit stay.
func (s *Server) SetClients(most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.Clients = most
	s.entering.setDesktops(most)
}

// now returns the session's agent with the current name and rights.
func (s *session) now() staff.Agent {
	s.server.mu.RLock()
	defer s.server.mu.RUnlock()
	return s.agent
}
