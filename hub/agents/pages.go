package agents

import (
	"context"

	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// Pages are the pages of calls.
type Pages interface {
	Script(ctx context.Context, agent staff.Agent, call string) (protocol.OpenPage, error)
}

func openScript(ctx context.Context, c Commands, a staff.Agent, _ string, in protocol.OpenScript) (reply, error) {
	page, err := c.Pages.Script(ctx, a, in.Call)
	return notification(protocol.PageOpen, page), err
}

// SendOne queues a message for one session of an agent: the last of those that are signed in with the
// extension, else the last of all. false: there is none, or it reads too slowly.
func (s *Server) SendOne(login, extension string, m protocol.Message) bool {
	raw, err := s.opts.encode(m)
	if err != nil {
		s.log.Error("cannot encode message", "name", m.Name, "error", err)
		return false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var last *session
	for _, ses := range s.signed[login] {
		if last == nil || (ses.extension == extension) != (last.extension == extension) &&
			ses.extension == extension || (ses.extension == extension) == (last.extension == extension) &&
			ses.started.After(last.started) {
			last = ses
		}
	}
	return last != nil && last.queue(item{raw: raw})
}
