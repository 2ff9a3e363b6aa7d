package agents

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"traybell/hub/signin"
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
	server  *Server
	address string
	started time.Time
	pulse   pulse
	signing atomic.Bool // session.open was read

	// Set before the session is admitted, then read-only.
	client    protocol.Client
	extension string
	token     time.Time // when the last token was issued; from then on the heartbeat's

	// Guarded by the server's lock.
	signed bool
	agent  staff.Agent
	chosen string // hash of the password that the agent has chosen in this session

	mu      sync.Mutex
	conn    *websocket.Conn // nil until the handshake is done
	stream  net.Conn        // below conn, with TLS
	socket  net.Conn        // below stream, or the same
	control []byte          // a ping or pong to be written; nil: none
	severed bool            // the socket is closed, or will be once it is known
	out     outbox
	writing bool // drain runs
	ending  bool // nothing more is queued; code and reason follow the last item
	over    bool // the reader has ended
	code    protocol.CloseCode
	reason  string
	grant   signin.Grant // of the last password
}

// attach sets the connection.
func (s *session) attach(conn *websocket.Conn, below *smallBuffers) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn, s.stream, s.socket = conn, below.stream, below.socket
	switch { // stopped during the handshake
	case s.severed:
		_ = s.socket.Close()
	case s.ending:
		s.write()
	}
}

func (s *session) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.out.items)
}

// end queues session.closed, after which the writer closes the connection; false means that it was
// ending already. What is not written within CloseWithin is dropped.
func (s *session) end(why protocol.ClosedSession) bool {
	m, err := protocol.New(protocol.Event, protocol.SessionClosed, why)
	if err != nil {
		return false
	}
	raw, err := m.Encode()
	if err != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending || s.over {
		return false
	}
	s.ending, s.code, s.reason = true, why.Code, why.Reason
	if why.Code == protocol.CloseSlow {
		s.out = outbox{}
	}
	s.push(item{raw: raw})
	time.AfterFunc(s.server.opts.CloseWithin, s.cut)
	return true
}

func (s *session) tooSlow() {
	if s.end(protocol.ClosedSession{
		Code: protocol.CloseSlow, Reason: "The terminal reads too slowly: reconnect for a new snapshot.",
	}) {
		s.server.counters.slow.Add(1)
		s.server.log.Warn("terminal too slow", "login", s.now().Login, "address", s.address)
	}
}

// Opcodes of control frames (RFC 6455, section 5.5).
const (
	opPing = 0x9
	opPong = 0xA
)

// signal queues a ping or pong, before all messages. Only the last pong is due, and it is as good a
// sign of life as a ping. So that one goroutine writes, and the reader's stack stays small, the
// WebSocket's own are not used.
func (s *session) signal(opcode byte, payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.ending || s.control != nil && opcode == opPing {
		return
	}
	const final = 0x80
	s.control = append([]byte{final | opcode, byte(len(payload))}, payload...)
	s.write()
}

// ping pings a silent terminal.
func (s *session) ping() {
	s.pulse.pinged.Store(time.Now().UnixNano())
	s.signal(opPing, nil)
}

// pulse is when a terminal was heard of, in Unix nanoseconds.
type pulse struct {
	last   atomic.Int64 // when the last frame came
	pinged atomic.Int64 // when the last ping was queued
}

func (p *pulse) received() { p.last.Store(time.Now().UnixNano()) }

// silent reports whether a terminal is to be pinged, or has not answered.
func (p *pulse) silent(now time.Time, o *Options) (ping, dead bool) {
	last, pinged := p.last.Load(), p.pinged.Load()
	if pinged > last {
		return false, now.UnixNano()-pinged > int64(o.PongWithin)
	}
	return now.UnixNano()-last > int64(o.PingAfter), false
}

// endSilent ends a session whose terminal does not say what it has to.
func (s *session) endSilent(reason string) {
	if s.end(protocol.ClosedSession{Code: protocol.CloseTimeout, Reason: reason}) {
		s.server.counters.silent.Add(1)
	}
}

// send queues a message for this session.
func (s *session) send(m protocol.Message) {
	raw, err := s.server.opts.encode(m)
	if err != nil {
		s.server.log.Error("cannot encode message", "name", m.Name, "error", err)
		return
	}
	if !s.queue(item{raw, m.Update, m.Read}) {
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
func (s *session) read() {
	frame, err := s.next(protocol.MaxMessage / 8) // a session.open is small
	if err != nil || !s.open(frame) {
		s.finish(err)
		return
	}
	s.server.work.Add(1)
	// A new goroutine: the sign-in has grown the stack of this one.
	go func() {
		defer s.server.work.Done()
		s.finish(s.serve())
	}()
}

// finish reads what still comes after err, the error of the last frame, and ends the session.
func (s *session) finish(err error) {
	ended := err
	defer func() {
		s.mu.Lock()
		s.over = true
		s.mu.Unlock()
		if s.server.leave(s) {
			s.server.ended(s, ended)
		}
		_ = s.conn.CloseNow()
		s.cut()
	}()
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
		if _, rest, err = s.conn.Reader(context.Background()); err == nil {
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

// next reads one frame of at most that many bytes. Only cut ends the wait: a context would cost
// each connection a kilobyte.
func (s *session) next(most int64) ([]byte, error) {
	t, r, err := s.conn.Reader(context.Background())
	if err != nil {
		return nil, err
	}
	s.pulse.received()
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
	s.server.mu.Lock()
	s.server.entering.remove(s) // it may take CloseWithin to leave
	s.server.mu.Unlock()
	s.fail(re, name, protocol.Failure{
		Code: r.error, Text: r.text, Retry: r.code.ComeBack(), Wait: seconds(r.wait), Problem: r.problem,
		About: r.about,
	})
	s.end(protocol.ClosedSession{
		Code: r.code, Reason: r.text, Wait: seconds(r.wait), Problem: r.problem, About: r.about,
	})
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
	if no := srv.suspended.Load().refusal(time.Now()); no != nil {
		s.refuse(m.ID, m.Name, *no)
		return false
	}
	agent, grant, no := srv.signIn(s.address, o)
	if no != nil {
		s.refuse(m.ID, m.Name, *no)
		return false
	}
	s.client, s.extension, s.token = o.Client, o.Extension, time.Now()
	s.mu.Lock()
	s.grant = grant
	s.mu.Unlock()
	return s.join(m, agent)
}

// opened encodes the answer to session.open. With thousands of calls that takes too long for the
// desk's loop.
func (s *session) opened(open protocol.Message, snapshot protocol.OpenedSession) []byte {
	if snapshot.Calls == nil { // an empty list is [] on the wire
		snapshot.Calls = []protocol.Call{}
	}
	if snapshot.PBXs == nil {
		snapshot.PBXs = []protocol.PBX{}
	}
	snapshot.Token = tokenOf(s)
	if newest := s.server.opts.Desktop; newest != nil {
		snapshot.Desktop = newest(s.client.OS)
	}
	m, err := protocol.New(protocol.Event, protocol.SessionOpened, snapshot)
	m.Re = open.ID
	raw, wrong := s.server.opts.encode(m)
	if err = cmp.Or(err, wrong); err != nil {
		s.server.log.Error("cannot encode snapshot", "login", s.now().Login, "error", err)
		s.cut()
	}
	return raw
}

// join gets the snapshot from the desk and admits the session.
func (s *session) join(open protocol.Message, agent Account) bool {
	srv := s.server
	var (
		snapshot protocol.OpenedSession
		replaced *session
	)
	no := &refusal{code: protocol.CloseRestart, error: protocol.Limit, text: "The hub is not ready."}
	ctx, cancel := context.WithTimeout(srv.ctx, srv.opts.ActWithin)
	defer cancel()
	err := srv.commands.Desk.Join(ctx, agent.Agent, func(now protocol.OpenedSession) {
		snapshot = now
		replaced, no = srv.admit(s, agent)
		if srv.commands.Duty != nil { // after it is admitted: later changes follow
			snapshot.Work = srv.commands.Duty.Work(agent.Login)
		}
		if srv.commands.Announcements != nil {
			snapshot.Announcements = srv.commands.Announcements.Of(agent.Login)
		}
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
		srv.present(replaced, false, protocol.CloseReplaced, "")
		replaced.refuse("", protocol.SessionOpen, refusal{
			code: protocol.CloseReplaced, error: protocol.SessionReplace, text: "You signed in again on this desktop.",
		})
	}
	srv.present(s, true, 0, "")
	s.release(s.opened(open, snapshot))
	srv.log.Info("signed in", "login", agent.Login, "address", s.address, "version", s.client.Version,
		"os", s.client.OS)
	return true
}

// tokenOf returns a new token for the desktop of a session; empty if it has no name.
func tokenOf(s *session) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.server.gate.Token(s.grant)
}

func sendToken(s *session) {
	token := tokenOf(s)
	if token == "" {
		return
	}
	m, err := protocol.New(protocol.Event, protocol.TokenEvent, protocol.SessionToken{Token: token})
	if err != nil {
		return
	}
	s.send(m)
}

// serve carries out the actions of a signed-in terminal until the connection ends. A *frameError
// means that nothing more can be read.
func (s *session) serve() error {
	d := dispatcher{
		session: s, pace: rate.NewLimiter(actionsPerSecond, actionsBurst), places: make(chan struct{}, actionsAtOnce),
		log: newLines(s.server.log), patience: rate.NewLimiter(actionsPerSecond, refusalsBurst),
	}
	defer func() { d.log.end(s.now().Login, s.address) }()
	for {
		frame, err := s.next(protocol.MaxMessage)
		if err != nil {
			return err
		}
		if !d.dispatch(frame) {
			return nil
		}
	}
}

// dispatcher carries out the actions of a session.
type dispatcher struct {
	*session
	pace     *rate.Limiter
	places   chan struct{}
	log      *lines
	patience *rate.Limiter
}

// dispatch begins an action on a new goroutine and waits until its message is parsed; false means
// that the session is ending. JSON takes a larger stack than the wait for a frame, and a stack does
// not shrink below what that wait uses.
func (d *dispatcher) dispatch(frame []byte) (goOn bool) {
	parsed := make(chan bool)
	d.server.work.Add(1)
	go func() { //nolint:contextcheck // an action outlives its session
		defer d.server.work.Done()
		m, accepted, goOn := d.accept(frame)
		parsed <- goOn
		if !accepted {
			return
		}
		defer func() { <-d.places }()
		ctx, cancel := context.WithTimeout(d.server.ctx, d.server.opts.ActWithin)
		defer cancel()
		answer := d.server.act(ctx, d.log, d.session, m)
		answer.Re = m.ID
		d.send(answer)
	}()
	return <-parsed
}

// accept parses a message and takes a place for its action. It answers one that is not accepted.
func (d *dispatcher) accept(frame []byte) (m protocol.Message, accepted, goOn bool) {
	m, err := protocol.Parse(frame)
	if err == nil {
		err = m.CheckAction()
	}
	if err == nil && m.Name == protocol.SessionOpen {
		err = errors.New("the session is open already")
	}
	busy := !d.pace.Allow()
	if err == nil && !busy {
		select {
		case d.places <- struct{}{}:
		default:
			busy = true
		}
	}
	switch {
	case busy:
		d.server.counters.limited.Add(1)
		if !d.patience.Allow() {
			d.refuse(clip(m.ID, protocol.MaxID), m.Name, refusal{
				code: protocol.CloseBusy, error: protocol.Limit, wait: 30 * time.Second,
				text: "Too many actions: the session is closed.",
			})
			return m, false, false
		}
		d.fail(clip(m.ID, protocol.MaxID), clip(m.Name, protocol.MaxID), protocol.Failure{
			Code: protocol.Limit, Text: "Too many actions at once: try again in a moment.", Retry: true, Wait: 1,
			Problem: protocol.HubBusy,
		})
		return m, false, true
	case err != nil:
		d.fail(clip(m.ID, protocol.MaxID), clip(m.Name, protocol.MaxID), protocol.Failure{
			Code: protocol.Invalid, Text: sentence(err), Problem: protocol.ActionInvalid,
		})
		return m, false, true
	}
	d.server.counters.actions.Add(1)
	return m, true, true
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
