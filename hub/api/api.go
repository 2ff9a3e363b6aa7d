package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"traybell/hub/access"
	"traybell/hub/admin"
	"traybell/hub/callpage"
	"traybell/hub/hidden"
	"traybell/hub/pace"
	"traybell/hub/repeat"
	"traybell/hub/signin"
	"traybell/hub/supervision"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Path is where the interface begins.
const Path = "/api/1"

// Options configure a Server.
type Options struct {
	Commands *admin.Commands
	Tokens   []Token
	Pages    *callpage.Commands // for pages of calls
	Board    *supervision.Commands
	Numbers  *hidden.Book // hides numbers from agents; nil: they see all
	// Visitor returns who is signed in on the pages in the browser that sends a request; nil: tokens
	// only.
	Visitor func(w http.ResponseWriter, r *http.Request) (access.Principal, bool)
	Answers repeat.Store // keeps answers for repeated requests
	Version string       // of the hub
	Log     *slog.Logger
	Now     func() time.Time // nil: time.Now
}

// Server is an http.Handler for everything below Path.
type Server struct {
	o          Options
	tokens     tokens
	repeats    repeat.Requests
	mux        *http.ServeMux
	operations []operation
	places     places
	downloads  pace.Places // recordings that are being sent
	document   []byte
	page       []byte
}

// New returns an error if a token has no valid hash.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	strict()
	s := &Server{
		o: o, tokens: newTokens(o), mux: http.NewServeMux(), places: places{of: map[string]int{}},
		repeats: repeat.Requests{
			Store: o.Answers, Log: o.Log, Now: o.Now, Problem: func(w http.ResponseWriter, status int, text string) {
				newProblem(status, "%s", text).write(w)
			},
		},
	}
	if err := s.tokens.set(o.Tokens); err != nil {
		return nil, err
	}
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "traybell-hub", Version: o.Version, Description: introduction},
			Servers: []*huma.Server{{URL: Path}},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					bearer:  {Type: "http", Scheme: "bearer", Description: "A token of api.tokens in hub.yml."},
					session: {Type: "apiKey", In: "cookie", Name: "traybell", Description: "The session of the pages."},
				},
			},
			Security: []map[string][]string{{bearer: {}}, {session: {}}},
		},
		Formats: huma.DefaultFormats, DefaultFormat: "application/json", RejectUnknownQueryParameters: true,
		Transformers: []huma.Transformer{readable},
	}
	api := humago.NewWithPrefix(s.mux, Path, config)
	s.register(api)
	var err error
	if s.document, err = json.MarshalIndent(api.OpenAPI(), "", "  "); err != nil {
		return nil, fmt.Errorf("encode the OpenAPI document: %w", err)
	}
	s.page, err = reference(api.OpenAPI(), s.operations)
	return s, err
}

// SetTokens replaces the tokens. After an error nothing has changed.
func (s *Server) SetTokens(list []Token) error { return s.tokens.set(list) }

// SignIns counts requests with tokens.
func (s *Server) SignIns() signin.Counts { return s.tokens.counter.Counts() }

// Document is the OpenAPI document.
func (s *Server) Document() []byte { return s.document }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.crossOrigin(w, r) || s.public(w, r) {
		return
	}
	p, problem := s.tokens.who(w, r)
	if problem != nil {
		problem.write(w)
		return
	}
	if problem := address(r.URL); problem != nil {
		problem.write(w)
		return
	}
	client := string(p.Kind) + " " + p.Name + p.Call
	if problem := s.places.take(client); problem != nil {
		w.Header().Set("Retry-After", "1")
		problem.write(w)
		return
	}
	give := sync.OnceFunc(func() { s.places.give(client) })
	defer give()
	handler, pattern := s.mux.Handler(r)
	if pattern == "" {
		unknown(handler, w, r)
		return
	}
	read := readBody
	if isUpload(pattern) {
		read = s.readSound
	}
	body, problem := read(w, r)
	if problem != nil {
		problem.write(w)
		return
	}
	if s.o.Numbers != nil && hidden.From(p) {
		r, body = s.o.Numbers.Request(r, body)
		hiding := s.o.Numbers.Writer(w)
		defer hiding.Close()
		w = hiding
	}
	// A deadline for reading would end the request's context, too.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // not all connections have one
	r = r.WithContext(context.WithValue(context.WithValue(r.Context(), principalKey{}, p), placeKey{}, give))
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.repeats.Serve(w, r, client, body, s.mux)
}

// public answers requests for what anyone may read; false: it is none.
func (s *Server) public(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	switch r.URL.Path {
	case Path + "/openapi.json":
		write(w, "application/json", s.document)
	case Path + "/":
		write(w, "text/html; charset=utf-8", s.page)
	case Path:
		http.Redirect(w, r, Path+"/", http.StatusMovedPermanently)
	case Path + "/reference.css":
		http.ServeFileFS(w, r, files, "reference.css")
	default:
		return false
	}
	return true
}

func write(w http.ResponseWriter, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(body)
}

// unknown answers a request for which there is no operation, as refuse would.
func unknown(refuse http.Handler, w http.ResponseWriter, r *http.Request) {
	said := &status{header: w.Header(), code: http.StatusNotFound}
	refuse.ServeHTTP(said, r)
	w.Header().Del("Content-Type")
	if said.code == http.StatusMethodNotAllowed {
		newProblem(said.code, "%.40s is not possible here, only %s.", r.Method, w.Header().Get("Allow")).write(w)
		return
	}
	newProblem(http.StatusNotFound, "There is no such resource. All of them are in %s/openapi.json.", Path).write(w)
}

// status keeps what a handler answers, without its body.
type status struct {
	header http.Header
	code   int
}

func (s *status) Header() http.Header         { return s.header }
func (s *status) WriteHeader(code int)        { s.code = code }
func (s *status) Write(p []byte) (int, error) { return len(p), nil }

type (
	principalKey struct{}
	placeKey     struct{}
)

// leave gives the place of a request back before its end.
func leave(ctx context.Context) {
	if give, ok := ctx.Value(placeKey{}).(func()); ok {
		give()
	}
}

// principal is who sends a request that was admitted.
func principal(ctx context.Context) access.Principal {
	p, _ := ctx.Value(principalKey{}).(access.Principal)
	return p
}
