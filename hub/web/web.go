package web

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"traybell/hub/helpdesk"
	"traybell/shared/phone"
)

//go:embed pages
var pages embed.FS

// TicketList is the built-in ticket list.
type TicketList interface {
	// SearchListed returns tickets that contain text, newest first, and their total number. An
	// empty text matches all tickets.
	SearchListed(ctx context.Context, text string,
		offset, limit int) (found []helpdesk.ListedTicket, total int, err error)
	ListedByNumber(ctx context.Context, number string) (t helpdesk.ListedTicket, ok bool, err error)
	// CloseListed closes or reopens a ticket; ok is false if it does not exist.
	CloseListed(ctx context.Context, number string, closed bool) (ok bool, err error)
}

// Admin may see the pages.
type Admin struct {
	Login    string
	Password string // argon2id, in the PHC string format
}

// Options configure the pages.
type Options struct {
	Tickets     TicketList
	Traces      Traces        // nil: no pages about calls
	Numbers     *phone.Reader // reads the number in the search for calls; required with Traces
	Admins      []Admin       // none: only browsers on the hub's computer may see the pages
	Terminals   http.Handler  // serves ACP; nil: no route
	Directories Directories   // nil: no page
	PBXs        PBXs          // nil: no page
	Metrics     http.Handler  // for Prometheus; nil: no route
	// the URL of an external help desk; nil or empty: none
	Elsewhere func() string
	Notices   func() []Notice // shown on every page; nil: none
	Untracked Untracked       // nil: no page
	Zone      *time.Location  // of the times on the pages; nil: local
	Log       *slog.Logger    // required
}

// Server is the http.Handler of all routes.
type Server struct {
	o       Options
	zone    *time.Location
	pages   *template.Template
	guard   *guard
	reader  atomic.Pointer[phone.Reader]
	handler http.Handler
}

// New returns an error if an administrator's password is not an argon2id hash.
func New(o Options) (*Server, error) {
	if o.Tickets == nil || o.Log == nil {
		return nil, errors.New("web: Tickets and Log are required")
	}
	g, err := newGuard(o.Admins, o.Log)
	if err != nil {
		return nil, err
	}
	s := &Server{o: o, zone: o.Zone, guard: g}
	s.reader.Store(o.Numbers)
	if s.zone == nil {
		s.zone = time.Local
	}
	s.pages, err = template.New("").Funcs(template.FuncMap{
		"moment": s.moment, "second": s.second, "stamp": stamp, "notices": s.notices,
	}).ParseFS(pages, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse page templates: %w", err)
	}
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		h := r.handler
		switch r.who {
		case public:
		case admins:
			h = g.admit(h)
		case scrapers:
			h = g.admitScrapers(h)
		}
		mux.Handle(r.pattern, h)
	}
	s.handler = safeHeaders(http.NewCrossOriginProtection().Handler(mux))
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// safeHeaders allows browsers only the hub's own style sheet, and no caching.
func safeHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy",
			"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func (s *Server) moment(t time.Time) string { return t.In(s.zone).Format("2006-01-02 15:04") }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
