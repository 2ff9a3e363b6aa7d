package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/hidden"
	"traybell/hub/openid"
	"traybell/hub/signin"
	"traybell/hub/staff"
	"traybell/hub/supervision"
	"traybell/hub/web/internal/announcements"
	"traybell/hub/web/internal/download"
	"traybell/hub/web/internal/duties"
	"traybell/hub/web/internal/entrance"
	"traybell/hub/web/live"
	"traybell/hub/web/pages"
)

// Options configure the pages.
type Options struct {
	Commands *admin.Commands // what the pages may do; required
	Board    *supervision.Commands
	Staff    func() *staff.Staff // the agents, whose names the pages show; required
	// Hosts returns the names in URLs of the hub, without port, in addition to addresses and
	// localhost; nil: any. Without TLS a web page could otherwise reach the hub under a name of its
	// own that resolves to 127.0.0.1.
	Hosts func() []string
	// who may sign in; without administrators, browsers on the hub's computer need no sign-in
	People []Person
	// PublicURL returns the URL under which browsers reach the hub; nil: unknown
	PublicURL func() string
	// Versions returns a version for each subject of the pages, see package live; nil: no page
	// changes while it is open
	Versions live.Versions
	// Passwords verifies the passwords of signin.Ask; nil: they are wrong
	Passwords signin.Elsewhere
	// Revoked are the revocations of tokens of browsers; KeepRevoked keeps them for the next process,
	// nil: it does not
	Revoked     []signin.Revocation
	KeepRevoked func(ctx context.Context, all []signin.Revocation) error
	TokenKey    []byte       // for the tokens of browsers, see signin.New; nil: a random one
	Numbers     *hidden.Book // hides numbers from agents; nil: they see all
	Terminals   http.Handler // serves ACP; nil: no route
	Metrics     http.Handler // for Prometheus; nil: no route
	API         http.Handler // serves REST, see Server.Visitor; nil: no route
	Desktops    Desktops     // the programs to hand out; nil: no routes
	// Join returns the link that sets up the desktop of an extension, which reaches the hub as that
	// host; required with Desktops
	Join  func(host, extension string) string
	Ready http.Handler // answers whether the hub can be used, to anyone; nil: no route
	// the URLs of external help desks; nil: none
	Elsewhere func() []string
	Notices   func() []Notice // shown on every page; nil: none
	Zone      *time.Location  // of the times on the pages; nil: local
	Log       *slog.Logger    // required
}

// Desktops are the desktop programs that the hub hands out.
type Desktops = download.Folder

// Person may sign in to the pages.
type Person = entrance.Person

// Notice is shown to administrators on every page.
type Notice = pages.Notice

// Server is the http.Handler of all routes.
type Server struct {
	o       Options
	page    *pages.Renderer
	door    *entrance.Door
	live    *live.Hub
	turns   *turns
	handler http.Handler
}

// New returns an error if a person's password is not an argon2id hash.
func New(o Options) (*Server, error) {
	if o.Commands == nil || o.Staff == nil || o.Log == nil {
		return nil, errors.New("web: Commands, Staff and Log are required")
	}
	if o.Versions == nil {
		o.Versions = func(context.Context) map[string]uint64 { return nil }
	}
	if o.Elsewhere == nil {
		o.Elsewhere = func() []string { return nil }
	}
	s := &Server{o: o, live: live.New(o.Versions), turns: newTurns()}
	var err error
	if s.page, err = pages.New(o.Commands.Hub, o.Zone, o.Notices, o.Log); err != nil {
		return nil, err
	}
	s.page.Hidden = func(path string) bool {
		return path == duties.TimesPath && !o.Commands.Duty.On() ||
			path == "/recordings" && !o.Commands.Recordings.On() ||
			path == announcements.Path && !o.Commands.Announcements.On()
	}
	if s.door, err = entrance.New(entrance.Options{
		Pages: s.page, People: o.People, Passwords: o.Passwords, TokenKey: o.TokenKey, PublicURL: o.PublicURL,
		Revoked: o.Revoked, KeepRevoked: o.KeepRevoked,
	}); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.pattern, s.handle(r))
	}
	// What is below needs a token of a page, which only that page has.
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.AddInsecureBypassPattern("/api/1/page/")
	s.handler = safeHeaders(entrance.OnlyHosts(o.Hosts, sameOrigin.Handler(mux)))
	return s, nil
}

// SetPeople replaces the people who may sign in. Sessions of those who are gone or have another
// password end. After an error nothing has changed.
func (s *Server) SetPeople(list []Person) error { return s.door.SetPeople(list) }

// SignOut ends the sessions of an agent, and makes the tokens of the agent's browsers void.
func (s *Server) SignOut(ctx context.Context, login string) error { return s.door.EndAgent(ctx, login) }

// Password returns the hash of an agent's password; empty if there is no such agent, or if SignOut
// was called since a time.
func (s *Server) Password(login string, since time.Time) string { return s.door.Password(login, since) }

// SetProvider replaces the provider of identities; nil: none. Sessions with another proof end.
func (s *Server) SetProvider(p *openid.Provider, proof string) { s.door.SetProvider(p, proof) }

// SignIns counts sign-ins to the pages.
func (s *Server) SignIns() signin.Counts { return s.door.SignIns() }

// Visitor returns who is signed in on the pages in the browser that sends a request; ok is false for
// a stranger. Without administrators anyone on the hub's computer is one.
func (s *Server) Visitor(w http.ResponseWriter, r *http.Request) (p access.Principal, ok bool) {
	return s.door.Visitor(w, r)
}

// EndStreams ends the streams of all open pages at once, and refuses new ones: a server that shuts
// down would wait for them.
func (s *Server) EndStreams() { s.live.Stop() }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// policy allows browsers only the hub's own style sheet, scripts, pictures and recordings.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"media-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// safeHeaders also forbids caching.
func safeHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
