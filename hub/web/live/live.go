// Package live tells open pages by server-sent events which of their subjects have changed, so that
// they load themselves again.
//
// A Hub looks at the subjects once a second while a page is open, and sends their names. So the
// parts of the hub have nothing to do for the pages, however many calls there are, and a reader that
// is slow misses nothing: what has changed meanwhile is a set of names. One goroutine looks, and
// one per stream, that of its request, writes.
package live

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Streams at once. Each is a connection with its buffers, about 40 KB.
const (
	Most          = 200
	MostOfSession = 6
	MostOfPerson  = 24 // in all sessions
)

const (
	every      = time.Second
	silence    = 15 * time.Second // then a comment shows that the connection lives
	retryAfter = "30"
)

// Versions returns a version for each subject; it is another one after each change.
type Versions func(ctx context.Context) map[string]uint64

// Hub has the open streams. Make it with New; end it with Stop.
type Hub struct {
	versions Versions
	writeIn  time.Duration // for a reader that is slow

	mu      sync.Mutex
	streams map[*stream]struct{}
	ofOne   map[any]int // streams by session, and by person
	looking bool        // the goroutine runs
	stopped bool
	stop    context.CancelFunc
	ctx     context.Context //nolint:containedctx // from New to Stop
	work    sync.WaitGroup
}

// Owner is whose a stream is.
type Owner struct {
	Session any    // comparable
	Person  string // who has the session, and maybe others
}

// person is a key of ofOne.
type person string

type stream struct {
	changed map[string]struct{} // subjects; the hub's lock guards it
	wake    chan struct{}       // of one
}

// New returns a hub without streams.
func New(versions Versions) *Hub {
	h := &Hub{
		versions: versions, writeIn: 10 * time.Second, streams: map[*stream]struct{}{}, ofOne: map[any]int{},
	}
	h.ctx, h.stop = context.WithCancel(context.Background())
	return h
}

// Stop ends all streams at once, and refuses new ones.
func (h *Hub) Stop() {
	h.mu.Lock()
	h.stopped = true
	h.mu.Unlock()
	h.stop()
	h.work.Wait()
}

// Serve sends changes until the reader goes away or is too slow, ended is closed, alive returns
// false, or the hub stops. of is whose stream it is.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, of Owner, ended <-chan struct{}, alive func() bool) {
	s := h.begin(of)
	if s == nil {
		w.Header().Set("Retry-After", retryAfter)
		http.Error(w, "Too many open pages.", http.StatusTooManyRequests)
		return
	}
	defer h.end(s, of)
	out := http.NewResponseController(w)
	_ = out.SetReadDeadline(time.Time{}) // the request has been read
	send := func(text string) bool {
		if err := out.SetWriteDeadline(time.Now().Add(h.writeIn)); err != nil {
			return false
		}
		_, err := w.Write([]byte(text))
		return err == nil && out.Flush() == nil
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep the events back
	if !send(": open\n\n") {
		return
	}
	quiet := time.NewTicker(silence)
	defer quiet.Stop()
	for {
		text := ": still here\n\n"
		select {
		case <-h.ctx.Done():
			return
		case <-r.Context().Done():
			return
		case <-ended:
			return
		case <-quiet.C:
		case <-s.wake:
			text = "event: changed\ndata: " + strings.Join(h.take(s), " ") + "\n\n"
			quiet.Reset(silence)
		}
		if !alive() || !send(text) {
			return
		}
	}
}

// begin adds a stream; nil: there are too many, or the hub stops.
func (h *Hub) begin(of Owner) *stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped || len(h.streams) >= Most || h.ofOne[of.Session] >= MostOfSession ||
		h.ofOne[person(of.Person)] >= MostOfPerson {
		return nil
	}
	s := &stream{changed: map[string]struct{}{}, wake: make(chan struct{}, 1)}
	h.streams[s] = struct{}{}
	h.ofOne[of.Session]++
	h.ofOne[person(of.Person)]++
	if !h.looking {
		h.looking = true
		h.work.Go(h.look)
	}
	return s
}

func (h *Hub) end(s *stream, of Owner) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.streams, s)
	for _, key := range []any{of.Session, person(of.Person)} {
		if h.ofOne[key]--; h.ofOne[key] == 0 {
			delete(h.ofOne, key)
		}
	}
}

// take returns what has changed for a stream.
func (h *Hub) take(s *stream) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	subjects := slices.Sorted(maps.Keys(s.changed))
	clear(s.changed)
	return subjects
}

// look compares the versions until no stream is open.
func (h *Hub) look() {
	tick := time.NewTicker(every)
	defer tick.Stop()
	before := h.versions(h.ctx)
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-tick.C:
		}
		now := h.versions(h.ctx)
		h.mu.Lock()
		if len(h.streams) == 0 {
			h.looking = false
			h.mu.Unlock()
			return
		}
		for subject, version := range now {
			if before[subject] == version {
				continue
			}
			for s := range h.streams {
				s.changed[subject] = struct{}{}
				select {
				case s.wake <- struct{}{}:
				default: // it is awake
				}
			}
		}
		h.mu.Unlock()
		before = now
	}
}
