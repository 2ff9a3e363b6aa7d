package web

import (
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/web/pages"
)

// After a page was read, its turn is kept for restOf times as long, so that open pages take a small
// part of a core: one call in a hundred would find it taken by a hundredth. It is not kept longer
// than it takes to let all that wait read within longestRest.
const (
	restOf      = 300
	longestRest = 3 * time.Second
)

// turns has the scripts of open pages read them by turns: one fewer at once than there are cores, so
// that calls find one that is free.
type turns struct {
	taken   chan struct{}
	waiting atomic.Int64
}

func newTurns() *turns {
	return &turns{taken: make(chan struct{}, max(1, min(runtime.GOMAXPROCS(0), runtime.NumCPU())-1))}
}

// take has next wait for its turn if a script asks. The rest begins when the answer does: pages are
// complete then, and their reader may be slow.
func (t *turns) take(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(pages.LiveHeader) == "" {
			next(w, r)
			return
		}
		t.waiting.Add(1)
		select {
		case t.taken <- struct{}{}:
			t.waiting.Add(-1)
		case <-r.Context().Done():
			t.waiting.Add(-1)
			return
		}
		began := time.Now()
		end := sync.OnceFunc(func() {
			rest := min(restOf*time.Since(began), longestRest/time.Duration(1+t.waiting.Load()))
			time.AfterFunc(rest, func() { <-t.taken })
		})
		defer end()
		next(&answer{w, end}, r)
	}
}

// answer is a response that calls begins before its first byte.
type answer struct {
	http.ResponseWriter
	begins func()
}

func (a *answer) WriteHeader(status int) {
	a.begins()
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	a.begins()
	return a.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
