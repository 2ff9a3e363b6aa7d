package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"traybell/shared/protocol"

	"github.com/coder/websocket"
)

const (
	dialWithin  = 10 * time.Second // until the hub's computer answers
	shakeWithin = 30 * time.Second // until the WebSocket handshake is complete; desktops take turns after a restart
	openWithin  = 40 * time.Second // until session.opened; after its restart the hub checks many passwords
	writeWithin = 10 * time.Second
	byeWithin   = time.Second
	maxMessage  = 32 << 20 // largest message from the hub; a snapshot is the largest
)

// connection is a single connection to the hub.
type connection struct {
	number   uint64
	conn     *websocket.Conn
	cut      context.CancelCauseFunc
	more     chan struct{} // actions are pending
	check    chan struct{} // ping now
	local    net.IP        // local address; nil for loopback and link-local ones
	lastRead atomic.Int64  // time of the last read, Unix nanoseconds
}

func (c *Client) host() string { return strings.Trim(strings.TrimSpace(c.cfg.Server), "[]") }

// incomplete reports missing settings.
func (c *Client) incomplete() *Problem {
	var text string
	switch {
	case c.host() == "":
		text = "No server is set. Enter the hub's name or address in the settings."
	case c.cfg.Extension == "":
		text = "No extension is set. Enter yours in the settings."
	case c.cfg.Password == nil:
		text = "No password is set. Enter yours in the settings."
	case c.cfg.Plain && !loopback(c.host()):
		text = "Connections without TLS are limited to a hub on this computer: the password would be readable."
	default:
		return nil
	}
	return &Problem{Kind: SettingsIncomplete, Text: text, Final: true}
}

// connect opens a connection and serves it until it ends. It returns the duration of the session
// and why it ended.
func (c *Client) connect(ctx context.Context, emit func(event)) (lasted time.Duration, problem *Problem) {
	if p := c.incomplete(); p != nil {
		return 0, p
	}
	k := &connection{more: make(chan struct{}, 1), check: make(chan struct{}, 1)}
	resp, err := c.dial(ctx, k) //nolint:bodyclose // not needed, see websocket.Dial
	if err != nil {
		return 0, c.dialProblem(resp, err)
	}
	defer func() { _ = k.conn.CloseNow() }()
	password, err := c.cfg.Password(ctx)
	if err != nil {
		return 0, &Problem{
			Kind: PasswordMissing, Text: "Cannot read the password. Enter it in the settings.", Final: true,
			Err: err,
		}
	}

	// The connection outlives ctx briefly to send a close frame.
	own, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	k.cut = cut
	var work sync.WaitGroup
	defer work.Wait()
	defer cut(nil)
	goodbye := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(goodbye)
		patience := time.AfterFunc(byeWithin, func() { cut(ctx.Err()) })
		defer patience.Stop()
		_ = k.conn.Close(websocket.StatusNormalClosure, goodbyeReason(ctx))
	})
	defer func() {
		if !stop() {
			<-goodbye
		}
	}()

	c.mu.Lock()
	c.counter++
	k.number = c.counter
	c.carrier = k
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.current, c.carrier = nil, nil
		c.mu.Unlock()
	}()
	late := time.AfterFunc(openWithin, func() { cut(errNoOpen) })
	defer late.Stop()
	open := protocol.OpenSession{
		Protocol: protocol.Version, Extension: c.cfg.Extension, Password: password, Token: c.lastToken(ctx),
		Client: protocol.Client{Version: c.cfg.Version, OS: c.cfg.OS, Language: c.cfg.Language, Desktop: c.cfg.Desktop},
	}
	if err := k.open(own, open); err != nil {
		return 0, c.endProblem(nil, nil, false, cause(own, err))
	}

	var (
		said   *protocol.ClosedSession
		failed *protocol.Failure
		opened time.Time
	)
	for {
		m, err := k.next(own)
		if err != nil {
			if !opened.IsZero() {
				lasted = time.Since(opened)
			}
			return lasted, c.endProblem(said, failed, !opened.IsZero(), cause(own, err))
		}
		switch {
		case m.Type == protocol.Event && m.Name == protocol.SessionClosed:
			said = new(protocol.ClosedSession)
			if m.Decode(said) != nil {
				said = nil
			}
			continue
		case m.Type == protocol.Error && (opened.IsZero() ||
			m.Name == protocol.SessionOpen): // reported with the status
			failed = new(protocol.Failure)
			if m.Decode(failed) != nil {
				failed = nil
			}
			continue
		case opened.IsZero() && m.Type == protocol.Event && m.Name == protocol.SessionOpened:
			var o protocol.OpenedSession
			if err := m.Decode(&o); err != nil {
				cut(errGarbage)
				continue
			}
			c.newToken(o.Token)
			late.Stop()
			opened = time.Now()
			emit(event{status: &Status{State: Working}})
			emit(event{message: m})
			c.mu.Lock()
			c.current = k
			c.mu.Unlock()
			work.Go(func() { c.send(own, k) })
			// Not earlier: a hub that is checking a password does not answer pings.
			work.Go(func() { k.pulse(own, c.cfg.Pulse, k.conn.Ping) })
			continue
		case opened.IsZero():
			continue // nothing counts before the snapshot
		case m.Type == protocol.Event && m.Name == protocol.TokenEvent:
			var t protocol.SessionToken
			if m.Decode(&t) == nil {
				c.newToken(t.Token)
			}
			continue
		}
		emit(event{message: m})
		if m.Re != "" {
			c.answered(m)
		}
	}
}

// MovedError is the cause with which the context of Run ends when the agent has chosen another hub,
// at the address To. The close frame names it: the hub explains missing popups with it.
type MovedError struct{ To string }

func (e *MovedError) Error() string { return "the agent has chosen the hub " + e.To }

// goodbyeReason is the reason of the close frame.
func goodbyeReason(ctx context.Context) string {
	if moved, ok := errors.AsType[*MovedError](context.Cause(ctx)); ok && len(moved.To) < protocol.MaxCloseReason {
		return protocol.Moved(moved.To)
	}
	return ""
}

// lastToken returns the token for a sign-in; empty if there is none.
func (c *Client) lastToken(ctx context.Context) string {
	c.mu.Lock()
	token := c.token
	c.mu.Unlock()
	if token == "" && c.cfg.Token != nil {
		return c.cfg.Token(ctx)
	}
	return token
}

// newToken keeps a token of the hub.
func (c *Client) newToken(token string) {
	if token == "" {
		return // a hub that has none
	}
	c.mu.Lock()
	c.token = token
	c.mu.Unlock()
	if c.cfg.KeepToken != nil {
		c.cfg.KeepToken(token)
	}
}

// cause prefers this side's reason for ending the connection to err.
func cause(ctx context.Context, err error) error {
	if why := context.Cause(ctx); why != nil && !errors.Is(why, context.Canceled) {
		return why
	}
	return err
}

// dial completes the WebSocket handshake.
func (c *Client) dial(ctx context.Context, k *connection) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, shakeWithin)
	defer cancel()
	c.mu.Lock()
	c.undial = cancel
	c.mu.Unlock()
	dialer := &net.Dialer{Timeout: dialWithin, KeepAlive: 15 * time.Second}
	transport := &http.Transport{
		TLSClientConfig:   c.tlsConfig(),
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			if a, ok := conn.LocalAddr().(*net.TCPAddr); ok {
				k.local = a.IP
				if a.IP.IsLoopback() || a.IP.IsLinkLocalUnicast() {
					k.local = nil
				}
			}
			return &readTimer{Conn: conn, lastRead: &k.lastRead}, nil
		},
	}
	c.setProxy(transport)
	defer transport.CloseIdleConnections()
	scheme := "wss://"
	if c.cfg.Plain {
		scheme = "ws://"
	}
	at := net.JoinHostPort(c.host(), strconv.Itoa(c.cfg.Port))
	conn, resp, err := websocket.Dial(ctx, scheme+at+protocol.Path, &websocket.DialOptions{
		CompressionMode: websocket.CompressionDisabled,
		HTTPClient: &http.Client{
			Transport: transport,
			// A hub never redirects.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	})
	if err != nil {
		return resp, err
	}
	conn.SetReadLimit(maxMessage)
	k.conn = conn
	return nil, nil
}

// readTimer records the time of each read, so that a slow, long message does not count as silence.
type readTimer struct {
	net.Conn
	lastRead *atomic.Int64
}

func (l *readTimer) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if n > 0 {
		l.lastRead.Store(time.Now().UnixNano())
	}
	return n, err
}

// open sends session.open.
func (k *connection) open(ctx context.Context, o protocol.OpenSession) error {
	m, err := protocol.New(protocol.Action, protocol.SessionOpen, o)
	if err != nil {
		return err
	}
	m.ID = NewID()
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return k.write(ctx, raw)
}

func (k *connection) write(ctx context.Context, raw []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	return k.conn.Write(ctx, websocket.MessageText, raw)
}

// next reads one message.
func (k *connection) next(ctx context.Context) (protocol.Message, error) {
	t, r, err := k.conn.Reader(ctx)
	if err != nil {
		return protocol.Message{}, err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return protocol.Message{}, err
	}
	if t != websocket.MessageText {
		return protocol.Message{}, fmt.Errorf("%w: a binary frame", errGarbage)
	}
	m, err := protocol.Parse(raw)
	if err != nil {
		return protocol.Message{}, fmt.Errorf("%w: %w", errGarbage, err)
	}
	return m, nil
}

// pulse pings the hub to detect a dead connection.
func (k *connection) pulse(ctx context.Context, every time.Duration, ping func(context.Context) error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.check:
		case <-tick.C:
		}
		begun := time.Now().UnixNano()
		patience, cancel := context.WithTimeout(ctx, every)
		err := ping(patience)
		cancel()
		if err == nil || k.lastRead.Load() >= begun || ctx.Err() != nil {
			continue
		}
		if time.Since(time.Unix(0, begun)) > 2*every {
			k.checkNow() // this computer stood still: what the hub sent is read only now
			continue
		}
		k.cut(errSilent)
		return
	}
}
