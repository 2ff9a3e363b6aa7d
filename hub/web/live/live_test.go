package live

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// site serves the streams of a hub on a real socket. The session is the request's query.
type site struct {
	*httptest.Server
	*Hub
	t     *testing.T
	ended chan struct{}
	alive atomic.Bool
	calls atomic.Uint64 // the version of the subject calls
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, ended: make(chan struct{})}
	s.alive.Store(true)
	s.Hub = New(func(context.Context) map[string]uint64 {
		return map[string]uint64{"calls": s.calls.Load(), "pbx": 1}
	})
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		person, session, one := strings.Cut(r.URL.RawQuery, "/")
		if !one {
			session = person
		}
		s.Serve(w, r, Owner{session, person}, s.ended, s.alive.Load)
	}))
	s.Config.WriteTimeout = time.Second // streams outlive it
	s.Config.RegisterOnShutdown(s.Stop)
	s.Start()
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
		s.Stop()
	})
	return s
}

// stream opens a stream and returns its lines.
func (s *site) stream(session string) (status int, lines *bufio.Scanner, done func()) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/?"+session, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := s.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	done = func() { cancel(); answer.Body.Close() }
	s.t.Cleanup(done)
	lines = bufio.NewScanner(answer.Body)
	if answer.StatusCode == http.StatusOK && (!lines.Scan() || lines.Text() != ": open") {
		s.t.Fatalf("the stream begins with %q", lines.Text())
	}
	return answer.StatusCode, lines, done
}

// next returns the next data; empty: the stream has ended.
func next(lines *bufio.Scanner) string {
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			return data
		}
	}
	return ""
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 10 s", what)
		}
	}
}

func TestChangesAreNamed(t *testing.T) {
	s := newSite(t)
	_, one, _ := s.stream("a")
	_, two, _ := s.stream("b")
	for range 2 { // beyond the server's time for an answer
		time.Sleep(every + every/10)
		s.calls.Add(1)
		if got := next(one); got != "calls" {
			t.Errorf("changed: %q", got)
		}
		if got := next(two); got != "calls" {
			t.Errorf("changed, for the other page: %q", got)
		}
	}
}

func TestNothingLooksWithoutPages(t *testing.T) {
	s := newSite(t)
	_, _, done := s.stream("a")
	done()
	until(t, "the hub stops looking", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return !s.looking
	})
	_, lines, _ := s.stream("a")
	time.Sleep(every / 2)
	s.calls.Add(1)
	if got := next(lines); got != "calls" {
		t.Errorf("changed after a pause: %q", got)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	s := newSite(t)
	var last func()
	for i := range Most + 10 {
		session := fmt.Sprint("session", i/MostOfSession)
		status, _, done := s.stream(session)
		want := http.StatusOK
		if i >= Most {
			want = http.StatusTooManyRequests
		}
		if status != want {
			t.Fatalf("stream %d: %d", i, status)
		}
		if i == Most-1 {
			last = done
		}
		if (i+1)%MostOfSession == 0 && i < Most {
			if status, _, _ := s.stream(session); status != http.StatusTooManyRequests {
				t.Fatalf("a session has one stream too many: %d", status)
			}
		}
	}
	if n := s.open(); n != Most {
		t.Errorf("%d streams are open", n)
	}
	last()
	until(t, "the stream ends", func() bool { return s.open() < Most })
	if status, _, _ := s.stream("new"); status != http.StatusOK {
		t.Errorf("after one has ended: %d", status)
	}
}

// A person with many sessions does not take the streams of others.
func TestStreamsOfAPersonAreBounded(t *testing.T) {
	s := newSite(t)
	for i := range MostOfPerson {
		if status, _, _ := s.stream(fmt.Sprint("anna/", i/MostOfSession)); status != http.StatusOK {
			t.Fatalf("stream %d: %d", i, status)
		}
	}
	if status, _, _ := s.stream("anna/another"); status != http.StatusTooManyRequests {
		t.Errorf("one too many: %d", status)
	}
	if status, _, _ := s.stream("boris/one"); status != http.StatusOK {
		t.Errorf("of another person: %d", status)
	}
}

func TestStreamsEnd(t *testing.T) {
	for name, end := range map[string]func(s *site){
		"a sign-out": func(s *site) { close(s.ended) },
		"a session that runs out": func(s *site) {
			s.alive.Store(false)
			s.calls.Add(1)
		},
		"the hub's stop": func(s *site) {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			if err := s.Config.Shutdown(ctx); err != nil {
				s.t.Errorf("the server's shutdown: %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			_, lines, _ := s.stream("a")
			time.Sleep(every / 10)
			end(s)
			if got := next(lines); got != "" {
				t.Errorf("got %q", got)
			}
			if err := lines.Err(); err != nil {
				t.Errorf("the stream broke: %v", err)
			}
			until(t, "it is forgotten", func() bool { return s.open() == 0 })
		})
	}
}

// A reader that reads nothing costs a set of names, and is cut when its buffers are full.
func TestSlowReader(t *testing.T) {
	s := newSite(t)
	slow, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := io.WriteString(slow, "GET /?a HTTP/1.1\r\nHost: hub\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	until(t, "the stream is open", func() bool { return s.open() == 1 })
	h := s.Hub
	h.mu.Lock()
	var own *stream
	for own = range h.streams {
	}
	for range 10_000 { // as if it never woke
		own.changed["calls"] = struct{}{}
	}
	kept := len(own.changed)
	h.mu.Unlock()
	if kept != 1 {
		t.Errorf("%d subjects are kept", kept)
	}
	_, quick, _ := s.stream("b")
	time.Sleep(every / 2)
	s.calls.Add(1)
	if got := next(quick); got != "calls" {
		t.Errorf("the other page: %q", got)
	}
}

// A write that is stuck ends the stream. The pipe has no buffer.
func TestStuckWriteEndsTheStream(t *testing.T) {
	h := New(func(context.Context) map[string]uint64 { return nil })
	defer h.Stop()
	h.writeIn = 50 * time.Millisecond
	server, client := net.Pipe()
	defer client.Close()
	w := &stuck{conn: server, header: http.Header{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		h.Serve(w, r, Owner{"a", "a"}, nil, func() bool { return true })
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("the stream waits for its reader")
	}
	if h.open() != 0 {
		t.Error("it is still open")
	}
}

// stuck is a response to a reader that does not read.
type stuck struct {
	conn   net.Conn
	header http.Header
}

func (s *stuck) Header() http.Header                { return s.header }
func (s *stuck) WriteHeader(int)                    {}
func (s *stuck) Write(p []byte) (int, error)        { return s.conn.Write(p) }
func (s *stuck) FlushError() error                  { return nil }
func (s *stuck) SetReadDeadline(time.Time) error    { return nil }
func (s *stuck) SetWriteDeadline(t time.Time) error { return s.conn.SetWriteDeadline(t) }

// open returns the number of streams.
func (h *Hub) open() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.streams)
}
