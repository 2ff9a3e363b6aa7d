package ami

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/charset"
)

// Session is one logged-in connection. All methods may be called from any goroutine.
type Session struct {
	cfg     Config
	conn    net.Conn
	in      *patientReader
	rd      *wire.Reader
	version string

	events  chan wire.Message
	pingNow chan struct{}
	backlog backlog       // the reading goroutine's
	done    chan struct{} // closed when the session is over
	gone    chan struct{} // closed when its goroutines have ended as well

	writing sync.Mutex // one action at a time on the wire
	out     []byte     // guarded by writing

	prefix string // of ActionIDs: other clients' ids appear in events
	lastID atomic.Uint64
	lists  atomic.Int32 // lists in progress: their rows are events that are not wanted by name

	mu      sync.Mutex
	pending map[string]*pending
	err     error
	pinged  string    // the ActionID of the oldest Ping without an answer; empty: none
	sent    time.Time // when it was sent
	before  time.Time // when the PBX was last heard of before
	delayed struct{ since, until time.Time }
	clock   *time.Duration // this machine's clock minus the PBX's; nil: not measured
}

// pending is an action that waits for its answer. The reading goroutine fills it in and closes
// done; then it belongs to the waiting goroutine.
type pending struct {
	action string
	list   bool
	reply  wire.Message
	rows   []wire.Message
	bytes  int // of the rows
	err    error
	done   chan struct{}
}

func newSession(cfg Config, conn net.Conn) *Session {
	s := &Session{
		cfg:     cfg,
		conn:    conn,
		in:      &patientReader{conn: conn},
		events:  make(chan wire.Message, cfg.Queue),
		pingNow: make(chan struct{}, 1),
		backlog: newBacklog(cfg.Queue),
		done:    make(chan struct{}),
		gone:    make(chan struct{}),
		pending: map[string]*pending{},
	}
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	s.prefix = "traybell-" + hex.EncodeToString(random[:]) + "-"
	s.rd = wire.NewReader(s.in, cfg.Wanted...)
	s.rd.Limit(cfg.MaxMessage)
	s.rd.KeepTagged(func() bool { return s.lists.Load() > 0 })
	return s
}

// Events delivers the wanted events in Asterisk's order, from the first byte after the login. It is
// closed when the session is over and all events read before have been taken.
func (s *Session) Events() <-chan wire.Message { return s.events }

// Err returns why the session is over; nil while it is not.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Done is closed when the session is over; Err then says why.
func (s *Session) Done() <-chan struct{} { return s.done }

// Close ends the session and waits for its goroutines. reason is what Err returns, unless the
// session is over already.
func (s *Session) Close(reason error) {
	s.end(reason)
	_ = s.conn.Close()
	<-s.gone
}

// Heard returns when the PBX last sent something.
func (s *Session) Heard() time.Time { return time.Unix(0, s.in.heard.Load()) }

// Delayed returns since when what is delivered now may have been sent: a Ping was answered late, or
// is not answered yet. It is zero if the PBX answers in time.
func (s *Session) Delayed() (since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch now := time.Now(); {
	case s.pinged != "" && now.Sub(s.sent) > lateAnswer:
		return s.before
	case now.Before(s.delayed.until):
		return s.delayed.since
	}
	return time.Time{}
}

// Clock returns what is to be added to a time of the PBX for this machine's time. It is as exact as
// half a round trip; ok is false until it is measured.
func (s *Session) Clock() (difference time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clock == nil {
		return 0, false
	}
	return *s.clock, true
}

// Counts returns how many messages were parsed and how many events were skipped so far.
func (s *Session) Counts() (kept, skipped uint64) { return s.rd.Counts() }

// Version is that of the manager protocol, e.g. "11.0.0" for Asterisk 22.
func (s *Session) Version() string { return s.version }

// Do sends an action and waits for the answer. An answer that says Error is returned together with
// a *ResponseError. On ErrLost it is unknown whether the action was carried out.
func (s *Session) Do(ctx context.Context, a wire.Action) (wire.Message, error) {
	p := &pending{done: make(chan struct{})}
	err := s.ask(ctx, a, p)
	return p.reply, err
}

// List sends an action that is answered with a list, and returns its rows: the events with its
// ActionID up to the one that completes the list. It ignores ListItems, which Asterisk 16 counts
// wrongly.
func (s *Session) List(ctx context.Context, a wire.Action) ([]wire.Message, error) {
	p := &pending{action: a.Name, list: true, done: make(chan struct{})}
	s.lists.Add(1)
	defer s.lists.Add(-1)
	if err := s.ask(ctx, a, p); err != nil {
		return nil, err
	}
	return p.rows, nil
}

func (s *Session) ask(ctx context.Context, a wire.Action, p *pending) error {
	id := s.nextID()
	s.mu.Lock()
	if s.err != nil {
		defer s.mu.Unlock()
		return s.lost(a)
	}
	s.pending[id] = p
	s.mu.Unlock()

	if err := s.write(a, id); err != nil {
		s.forget(id)
		return err
	}
	timer := time.NewTimer(s.cfg.ActionTimeout)
	defer timer.Stop()
	var err error
	select {
	case <-p.done:
		if p.err == nil && p.reply.Response() == "Error" {
			return &ResponseError{Action: a.Name, Answer: charset.Text(p.reply.Get("Message"))}
		}
		return p.err
	case <-ctx.Done():
		err = fmt.Errorf("wait for the PBX to answer %s: %w", a.Name, ctx.Err())
	case <-timer.C:
		err = fmt.Errorf("wait for the PBX to answer %s: %w after %s", a.Name, os.ErrDeadlineExceeded,
			s.cfg.ActionTimeout)
	}
	s.forget(id)
	p.reply, p.rows = wire.Message{}, nil
	return err
}

func (s *Session) nextID() string {
	return s.prefix + strconv.FormatUint(s.lastID.Add(1), 10)
}

// forget drops a pending action. Then the reading goroutine no longer touches it.
func (s *Session) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pending, id)
}

// lost is the error for an action on a session that is over; s.mu is held.
func (s *Session) lost(a wire.Action) error {
	return fmt.Errorf("%s: %w: %w", a.Name, ErrLost, s.err)
}

func (s *Session) write(a wire.Action, id string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	var err error
	if s.out, err = a.AppendTo(s.out[:0], id); err != nil {
		return err
	}
	_ = s.conn.SetWriteDeadline(time.Now().Add(s.cfg.WriteTimeout))
	_, err = s.conn.Write(s.out)
	clear(s.out) // it may have held a password
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = fmt.Errorf("%w: it reads nothing for %s", ErrStalled, s.cfg.WriteTimeout)
		}
		err = fmt.Errorf("send %s: %w", a.Name, err)
		if s.over(err) { // what the PBX sent before still counts
			s.in.drain()
		}
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	return nil
}

// end closes the session. The first reason stays.
func (s *Session) end(reason error) {
	if s.over(reason) {
		_ = s.conn.Close()
	}
}

// over notes why the session is over; false if it was already.
func (s *Session) over(reason error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return false
	}
	s.err = reason
	close(s.done)
	return true
}

// start starts the goroutines of a logged-in session.
func (s *Session) start() {
	s.in.start(s.cfg.KeepAlive+s.cfg.Stall, s.cfg.Stall, func() {
		select {
		case s.pingNow <- struct{}{}:
		default:
		}
	})
	var running sync.WaitGroup
	running.Go(s.read)
	running.Go(s.ping)
	go func() {
		running.Wait()
		close(s.gone)
	}()
}

// read is the goroutine that reads the socket, until the session is over.
func (s *Session) read() {
	for {
		m, err := s.rd.Next()
		if err != nil {
			s.end(s.readError(err))
			break
		}
		if err := s.dispatch(m); err != nil {
			s.end(err)
			break
		}
	}
	_ = s.conn.Close()
	s.mu.Lock()
	for id, p := range s.pending {
		p.err = fmt.Errorf("%w: %w", ErrLost, s.err)
		close(p.done)
		delete(s.pending, id)
	}
	s.mu.Unlock()
	close(s.events)
}

func (s *Session) readError(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return stalled(s.cfg.KeepAlive + s.cfg.Stall)
	}
	return fmt.Errorf("read from the PBX: %w", err)
}

func (s *Session) dispatch(m wire.Message) error {
	name := m.Event()
	if name == "" {
		if m.Response() != "" {
			s.answer(m)
		} else {
			s.cfg.Log.Debug("message ignored, neither an event nor an answer", "pbx", s.cfg.Name,
				"beginning", fmt.Sprintf("%.60s", m))
		}
		return nil
	}
	if s.lists.Load() > 0 && s.row(m, name) {
		return nil
	}
	if !s.rd.Wants(name) { // a row of a list whose caller no longer waits
		return nil
	}
	if bytes := s.backlog.add(m.Size(), len(s.events)); bytes > s.cfg.QueueBytes {
		return overflow(len(s.events), bytes)
	}
	select {
	case s.events <- m.ReadNow():
		return nil
	default:
		return overflow(cap(s.events), s.backlog.add(0, cap(s.events)))
	}
}

// answer hands a reply to its caller. A reply that no caller waits for is dropped.
func (s *Session) answer(m wire.Message) {
	id := m.ActionID()
	s.mu.Lock()
	defer s.mu.Unlock()
	if id != "" && id == s.pinged {
		s.measure(m)
		return
	}
	p := s.pending[id]
	if p == nil {
		return
	}
	p.reply = m
	if p.list && m.Response() != "Error" {
		return // rows follow
	}
	delete(s.pending, id)
	close(p.done)
}

// row adds m to the list it belongs to, if it does.
func (s *Session) row(m wire.Message, name string) bool {
	id := m.ActionID()
	if id == "" {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pending[id]
	if p == nil || !p.list {
		return false
	}
	mark, marked := m.Lookup("EventList")
	switch {
	case strings.EqualFold(mark, "Complete"), !marked && strings.HasSuffix(name, "Complete"):
	case strings.EqualFold(mark, "Cancelled"):
		p.err = errors.New("the PBX cancelled the list")
	default:
		p.rows = append(p.rows, m)
		if p.bytes += m.Size(); p.bytes <= s.cfg.MaxList {
			return true
		}
		p.err = tooLong(p.action, len(p.rows), s.cfg.MaxList)
		p.rows = nil
	}
	delete(s.pending, id)
	close(p.done)
	return true
}

const (
	firstPing   = time.Second     // after the login, to compare the clocks
	longestTrip = time.Second     // of a Ping that shows the time of the PBX
	lateAnswer  = 3 * time.Second // to a Ping: events are late, too
	catchUp     = time.Second     // after it, until these have been delivered
)

// measure takes the answer to a Ping, and compares the clocks; s.mu is held.
func (s *Session) measure(pong wire.Message) {
	now := time.Now()
	trip := now.Sub(s.sent)
	if s.pinged = ""; trip > lateAnswer {
		s.delayed.since, s.delayed.until = s.before, now.Add(catchUp)
	}
	if at, ok := pong.Timestamp(); ok && trip <= longestTrip {
		difference := now.Add(-trip / 2).Sub(at)
		s.clock = &difference
	}
}

// ping makes a quiet PBX send something. The reading goroutine notices if nothing comes.
func (s *Session) ping() {
	timer := time.NewTimer(min(s.cfg.KeepAlive, firstPing))
	defer timer.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-timer.C:
		case <-s.pingNow:
		}
		timer.Reset(s.cfg.KeepAlive)
		id := s.nextID()
		s.mu.Lock()
		if s.pinged == "" {
			s.pinged, s.sent, s.before = id, time.Now(), s.Heard()
		}
		s.mu.Unlock()
		if err := s.write(wire.NewAction("Ping"), id); err != nil {
			return
		}
	}
}
