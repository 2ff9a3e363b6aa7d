// Package terminal speaks ACP to a hub, for tests and measurements: frames and messages only.
package terminal

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"traybell/shared/protocol"

	"github.com/coder/websocket"
)

// Terminal is a connection to a hub. Make it with Dial or SignIn. One goroutine may send while
// another reads.
type Terminal struct {
	*websocket.Conn
	actions int
}

// Options are how to dial.
type Options struct {
	TLS    *tls.Config // nil: trust any certificate
	Header http.Header
	Local  net.Addr // the address to dial from; nil: any
}

// Handshake is the hub's HTTP response; its status is 0 if there was none.
type Handshake struct {
	Status int
	Header http.Header
}

// Dial connects to a hub at host:port and trusts any certificate.
func Dial(ctx context.Context, address string) (*Terminal, error) {
	t, _, err := DialWith(ctx, address, Options{})
	return t, err
}

// DialWith is Dial with options. The handshake is also that of a hub that refuses the connection.
func DialWith(ctx context.Context, address string, o Options) (*Terminal, Handshake, error) {
	transport := &http.Transport{
		DialContext:     (&net.Dialer{LocalAddr: o.Local}).DialContext,
		TLSClientConfig: cmp.Or(o.TLS, &tls.Config{InsecureSkipVerify: true}),
	}
	defer transport.CloseIdleConnections()
	conn, resp, err := websocket.Dial(ctx, "wss://"+address+protocol.Path, //nolint:bodyclose // it closes it
		&websocket.DialOptions{HTTPHeader: o.Header, HTTPClient: &http.Client{Transport: transport}})
	var h Handshake
	if resp != nil {
		h = Handshake{resp.StatusCode, resp.Header}
	}
	if err != nil {
		return nil, h, err
	}
	conn.SetReadLimit(16 << 20)
	return &Terminal{Conn: conn}, h, nil
}

// ClosedError is the error of a sign-in after which the hub closed the session.
type ClosedError struct{ protocol.ClosedSession }

func (c *ClosedError) Error() string { return fmt.Sprintf("closed with %d: %s", c.Code, c.Reason) }

// SignIn dials and opens a session. It closes the connection if that fails.
func SignIn(ctx context.Context, address, extension, password string) (*Terminal, protocol.OpenedSession, error) {
	return Open(ctx, address, Options{}, protocol.OpenSession{
		Protocol: protocol.Version, Extension: extension, Password: password,
		Client: protocol.Client{Desktop: extension},
	})
}

// Open is SignIn with all data of session.open. If the hub closes the session, the error is a
// ClosedError.
func Open(ctx context.Context, address string, o Options, open protocol.OpenSession,
) (t *Terminal, opened protocol.OpenedSession, err error) {
	t, _, err = DialWith(ctx, address, o)
	if err != nil {
		return nil, opened, err
	}
	if _, err = t.Send(ctx, protocol.SessionOpen, open); err == nil {
		opened, err = t.opened(ctx)
	}
	if err != nil {
		_ = t.CloseNow()
		return nil, opened, err
	}
	return t, opened, nil
}

// opened reads until session.opened.
func (t *Terminal) opened(ctx context.Context) (opened protocol.OpenedSession, err error) {
	for {
		m, err := t.Next(ctx)
		switch {
		case err != nil:
			return opened, err
		case m.Name == protocol.SessionOpened:
			return opened, m.Decode(&opened)
		case m.Name == protocol.SessionClosed:
			closed := new(ClosedError)
			return opened, errors.Join(m.Decode(&closed.ClosedSession), closed)
		}
	}
}

// Send sends an action and returns its id.
func (t *Terminal) Send(ctx context.Context, name string, data any) (id string, err error) {
	t.actions++
	id = name + strconv.Itoa(t.actions)
	return id, t.SendAs(ctx, name, id, data)
}

// SendAs sends an action with an id that the caller chooses.
func (t *Terminal) SendAs(ctx context.Context, name, id string, data any) error {
	m, err := protocol.New(protocol.Action, name, data)
	if err != nil {
		return err
	}
	m.ID = id
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return t.Write(ctx, websocket.MessageText, raw)
}

// Next reads one message.
func (t *Terminal) Next(ctx context.Context) (protocol.Message, error) {
	_, raw, err := t.Read(ctx)
	if err != nil {
		return protocol.Message{}, err
	}
	return protocol.Parse(raw)
}

// Await reads until a message with that name.
func (t *Terminal) Await(ctx context.Context, name string) (protocol.Message, error) {
	for {
		if m, err := t.Next(ctx); err != nil || m.Name == name {
			return m, err
		}
	}
}
