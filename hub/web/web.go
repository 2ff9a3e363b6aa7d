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

// TicketList is the built-in list of tickets.
type TicketList interface {
	// SearchListed returns tickets that hold text, newest first, and how many there are in all. An
	// empty text finds every ticket.
	SearchListed(ctx context.Context, text string, offset, limit int) (found []helpdesk.ListedTicket, total int, err error)
	ListedByNumber(ctx context.Context, number string) (t helpdesk.ListedTicket, ok bool, err error)
	// CloseListed closes a ticket, or opens it again; ok is false where there is none.
	CloseListed(ctx context.Context, number string, closed bool) (ok bool, err error)
}

// Admin may see the pages.
type Admin struct {
	Login    string
	Password string // argon2id, in the PHC string format
}

// Options are what the pages are made of.
type Options struct {
	Tickets     TicketList
	Traces      Traces        // nil: there are no pages about calls
	Numbers     *phone.Reader // reads a number that calls are looked for by; needed with Traces
	Admins      []Admin       // none: the pages are shown to browsers on the hub's own computer alone
	Terminals   http.Handler  // serves ACP; nil: there is no such route
	Directories Directories   // nil: there is no page about them
	PBXs        PBXs          // nil: there is no page about them
	Metrics     http.Handler  // for Prometheus; nil: there is no such route
	// the help desk's address where tickets are made there; nil, or empty: in the built-in list
	Elsewhere func() string
	Notices   func() []Notice // what administrators are to see on every page; nil: nothing
	Untracked Untracked       // nil: there is no page about numbers that are not tracked
	Zone      *time.Location  // of the times on the pages; nil: the computer's
	Log       *slog.Logger    // needed
}

// Server is the http.Handler of all routes.
type Server struct {
	o       Options
	zone    *time.Location
	pages   *template.Template
	guard   *guard
	reader  atomic.Pointer[phone.Reader] // of numbers
	handler http.Handler
}

// New makes the pages. It fails where an administrator's password is no argon2id hash.
func New(o Options) (*Server, error) {
	if o.Tickets == nil || o.Log == nil {
		return nil, errors.New("the pages need a ticket list and a log")
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
		return nil, fmt.Errorf("reading the pages: %w", err)
	}
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		h := r.handler
		switch r.who {
		case everybody:
		case admins:
			h = g.admit(h)
		case scrapers:
			h = g.admitScrapers(h)
		}
		mux.Handle(r.pattern, h)
	}
	// Forms are taken from our own pages only. Browsers say where a request comes from; a request
	// that is not a browser's has no one to be tricked.
	s.handler = safeHeaders(http.NewCrossOriginProtection().Handler(mux))
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// safeHeaders tells browsers to load nothing but the hub's own style, to guess no content types,
// and to keep nothing.
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
