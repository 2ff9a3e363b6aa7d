package web

import (
	"net/http"

	"traybell/shared/protocol"
)

// access says who may use a route.
type access int

const (
	public access = iota // no personal data, or the handler has its own sign-in
	admins
	scrapers // programs on the hub's computer, and administrators
)

type route struct {
	pattern string
	who     access
	handler http.Handler
}

// routes returns all routes of the hub's port.
func (s *Server) routes() []route {
	list := []route{
		{"GET /{$}", admins, http.HandlerFunc(s.start)},
		{"GET /tickets", admins, http.HandlerFunc(s.list)},
		{"GET /tickets/{number}", admins, http.HandlerFunc(s.ticket)},
		{"POST /tickets/{number}/state", admins, http.HandlerFunc(s.setState)},
		{"GET /web.css", public, http.HandlerFunc(s.style)},
		{"GET /healthz", public, http.HandlerFunc(s.health)},
	}
	if s.o.Directories != nil {
		list = append(list, route{"GET /directories", admins, http.HandlerFunc(s.directories)}, route{
			"POST /directories", admins, http.HandlerFunc(s.readDirectory),
		})
	}
	if s.o.PBXs != nil {
		list = append(list, route{"GET /pbx", admins, http.HandlerFunc(s.pbxs)}, route{
			"POST /pbx", admins, http.HandlerFunc(s.tryPBX),
		})
	}
	if s.o.Untracked != nil {
		list = append(list, route{"GET /numbers", admins, http.HandlerFunc(s.numbers)})
	}
	if s.o.Traces != nil {
		list = append(list, route{"GET /calls", admins, http.HandlerFunc(s.calls)}, route{
			"GET /calls/{call}", admins, http.HandlerFunc(s.call),
		})
	}
	if s.o.Metrics != nil {
		list = append(list, route{"GET /metrics", scrapers, s.o.Metrics})
	}
	if s.o.Terminals != nil {
		list = append(list, route{"GET " + protocol.Path, public, s.o.Terminals})
	}
	return list
}
