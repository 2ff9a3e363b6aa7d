package agents

import (
	"context"
	"fmt"
	"time"

	"traybell/hub/signin"
	"traybell/shared/protocol"
)

// Message queues a message for the terminals for which to returns true, and returns their number.
// It never blocks.
func (s *Server) Message(m protocol.Message, to func(Session) bool) int {
	var list []*session
	s.mu.RLock()
	for _, of := range s.signed {
		for _, ses := range of {
			if to(ses.described()) {
				list = append(list, ses)
			}
		}
	}
	s.mu.RUnlock()
	for _, ses := range list {
		ses.send(m)
	}
	return len(list)
}

// described returns the session for administrators. The server's lock is held.
func (s *session) described() Session {
	return Session{
		Login: s.agent.Login, Name: s.agent.Name, Extension: s.extension, Address: s.address, Client: s.client,
		Since: s.started, Waiting: s.waiting(),
	}
}

// End ends the session of an agent on a desktop for good, or without a desktop all sessions of the
// agent, and returns their number. Their tokens are void then, also after a restart: the desktops
// sign in as if for the first time.
func (s *Server) End(ctx context.Context, login, desktop string) (ended int, err error) {
	all := s.gate.Revoke(signin.Revocation{Login: login, Device: desktop, At: time.Now()})
	if s.opts.KeepRevoked != nil {
		if err = s.opts.KeepRevoked(ctx, all); err != nil {
			err = fmt.Errorf("revoke the tokens: %w", err)
		}
	}
	var list []*session
	s.mu.RLock()
	for name, ses := range s.signed[login] {
		if desktop == "" || desktop == name {
			list = append(list, ses)
		}
	}
	s.mu.RUnlock()
	for _, ses := range list {
		if ses.end(protocol.ClosedSession{
			Code: protocol.CloseEnded, Reason: "An administrator ended the session.",
		}) {
			s.log.Info("session ended by an administrator", "login", login, "address", ses.address)
			ended++
		}
	}
	return ended, err
}
