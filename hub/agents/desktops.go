package agents

import (
	"cmp"
	"errors"
	"net"
	"slices"

	"traybell/shared/protocol"

	"github.com/coder/websocket"
)

// Desktops describes the desktops on which an agent is signed in: "windows (traybell 1.0.0,
// 192.0.2.7)".
func (s *Server) Desktops(login string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []string
	for _, ses := range s.signed[login] {
		list = append(list, ses.desktop())
	}
	slices.Sort(list)
	return list
}

func (s *session) desktop() string {
	what, version := cmp.Or(s.client.OS, "a terminal"), ""
	if s.client.Version != "" {
		version = "traybell " + s.client.Version + ", "
	}
	return what + " (" + version + host(s.address) + ")"
}

// Presence is the begin or the end of an agent's session.
type Presence struct {
	Login   string
	Desktop string // as in Desktops
	In      bool
	Code    protocol.CloseCode // of the end, from either side; 0: there was no close frame
	Reason  string             // of the close frame
}

// present reports the begin of a session, or its end.
func (s *Server) present(ses *session, in bool, code protocol.CloseCode, reason string) {
	if s.opts.Presence != nil {
		s.opts.Presence(Presence{ses.now().Login, ses.desktop(), in, code, reason})
	}
}

// ended reports the end of a session: err ended its reader.
func (s *Server) ended(ses *session, err error) {
	ses.mu.Lock()
	code, reason := ses.code, ses.reason
	ses.mu.Unlock()
	if closed, ok := errors.AsType[websocket.CloseError](err); ok && code == 0 {
		code, reason = protocol.CloseCode(closed.Code), clip(closed.Reason, protocol.MaxKey)
	}
	s.present(ses, false, code, reason)
}

// host returns an address without its port.
func host(address string) string {
	if h, _, err := net.SplitHostPort(address); err == nil {
		return h
	}
	return address
}
