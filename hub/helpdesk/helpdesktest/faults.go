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
	New          func(t *testing.T, url string, timeout time.Duration) helpdesk.HelpDesk
	CannotLookUp bool // see Desk
}

// RunFaults tests that the adapter of an HTTP help desk sends each request once, and reports
// Uncertain if a ticket may have been created. open returns a new server for each fault.
func RunFaults(t *testing.T, open func(t *testing.T) Server) {
	t.Helper()
	const timeout = 500 * time.Millisecond
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
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
			t.Cleanup(server.Close)
			h := s.New(t, server.URL, timeout)
			if _, err := h.Create(t.Context(), NewDraft("before")); err != nil {
				t.Fatal(err)
			}
			faulty.Store(true)
			draft := NewDraft("fault")
			_, err := h.Create(t.Context(), draft)
			WantError(t, err, true, true)
			if n := creates.Load(); n != 1 {
				t.Errorf("%d requests to create the ticket", n)
			}
			_, found, err := h.Find(t.Context(), draft.CallID)
			switch {
			case s.CannotLookUp:
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
		_, err := s.New(t, server.URL, timeout).Create(t.Context(), NewDraft("unreachable"))
		WantError(t, err, true, false)
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
