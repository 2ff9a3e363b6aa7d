package helpdesktest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"traybell/hub/helpdesk"
)

// Server is a help desk over HTTP whose replies RunFaults breaks.
type Server struct {
	Handler http.Handler
	Creates func(r *http.Request) bool // whether a request creates a ticket
	// New returns the adapter for a base URL, with a time limit for each request.
	New    func(url string, timeout time.Duration) (helpdesk.HelpDesk, error)
	Cannot Limits
	Fit    func(draft *helpdesk.Draft) // see Desk; may be nil
}

func (s Server) open(t *testing.T, url string) helpdesk.HelpDesk {
	t.Helper()
	h, err := s.New(url, 500*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (s Server) draft(name string) helpdesk.Draft { return Desk{Fit: s.Fit}.Draft(name) }

// RunFaults tests that the adapter of an HTTP help desk sends each request once, and reports
// Uncertain if a ticket may have been created. open returns a new server for each fault.
func RunFaults(t *testing.T, open func(t *testing.T) Server) {
	t.Helper()
	for _, test := range []struct {
		name    string
		created bool // the ticket exists in spite of the fault
		fault   func(w http.ResponseWriter, r *http.Request)
	}{
		{"connection lost before the ticket is created", false, closeConnection},
		{"connection lost after the ticket is created", true, closeConnection},
		{"no reply in time", true, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{"half a reply", true, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			_, _ = w.Write([]byte(`{"`))
			_ = http.NewResponseController(w).Flush()
			cut(w)
		}},
		{"internal error after the ticket is created", true, status(http.StatusInternalServerError)},
		{"gateway timeout", true, status(http.StatusGatewayTimeout)},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			var faulty atomic.Bool
			var creates atomic.Int32
			address := Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Connection", "close") // else the transport repeats a request on a lost idle connection
				if !s.Creates(r) || !faulty.Load() {
					s.Handler.ServeHTTP(w, r)
					return
				}
				creates.Add(1)
				if test.created {
					s.Handler.ServeHTTP(httptest.NewRecorder(), r)
				}
				test.fault(w, r)
			}))
			h := s.open(t, address)
			if _, err := h.Create(t.Context(), s.draft("before")); err != nil {
				t.Fatal(err)
			}
			faulty.Store(true)
			draft := s.draft("fault")
			_, err := h.Create(t.Context(), draft)
			_ = WantError(t, err, true, true)
			if n := creates.Load(); n != 1 {
				t.Errorf("%d requests to create the ticket", n)
			}
			_, found, err := h.Find(t.Context(), draft.CallID)
			switch {
			case s.Cannot.Find:
				if !errors.Is(err, helpdesk.ErrCannotLookUp) {
					t.Errorf("Find: %v, want ErrCannotLookUp", err)
				}
			case err != nil || found != test.created:
				t.Errorf("Find = %v, %v; want %v", found, err, test.created)
			}
		})
	}
	t.Run("unreachable", func(t *testing.T) {
		s := open(t)
		server := httptest.NewServer(s.Handler)
		server.Close()
		_, err := s.open(t, server.URL).Create(t.Context(), s.draft("unreachable"))
		_ = WantError(t, err, true, false)
	})
}

func closeConnection(w http.ResponseWriter, _ *http.Request) { cut(w) }

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// cut closes the connection without a reply.
func cut(w http.ResponseWriter) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = conn.Close()
	}
}
