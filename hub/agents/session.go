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
	refusalsBurst                  = 200 // refused actions, plus actionsPerSecond, before the session is closed
)

// session is a terminal's connection.
type session struct {
	server    *Server
	address   string
	started   time.Time
	lastFrame atomic.Int64 // when the last frame came, Unix nanoseconds
	signing   atomic.Bool  // session.open was read
	pinging   atomic.Bool

	// Set before the session is admitted, then read-only.
	client    protocol.Client
	extension string

	// Guarded by the server's lock.
	signed   bool
	admitted bool // it was signed in; stays true when it is replaced
	agent    staff.Agent

	mu      sync.Mutex
	conn    *websocket.Conn    // nil until the handshake is done
	cancel  context.CancelFunc // cuts the connection
	items   [][]byte           // queued messages
	bytes   int
	writing bool // drain runs
	ending  bool // nothing more is queued; code and reason follow the last item
	over    bool // the reader has ended
	code    protocol.CloseCode
	reason  string
}

// attach sets the connection.
func (s *session) attach(conn *websocket.Conn, cancel context.CancelFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn, s.cancel = conn, cancel
	if s.ending { // stopped during the handshake
		s.write()
	}
}

func (s *session) frameReceived() { s.lastFrame.Store(time.Now().UnixNano()) }

func (s *session) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.items)
}

// end queues session.closed, after which the writer closes the connection; false means that it was
// ending already. What is not written within CloseWithin is dropped.
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
	if s.end(protocol.CloseSlow, "The terminal reads too slowly: reconnect for a new snapshot.", 0) {
		s.server.counters.slow.Add(1)
		s.server.log.Warn("terminal too slow", "login", s.login(), "address", s.address)
	}
}

func (s *session) login() string {
	s.server.mu.RLock()
	defer s.server.mu.RUnlock()
	return s.agent.Login
}

// ping pings a silent terminal in the background.
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
			if s.end(protocol.CloseTimeout, "A ping was not answered.", 0) {
				s.server.counters.silent.Add(1)
			}
		}
	}()
}

// send queues a message for this session.
func (s *session) send(m protocol.Message) {
	raw, err := json.Marshal(m)
	if err != nil {
		s.server.log.Error("cannot encode message", "name", m.Name, "error", err)
		return
	}
	if !s.queue(raw) {
		s.tooSlow()
	}
}

func (s *session) fail(re, name string, f protocol.Failure) {
	if name == "" { // unreadable
		name = protocol.TextMessage
	}
	m, err := protocol.New(protocol.Error, name, f)
	if err != nil {
		return
	}
	m.Re = re
	s.send(m)
}

// read reads until the connection ends.
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
	// Until the close frame is answered, or CloseWithin has passed.
	for err == nil {
		var rest io.Reader
		if _, rest, err = s.conn.Reader(ctx); err == nil {
			_, err = io.Copy(io.Discard, rest)
		}
	}
}

// frameError is a frame that cannot be a message. rest is unread.
type frameError struct {
	reason string
	rest   io.Reader
}

func (e *frameError) Error() string { return e.reason }

// next reads one frame of at most that many bytes.
func (s *session) next(ctx context.Context, most int64) ([]byte, error) {
	t, r, err := s.conn.Reader(ctx)
	if err != nil {
		return nil, err
	}
	s.frameReceived()
	if t != websocket.MessageText {
		return nil, &frameError{"ACP uses text frames; this is a binary frame.", r}
	}
	raw, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > most {
		return nil, &frameError{fmt.Sprintf("A message here has at most %d bytes.", most), r}
	}
	return raw, nil
}

// refuse sends an error and closes the session.
func (s *session) refuse(re, name string, r refusal) {
	if r.code == protocol.CloseInvalid {
		s.server.counters.invalid.Add(1)
	}
	s.fail(re, name, protocol.Failure{Code: r.error, Text: r.text, Retry: r.code.ComeBack(), Wait: seconds(r.wait)})
	s.end(r.code, r.text, r.wait)
}

// open signs the terminal in; false means that the session is ending.
//
//nolint:contextcheck // only the end of the server cancels a sign-in
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

// join gets the snapshot from the desk and admits the session.
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
			srv.log.Error("cannot encode snapshot", "login", agent.Login, "error", err)
			return
		}
		m.Re = open.ID
		raw, err := json.Marshal(m)
		if err != nil {
			srv.log.Error("cannot encode snapshot", "login", agent.Login, "error", err)
			return
		}
		replaced, no = srv.admit(s, agent, raw)
	})
	if err != nil {
		srv.log.Error("cannot join the desk", "login", agent.Login, "error", err)
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
	srv.log.Info("signed in", "login", agent.Login, "address", s.address, "version", s.client.Version,
		"os", s.client.OS)
	return true
}

// serve carries out the actions of a signed-in terminal until the connection ends. A *frameError
// means that nothing more can be read.
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
					text: "Too many actions: the session is closed.",
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

// seconds rounds up, so that no wait is too short.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// clip cuts a text to at most that many bytes, between characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// sentence returns an error as a sentence.
func sentence(err error) string {
	s := err.Error()
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + s[size:] + "."
}
