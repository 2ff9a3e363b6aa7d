package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/web/pages"
)

// Scripts wait for each other until an answer begins; a person's click waits for none.
func TestScriptsReadByTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun, busy atomic.Int32
		render, send := make(chan struct{}), make(chan struct{})
		h := (&turns{taken: make(chan struct{}, 1)}).take(
			http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				begun.Add(1)
				busy.Add(1)
				<-render
				busy.Add(-1)
				w.WriteHeader(http.StatusOK)
				<-send // a slow reader
			}),
		)
		var work sync.WaitGroup
		get := func(ctx context.Context, script bool) {
			r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody)
			if script {
				r.Header.Set(pages.LiveHeader, "1")
			}
			work.Go(func() { h.ServeHTTP(httptest.NewRecorder(), r) })
			synctest.Wait()
		}
		gone, leave := context.WithCancel(t.Context())
		for _, ctx := range []context.Context{t.Context(), t.Context(), gone} {
			get(ctx, true)
		}
		if n := begun.Load(); n != 1 {
			t.Errorf("%d scripts read at once, want 1", n)
		}
		get(t.Context(), false)
		if n := begun.Load(); n != 2 {
			t.Error("a click waits for scripts")
		}
		leave()
		time.Sleep(time.Millisecond) // of work
		for range 2 {
			render <- struct{}{}
		}
		synctest.Wait()
		if n := busy.Load(); n != 0 {
			t.Errorf("%d read at once after another", n)
		}
		time.Sleep(restOf * time.Millisecond)
		synctest.Wait()
		if n := busy.Load(); n != 1 {
			t.Errorf("%d read while the first answers are sent, want the next one", n)
		}
		time.Sleep(time.Hour)
		close(render) // the rest of this slow one has an end
		close(send)
		work.Wait()
		time.Sleep(longestRest)
		get(t.Context(), true)
		work.Wait()
		if n := begun.Load(); n != 4 {
			t.Errorf("%d were served, want 4: one has gone away", n)
		}
	})
}
