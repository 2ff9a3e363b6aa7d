// Package terminal speaks ACP to a hub, for tests and measurements: no more than frames and
// messages. It trusts any certificate.
package terminal

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"strconv"

	"traybell/shared/protocol"

	"github.com/coder/websocket"
)

// Terminal is a connection to a hub. Make it with Dial or SignIn. One goroutine may send and another
// read.
type Terminal struct {
	*websocket.Conn
	actions int
}

// Dial connects to a hub at host:port.
func Dial(ctx context.Context, address string) (*Terminal, error) {
	t, _, err := DialWith(ctx, address, &tls.Config{InsecureSkipVerify: true}, nil) //nolint:gosec,bodyclose // a test's hub
	return t, err
}

// DialWith is Dial with a TLS configuration and HTTP headers. The response is that of a hub that
// refuses the connection.
func DialWith(ctx context.Context, address string, tls *tls.Config, header http.Header,
) (*Terminal, *http.Response, error) {
	transport := &http.Transport{TLSClientConfig: tls}
	defer transport.CloseIdleConnections()
	conn, resp, err := websocket.Dial(ctx, "wss://"+address+protocol.Path,
		&websocket.DialOptions{HTTPHeader: header, HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		return nil, resp, err
	}
	conn.SetReadLimit(16 << 20)
	return &Terminal{Conn: conn}, resp, nil
}

// SignIn dials and opens a session. It closes the connection if that fails.
func SignIn(ctx context.Context, address, extension, password string) (*Terminal, protocol.OpenedSession, error) {
	var opened protocol.OpenedSession
	t, err := Dial(ctx, address)
	if err != nil {
		return nil, opened, err
	}
	_, err = t.Send(ctx, protocol.SessionOpen, protocol.OpenSession{
		Protocol: protocol.Version, Extension: extension, Password: password,
		Client: protocol.Client{Version: "test", OS: "linux", Language: "en", Desktop: extension},
	})
	var m protocol.Message
	if err == nil {
		m, err = t.Await(ctx, protocol.SessionOpened)
	}
	if err == nil {
		err = m.Decode(&opened)
	}
	if err != nil {
		_ = t.CloseNow()
		return nil, opened, err
	}
	return t, opened, nil
}

// Send sends an action and returns its id.
func (t *Terminal) Send(ctx context.Context, name string, data any) (id string, err error) {
	t.actions++
	id = name + strconv.Itoa(t.actions)
	return id, t.SendAs(ctx, name, id, data)
}

// SendAs sends an action with an id of the caller's.
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

// Await reads until a message of that name comes.
func (t *Terminal) Await(ctx context.Context, name string) (protocol.Message, error) {
	for {
		if m, err := t.Next(ctx); err != nil || m.Name == name {
			return m, err
		}
	}
}
