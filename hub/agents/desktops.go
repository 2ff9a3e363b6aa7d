package agents

import (
	"cmp"
	"net"
	"slices"
)

// Desktops describes the desktops on which an agent is signed in: "windows (traybell 1.0.0,
// 192.0.2.7)".
func (s *Server) Desktops(login string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []string
	for _, ses := range s.signed[login] {
		what, version := cmp.Or(ses.client.OS, "a terminal"), ""
		if ses.client.Version != "" {
			version = "traybell " + ses.client.Version + ", "
		}
		list = append(list, what+" ("+version+host(ses.address)+")")
	}
	slices.Sort(list)
	return list
}

// host returns an address without its port.
func host(address string) string {
	if h, _, err := net.SplitHostPort(address); err == nil {
		return h
	}
	return address
}
