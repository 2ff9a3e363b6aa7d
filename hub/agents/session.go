package agents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"traybell/hub/staff"
	"traybell/shared/protocol"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"
)

const (
	actionsPerSecond, actionsBurst = 10, 40
	refusalsBurst                  = 200 // actions over the rate, beside as many a second, before the session is closed
)

// session is one terminal's connection.
type session struct {
	server  *Server
	address string
	started time.Time
	heard   atomic.Int64 // when the terminal was last heard of, Unix nanoseconds
	signing atomic.Bool  // session.open has come
	pinging atomic.Bool

	// Set before the session is admitted, and only read afterwards.
	client    protocol.Client
	extension string

	// Guarded by the server's lock.
	signed   bool
	admitted bool // it was signed in once; stays when another one replaces it
	agent    staff.Agent

	mu      sync.Mutex
	conn    *websocket.Conn    // nil until the handshake is done
	cancel  context.CancelFunc // cuts the connection
	items   [][]byte           // what waits to be written
	bytes   int
	writing bool // a goroutine writes
	ending  bool // nothing more is queued; code and reason follow the last item
	over    bool // the reader has ended
	code    protocol.CloseCode
	reason  string
}

// attach gives the session its connection.
func (s *session) attach(conn *websocket.Conn, cancel context.CancelFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn, s.cancel = conn, cancel
	if s.ending { // stopped during the handshake
		s.write()
	}
}

func (s *session) hear() { s.heard.Store(time.Now().UnixNano()) }

func (s *session) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.items)
}

// end queues session.closed, after which the writer closes the connection; false means that it was
// ending already. What cannot be told within CloseWithin is not told.
func (s *session) end(code protocol.CloseCode, reason string, wait time.Duration) bool {
	m, err := protocol.New(protocol.Event, protocol.SessionClosed, protocol.ClosedSession{
		Code: code, Reason: reason, Wait: seconds(wait),
	})
	if err != nil {
		return false
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending || s.over {
		return false
	}
	s.ending, s.code, s.reason = true, code, reason
	if code == protocol.CloseSlow {
		s.items, s.bytes = nil, 0
	}
	s.push(raw)
	time.AfterFunc(s.server.opts.CloseWithin, s.cut)
	return true
}

func (s *session) tooSlow() {
	if s.end(protocol.CloseSlow, "The terminal reads too slowly: come back for a new snapshot.", 0) {
		s.server.counters.slow.Add(1)
		s.server.log.Warn("terminal too slow", "login", s.login(), "address", s.address)
	}
}

func (s *session) login() string {
	s.server.mu.RLock()
	defer s.server.mu.RUnlock()
	return s.agent.Login
}

// ping asks a silent terminal whether it lives, without holding up anybody.
func (s *session) ping() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.ending || s.conn == nil || s.pinging.Swap(true) {
		return
	}
	s.server.work.Add(1)
	go func() {
		defer s.server.work.Done()
		defer s.pinging.Store(false)
		ctx, cancel := context.WithTimeout(s.server.ctx, s.server.opts.PongWithin)
		defer cancel()
		if err := s.conn.Ping(ctx); err != nil && errors.Is(err, context.DeadlineExceeded) {
			if s.end(protocol.CloseTimeout, "No answer to a ping.", 0) {
				s.server.counters.silent.Add(1)
			}
		}
	}()
}

// send queues a message for this session alone.
func (s *session) send(m protocol.Message) {
	raw, err := json.Marshal(m)
	if err != nil {
		s.server.log.Error("message not sent", "name", m.Name, "error", err)
		return
	}
	if !s.queue(raw) {
		s.tooSlow()
	}
}

func (s *session) fail(re, name string, f protocol.Failure) {
	if name == "" { // nobody knows what it was meant to be
		name = protocol.TextMessage
	}
	m, err := protocol.New(protocol.Error, name, f)
	if err != nil {
		return
	}
	m.Re = re
	s.send(m)
}

// read reads until the connection ends. It runs in a goroutine of its own.
func (s *session) read(ctx context.Context) {
	defer func() {
		s.mu.Lock()
		s.over = true
		s.mu.Unlock()
		s.server.leave(s)
		_ = s.conn.CloseNow()
		s.cut()
	}()
	frame, err := s.next(ctx, protocol.MaxMessage/8) // a session.open is small
	if err == nil {
		if s.open(frame) {
			err = s.serve(ctx)
		}
	}
	var bad *frameError
	if errors.As(err, &bad) {
		s.refuse("", protocol.SessionOpen, refusal{
			code: protocol.CloseInvalid, error: protocol.Invalid, text: bad.reason,
		})
		_, err = io.Copy(io.Discard, bad.rest)
	}
	// Until the close frame is answered, or CloseWithin is over.
	for err == nil {
		var rest io.Reader
		if _, rest, err = s.conn.Reader(ctx); err == nil {
			_, err = io.Copy(io.Discard, rest)
		}
	}
}

// frameError is a frame that cannot be a message. What is left of it has not been read.
type frameError struct {
	reason string
	rest   io.Reader
}

func (b *frameError) Error() string { return b.reason }

// next reads one frame of at most so many bytes.
func (s *session) next(ctx context.Context, most int64) ([]byte, error) {
	t, r, err := s.conn.Reader(ctx)
	if err != nil {
		return nil, err
	}
	s.hear()
	if t != websocket.MessageText {
		return nil, &frameError{"ACP is text; this was a binary frame.", r}
	}
	raw, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > most {
		return nil, &frameError{fmt.Sprintf("A message has at most %d bytes here.", most), r}
	}
	return raw, nil
}

// refuse tells why the session ends, and ends it.
func (s *session) refuse(re, name string, r refusal) {
	if r.code == protocol.CloseInvalid {
		s.server.counters.invalid.Add(1)
	}
	s.fail(re, name, protocol.Failure{Code: r.error, Text: r.text, Retry: r.code.ComeBack(), Wait: seconds(r.wait)})
	s.end(r.code, r.text, r.wait)
}

// open signs the terminal in. It returns false when the session is ending.
//
//nolint:contextcheck // it is the server that may give up, not the connection
func (s *session) open(frame []byte) bool {
	s.signing.Store(true)
	srv := s.server
	m, err := protocol.Parse(frame)
	if err == nil {
		err = m.CheckAction()
	}
	if err == nil && m.Name != protocol.SessionOpen {
		err = errors.New("the first message is session.open")
	}
	var o protocol.OpenSession
	if err == nil {
		err = m.Decode(&o)
	}
	if err == nil {
		err = o.Check()
	}
	if err != nil {
		s.refuse(clip(m.ID, protocol.MaxID), protocol.SessionOpen, refusal{
			code: protocol.CloseInvalid, error: protocol.Invalid, text: sentence(err),
		})
		return false
	}
	agent, no := srv.signIn(s.address, o)
	if no != nil {
		s.refuse(m.ID, m.Name, *no)
		return false
	}
	s.client, s.extension = o.Client, o.Extension
	return s.join(m, agent)
}

// join takes the session to the desk for its snapshot.
func (s *session) join(open protocol.Message, agent Account) bool {
	srv := s.server
	var replaced *session
	no := &refusal{code: protocol.CloseRestart, error: protocol.Limit, text: "The hub is not ready."}
	ctx, cancel := context.WithTimeout(srv.ctx, srv.opts.ActWithin)
	defer cancel()
	err := srv.commands.Desk.Join(ctx, agent.Agent, func(snapshot protocol.OpenedSession) {
		if snapshot.Calls == nil { // an empty list is [] on the wire
			snapshot.Calls = []protocol.Call{}
		}
		if snapshot.PBXs == nil {
			snapshot.PBXs = []protocol.PBX{}
		}
		m, err := protocol.New(protocol.Event, protocol.SessionOpened, snapshot)
		if err != nil {
			srv.log.Error("no snapshot", "login", agent.Login, "error", err)
			return
		}
		m.Re = open.ID
		raw, err := json.Marshal(m)
		if err != nil {
			srv.log.Error("no snapshot", "login", agent.Login, "error", err)
			return
		}
		replaced, no = srv.admit(s, agent, raw)
	})
	if err != nil {
		srv.log.Error("the desk takes nobody in", "login", agent.Login, "error", err)
		no = &refusal{code: protocol.CloseRestart, error: protocol.Limit, text: "The hub is not ready."}
	}
	if no != nil {
		s.refuse(open.ID, open.Name, *no)
		return false
	}
	if replaced != nil {
		replaced.refuse("", protocol.SessionOpen, refusal{
			code: protocol.CloseReplaced, error: protocol.SessionReplace, text: "You signed in again on this desktop.",
		})
	}
	srv.log.Info("signed in", "login", agent.Login, "address", s.address, "version", s.client.Version, "os", s.client.OS)
	return true
}

// serve takes the actions of a signed-in terminal. It returns when the connection ends, or with a
// *frameError when nothing more can be read.
func (s *session) serve(ctx context.Context) error {
	srv := s.server
	pace := rate.NewLimiter(actionsPerSecond, actionsBurst)
	places := make(chan struct{}, actionsAtOnce)
	patience := rate.NewLimiter(actionsPerSecond, refusalsBurst)
	for {
		frame, err := s.next(ctx, protocol.MaxMessage)
		if err != nil {
			return err
		}
		m, err := protocol.Parse(frame)
		if err == nil {
			err = m.CheckAction()
		}
		if err == nil && m.Name == protocol.SessionOpen {
			err = errors.New("the session is open already")
		}
		busy := !pace.Allow()
		if err == nil && !busy {
			select {
			case places <- struct{}{}:
			default:
				busy = true
			}
		}
		switch {
		case busy:
			srv.counters.limited.Add(1)
			if !patience.Allow() {
				s.refuse(clip(m.ID, protocol.MaxID), m.Name, refusal{
					code: protocol.CloseBusy, error: protocol.Limit, wait: 30 * time.Second,
					text: "Far too many actions.",
				})
				return nil
			}
			s.fail(clip(m.ID, protocol.MaxID), clip(m.Name, protocol.MaxID), protocol.Failure{
				Code: protocol.Limit, Text: "Too many actions at once: try again in a moment.", Retry: true, Wait: 1,
			})
			continue
		case err != nil:
			s.fail(clip(m.ID, protocol.MaxID), clip(m.Name, protocol.MaxID), protocol.Failure{
				Code: protocol.Invalid, Text: sentence(err),
			})
			continue
		}
		srv.counters.actions.Add(1)
		srv.work.Add(1)
		go func() { //nolint:contextcheck // an action outlives its session
			defer srv.work.Done()
			defer func() { <-places }()
			ctx, cancel := context.WithTimeout(srv.ctx, srv.opts.ActWithin)
			defer cancel()
			answer := srv.act(ctx, s.now(), m)
			answer.Re = m.ID
			s.send(answer)
		}()
	}
}

// seconds rounds up: a wait is never told shorter than it is.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// clip cuts a text to a number of bytes, between characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// sentence makes an error one.
func sentence(err error) string {
	s := err.Error()
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + s[size:] + "."
}
