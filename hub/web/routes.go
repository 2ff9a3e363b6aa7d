package web

import (
	"net/http"

	"traybell/shared/protocol"
)

// access says who may use a route.
type access int

const (
	everybody access = iota // nothing about a person is told there, or the handler has a sign-in of its own
	admins
	scrapers // programs on the hub's own computer, and administrators
)

type route struct {
	pattern string
	who     access
	handler http.Handler
}

// routes is every route of the hub's port.
func (s *Server) routes() []route {
	list := []route{
		{"GET /{$}", admins, http.HandlerFunc(s.begin)},
		{"GET /tickets", admins, http.HandlerFunc(s.list)},
		{"GET /tickets/{number}", admins, http.HandlerFunc(s.ticket)},
		{"POST /tickets/{number}/state", admins, http.HandlerFunc(s.setState)},
		{"GET /web.css", everybody, http.HandlerFunc(s.style)},
		{"GET /healthz", everybody, http.HandlerFunc(s.health)},
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
		list = append(list, route{"GET " + protocol.Path, everybody, s.o.Terminals})
	}
	return list
}
