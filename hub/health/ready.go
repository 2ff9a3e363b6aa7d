// Package health says how the hub is: to monitoring at /readyz, and to the service manager, see
// sd_notify(3).
package health

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"traybell/shared/protocol"
)

const (
	checkTime = 2 * time.Second // all checks together
	checkedIn = time.Second     // how often they are made, however often they are asked for
)

// Check is a part that the hub needs to be ready. Its error is for the log: anyone may read the
// answer, which has only the name.
type Check struct {
	Name string // "database"
	Do   func(context.Context) error
}

// Ready answers whether the hub can be used: 200, or 503 if a check fails. PBXs that are not
// connected are named, and do not count: another hub could not reach them either, and the
// terminals should stay. It is an http.Handler that any goroutine may use.
type Ready struct {
	Checks []Check
	PBXs   func() []protocol.PBX // the enabled ones
	Failed func(name string, err error)

	mu      sync.Mutex
	checked time.Time
	failed  []string // names
}

// ServeHTTP implements http.Handler.
func (r *Ready) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	failed := r.check(request.Context())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	text := "ready\n"
	if len(failed) > 0 {
		text = "not ready: " + strings.Join(failed, ", ") + "\n"
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	for _, p := range r.PBXs() {
		if p.State != protocol.PBXWorking {
			text += fmt.Sprintf("PBX %s: %s\n", p.ID, p.State)
		}
	}
	_, _ = w.Write([]byte(text))
}

// check returns the names of the checks that fail. Requests share the result for a second: they
// need no password, and must not cost more than that.
func (r *Ready) check(ctx context.Context) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.checked) < checkedIn {
		return r.failed
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTime)
	defer cancel()
	r.failed = nil
	for _, c := range r.Checks {
		if err := c.Do(ctx); err != nil {
			r.failed = append(r.failed, c.Name)
			r.Failed(c.Name, err)
		}
	}
	r.checked = time.Now()
	return r.failed
}
