package agents

import (
	"slices"
	"strings"
)

// Desktops tells on which desktops an agent is signed in, each in a few words: "windows (traybell 1.0.0, 192.0.2.7)".
func (s *Server) Desktops(login string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []string
	for _, ses := range s.signed[login] {
		address, _, _ := strings.Cut(ses.address, "]")
		if i := strings.LastIndexByte(ses.address, ':'); i > 0 && address == ses.address {
			address = ses.address[:i]
		}
		list = append(list, ses.client.OS+" (traybell "+ses.client.Version+", "+strings.TrimPrefix(address, "[")+")")
	}
	slices.Sort(list)
	return list
}
