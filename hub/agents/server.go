// Package agents is the hub's side of ACP 1: it signs terminals in, sends them messages and carries
// out their actions.
//
// A Server owns the sessions. Each session has one goroutine that reads and, while messages are
// queued, one that writes. The session's lock guards what they share, the server's lock the table
// of sessions. No lock is held while waiting for a socket, the desk or a password. Each action runs
// in a separate goroutine, at most eight at once per session, so that a slow help desk delays
// neither the session's pongs nor its other actions.
package agents

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"traybell/hub/desk"
	"traybell/hub/signin"
	"traybell/hub/staff"
	"traybell/shared/protocol"

	"github.com/coder/websocket"
)

// Account is an agent who may sign in.
type Account struct {
	staff.Agent
	Password string // argon2id, in the PHC string format; or of signin.Ask
}

// Options are a server's settings; zero means the default named.
type Options struct {
	Agents  []Account
	Clients int          // signed in at once: 1000
	Log     *slog.Logger // slog.Default's

	OpenWithin  time.Duration // time for session.open: 20 s
	PingAfter   time.Duration // silence before a ping: 10 s
	PongWithin  time.Duration // time to answer a ping: 10 s
	CloseWithin time.Duration // time to write session.closed: 3 s
	ActWithin   time.Duration // time for an action: 60 s
	Queue       int           // queued messages per session: 4096
	QueueBytes  int           // their size; one message always fits: 1 MiB
	SignIns     int           // passwords verified at once, each takes tens of MiB: 2
	RenewAfter  time.Duration // age at which a desktop gets a new token: signin.RenewAfter
	TokenKey    []byte        // for tokens, see signin.New; nil: a random one

	// Elsewhere verifies passwords of signin.Ask; may be nil
	Elsewhere signin.Elsewhere

	Revoked     []signin.Revocation // that KeepRevoked got last
	KeepRevoked func(context.Context, []signin.Revocation) error
	// Written gets the time from the event of a PBX to the written message that shows its call to a
	// terminal for the first time, on the goroutine that writes; nil: not measured
	Written func(time.Duration)

	// Desktop returns the newest version of the desktop for a system, by Go's name, that the hub hands
	// out; empty: none. It must not block, and may be nil
	Desktop func(system string) string

	// Numbers hides numbers from desktops; nil: they see all
	Numbers HiddenNumbers

	Presence func(Presence) // gets the begin and the end of sessions, and must not block; may be nil
}

const (
	unsignedSpare = 2048 // connections of one site that have not signed in, in addition to one for each desktop
	renewAtOnce   = 100  // tokens per tick of the heartbeat
	desktopsOfOne = 20   // per agent
	actionsAtOnce = 8    // per session
)

// Server is an http.Handler for protocol.Path and the desk's Terminals. Make it with New; end it
// with Stop. All methods may be called from any goroutine.
type Server struct {
	opts     Options
	commands Commands
	log      *slog.Logger
	gate     *signin.Guard

	ctx    context.Context //nolint:containedctx // of sessions and actions, which outlive requests; Stop ends it
	cancel context.CancelFunc
	work   sync.WaitGroup // sessions and what they started
	beat   chan struct{}  // closed when the heartbeat has ended

	mu       sync.RWMutex
	stopping bool
	agents   map[string]Account             // by login
	all      map[*session]struct{}          // signed in or not
	signed   map[string]map[string]*session // by login and desktop
	count    int                            // sessions that are signed in
	entering entering                       // sessions that are not

	suspended atomic.Pointer[suspension]
	counters  counters
}

var _ desk.Terminals = (*Server)(nil)

type counters struct {
	opened, limited, slow, silent, invalid, sent, actions atomic.Int64
}

// Counters count since the start.
type Counters struct {
	Opened  int64 // sessions that signed in
	Refused int64 // wrong extensions and passwords
	Limited int64 // sign-ins and actions refused because there were too many
	Slow    int64 // sessions closed because they read too slowly
	Silent  int64 // sessions closed because they did not answer a ping, or sent no session.open
	Invalid int64 // sessions closed because of invalid messages
	Sent    int64 // messages queued, counted per session
	Actions int64 // actions carried out
	Hashes  int64 // passwords compared with a hash
}

// New makes a server and starts its heartbeat. It fails for an agent whose password is no argon2id
// hash.
func New(opts Options, c Commands) (*Server, error) {
	opts.Clients = cmp.Or(opts.Clients, 1000)
	opts.Queue = cmp.Or(opts.Queue, 4096)
	opts.QueueBytes = cmp.Or(opts.QueueBytes, 1<<20)
	opts.SignIns = cmp.Or(opts.SignIns, 2)
	opts.OpenWithin = cmp.Or(opts.OpenWithin, 20*time.Second)
	opts.PingAfter = cmp.Or(opts.PingAfter, 10*time.Second)
	opts.PongWithin = cmp.Or(opts.PongWithin, 10*time.Second)
	opts.CloseWithin = cmp.Or(opts.CloseWithin, 3*time.Second)
	opts.ActWithin = cmp.Or(opts.ActWithin, time.Minute)
	opts.RenewAfter = cmp.Or(opts.RenewAfter, signin.RenewAfter)
	if opts.Written == nil {
		opts.Written = func(time.Duration) {}
	}
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	s := &Server{
		opts:     opts,
		commands: c,
		log:      opts.Log,
		gate:     signin.New(signInRules(opts.SignIns), opts.TokenKey),
		all:      map[*session]struct{}{},
		signed:   map[string]map[string]*session{}, entering: newEntering(opts.Clients),
		agents: map[string]Account{},
		beat:   make(chan struct{}),
	}
	s.gate.Revoke(opts.Revoked...)
	s.gate.SetElsewhere(opts.Elsewhere)
	if err := s.SetAgents(opts.Agents); err != nil {
		return nil, err
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	go s.heartbeat()
	return s, nil
}

// ServeHTTP turns a request into a session. A request of a web page on another host is refused, so
// that no page can try passwords.
//
//nolint:contextcheck // the session outlives the request
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ses := &session{server: s, address: r.RemoteAddr, started: time.Now()}
	ses.pulse.received()
	instead, err := s.enter(ses)
	if err != nil {
		w.Header().Set("Retry-After", "5")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	if instead != nil {
		instead.end(protocol.ClosedSession{
			Code: protocol.CloseTimeout, Reason: "Too many connections are signing in, and no session.open arrived.",
		})
	}
	hijacker := &smallBuffers{ResponseWriter: w}
	conn, err := websocket.Accept(hijacker, r, &websocket.AcceptOptions{
		CompressionMode: websocket.CompressionDisabled,
		OnPingReceived: func(_ context.Context, payload []byte) (answer bool) {
			ses.pulse.received()
			ses.signal(opPong, payload)
			return false
		},
		OnPongReceived: func(context.Context, []byte) { ses.pulse.received() },
	})
	if err != nil {
		s.log.Debug("WebSocket handshake failed", "address", r.RemoteAddr, "error", err)
		s.leave(ses)
		s.work.Done()
		return
	}
	conn.SetReadLimit(-1) // next enforces ACP's limits
	ses.attach(conn, hijacker)
	// A new goroutine: the TLS handshake has grown the stack of net/http's.
	go func() {
		defer s.work.Done()
		ses.read()
	}()
}

// Send queues a message for all sessions of those agents. It encodes once and never blocks: a
// session whose queue is full is closed with CloseSlow and reconnects for a snapshot.
func (s *Server) Send(logins []string, m protocol.Message) {
	raw, err := s.opts.encode(m)
	if err != nil {
		s.log.Error("cannot encode message", "name", m.Name, "error", err)
		return
	}
	var slow []*session
	s.mu.RLock()
	for _, login := range logins {
		for _, ses := range s.signed[login] {
			if !ses.queue(item{raw, m.Update, m.Read}) {
				slow = append(slow, ses)
			}
		}
	}
	s.mu.RUnlock()
	for _, ses := range slow {
		ses.tooSlow()
	}
}

// Session is a signed-in terminal.
type Session struct {
	Login     string
	Name      string
	Extension string // that it signed in with
	Address   string // host and port
	Client    protocol.Client
	Since     time.Time
	Waiting   int // messages queued for it
}

// Sessions returns the signed-in terminals, sorted by login and desktop.
func (s *Server) Sessions() []Session {
	s.mu.RLock()
	list := make([]Session, 0, s.count)
	for _, of := range s.signed {
		for _, ses := range of {
			list = append(list, ses.described())
		}
	}
	s.mu.RUnlock()
	slices.SortFunc(list, func(a, b Session) int {
		if c := strings.Compare(a.Login, b.Login); c != 0 {
			return c
		}
		return strings.Compare(a.Client.Desktop, b.Client.Desktop)
	})
	return list
}

var errStopping = errors.New("the hub is stopping")

// Count returns the number of signed-in terminals.
func (s *Server) Count() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.count
}

// Admits returns an error if no terminal can sign in, because the server stops.
func (s *Server) Admits() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.stopping {
		return errStopping
	}
	return nil
}

// Online returns on how many desktops an agent is signed in.
func (s *Server) Online(login string) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.signed[login])
}

// Phones returns the extensions with which an agent is signed in.
func (s *Server) Phones(login string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var phones []string
	for _, ses := range s.signed[login] {
		if !slices.Contains(phones, ses.extension) {
			phones = append(phones, ses.extension)
		}
	}
	return phones
}

// Counters returns the counters.
func (s *Server) Counters() Counters {
	c, tried := &s.counters, s.gate.Counts()
	return Counters{
		Opened: c.opened.Load(), Refused: tried.Refused, Limited: tried.Limited + c.limited.Load(), Slow: c.slow.Load(),
		Silent: c.silent.Load(), Invalid: c.invalid.Load(), Sent: c.sent.Load(), Actions: c.actions.Load(),
		Hashes: s.gate.Verified(),
	}
}

// Stop closes all sessions with CloseRestart, refuses new ones and waits until all sessions and
// actions have ended. If ctx ends first, it cuts them and returns an error.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.stopping = true
	all := make([]*session, 0, len(s.all))
	for ses := range s.all {
		all = append(all, ses)
	}
	s.mu.Unlock()
	for _, ses := range all {
		ses.end(protocol.ClosedSession{Code: protocol.CloseRestart, Reason: "The hub is stopping or restarting."})
	}
	done := make(chan struct{})
	go func() {
		s.work.Wait()
		close(done)
	}()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		err = fmt.Errorf("stop sessions: %w", ctx.Err())
		for _, ses := range all {
			ses.cut()
		}
	}
	s.cancel()
	<-done
	<-s.beat
	return err
}

// heartbeat closes sessions that do not sign in and pings silent ones, so that no session needs a
// timer. A terminal that pings by itself is never pinged.
func (s *Server) heartbeat() {
	defer close(s.beat)
	step := min(s.opts.PingAfter, s.opts.OpenWithin) / 10
	step = max(step, time.Millisecond)
	tick := time.NewTicker(step)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		stood := now.Sub(last) > max(3*step, time.Second) // what came while the hub stood still is read first
		if of := s.suspended.Load(); of != nil && of.over(now) {
			s.resume(of)
		}
		if last = now; !stood {
			s.ping(s.check(now), step*4/5)
		}
	}
}

// pingSteps are the groups in which silent terminals are pinged.
const pingSteps = 200

// ping pings terminals during that time: a thousand pings at once would delay a call by all of them.
func (s *Server) ping(silent []*session, within time.Duration) {
	next := time.NewTicker(max(within/pingSteps, time.Microsecond))
	defer next.Stop()
	for group := range slices.Chunk(silent, len(silent)/pingSteps+1) {
		for _, ses := range group {
			ses.ping()
		}
		select {
		case <-next.C:
		case <-s.ctx.Done():
		}
	}
}

// check ends the sessions that are dead and returns those to be pinged.
func (s *Server) check(now time.Time) (silent []*session) {
	var late, dead, due []*session
	s.mu.RLock()
	for ses := range s.all {
		ping, unanswered := ses.pulse.silent(now, &s.opts)
		switch {
		case !ses.signed && !ses.signing.Load() && now.Sub(ses.started) > s.opts.OpenWithin:
			late = append(late, ses)
		case ses.signed && unanswered:
			dead = append(dead, ses)
		case ses.signed && ping:
			silent = append(silent, ses)
		case ses.signed && len(due) < renewAtOnce && now.Sub(ses.token) > s.opts.RenewAfter:
			due = append(due, ses)
		}
	}
	s.mu.RUnlock()
	for _, ses := range late {
		ses.endSilent("No session.open arrived in time.")
	}
	for _, ses := range dead {
		ses.endSilent("A ping was not answered.")
	}
	for _, ses := range due {
		ses.token = now
		sendToken(ses)
	}
	return silent
}
