package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"traybell/hub/web"
	"traybell/hub/web/pages"
	"traybell/shared/protocol"
)

// A stranger who sends the header of live.js could otherwise stop all open pages.
func TestOnlyPagesTakeTurns(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var met atomic.Pointer[meeting]
	meet := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { met.Load().join(ctx, w) })
	s := newSite(t, func(o *web.Options, _ *hub) { o.Terminals, o.Metrics, o.API, o.Ready = meet, meet, meet, meet })
	for _, path := range []string{protocol.Path, "/metrics", "/api/1/calls", "/readyz"} {
		together := &meeting{want: int64(runtime.GOMAXPROCS(0)) + 1, all: make(chan struct{})}
		met.Store(together)
		var work sync.WaitGroup
		for range together.want {
			work.Go(func() {
				r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, http.NoBody)
				r.RemoteAddr, r.Host = "127.0.0.1:5000", "localhost"
				r.Header.Set(pages.LiveHeader, "1")
				w := httptest.NewRecorder()
				s.pages.ServeHTTP(w, r)
				if w.Code != http.StatusNoContent {
					t.Errorf("%s waits for a turn", path)
				}
			})
		}
		work.Wait()
	}
}

// meeting is requests that are served only if all of them are at once.
type meeting struct {
	want, here int64
	all        chan struct{}
}

func (m *meeting) join(ctx context.Context, w http.ResponseWriter) {
	if atomic.AddInt64(&m.here, 1) == m.want {
		close(m.all)
	}
	select {
	case <-m.all:
		w.WriteHeader(http.StatusNoContent)
	case <-ctx.Done():
		w.WriteHeader(http.StatusGatewayTimeout)
	}
}
