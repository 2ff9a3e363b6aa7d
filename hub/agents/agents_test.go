package agents

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"traybell/hub/blocking"
	"traybell/hub/desk"
	"traybell/hub/staff"
	"traybell/shared/protocol"
	"traybell/test/terminal"

	"github.com/alexedwards/argon2id"
	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if at := childOf(); at != "" {
		terminals(at)
		return
	}
	goleak.VerifyTestMain(m)
}

const patience = 30 * time.Second

// fakeHub carries out all commands: its snapshots are empty, its answers zero values. It records
// what it is asked.
type fakeHub struct {
	mu       sync.Mutex
	joinErr  error
	err      error // of all commands
	ticket   desk.TicketAnswer
	block    blocking.Result
	history  protocol.History
	commands []command
	refused  []command
}

// command is a command that the hub got.
type command struct {
	name  string
	agent string
	in    any
}

func (h *fakeHub) Join(_ context.Context, a staff.Agent, join func(protocol.OpenedSession)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.joinErr != nil {
		return h.joinErr
	}
	join(protocol.OpenedSession{Agent: protocol.Agent{Login: a.Login}})
	return nil
}

func (h *fakeHub) do(name string, a staff.Agent, in any) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.commands = append(h.commands, command{name, a.Login, in})
	return h.err
}

func (h *fakeHub) CreateTicket(_ context.Context, a staff.Agent, in desk.CreateTicket) (desk.TicketAnswer, error) {
	return h.ticket, h.do(protocol.TicketCreate, a, in)
}

func (h *fakeHub) AppendTicket(_ context.Context, a staff.Agent, in desk.AppendTicket) (desk.TicketAnswer, error) {
	return h.ticket, h.do(protocol.TicketAppend, a, in)
}

func (h *fakeHub) SetCategory(_ context.Context, a staff.Agent, in protocol.SetCategory) error {
	return h.do(protocol.CategorySet, a, in)
}

func (h *fakeHub) PopupShown(_ context.Context, a staff.Agent, call string, hidden protocol.Hidden) error {
	return h.do(protocol.CallShown, a, protocol.ShownCall{Call: call, Hidden: hidden})
}

func (h *fakeHub) Block(_ context.Context, a staff.Agent, number, reason string) (blocking.Result, error) {
	return h.block, h.do(protocol.CallerBlock, a, protocol.BlockCaller{Number: number, Reason: reason})
}

func (h *fakeHub) Unblock(_ context.Context, a staff.Agent, number, reason string) (blocking.Result, error) {
	return h.block, h.do(protocol.CallerUnblock, a, protocol.BlockCaller{Number: number, Reason: reason})
}

func (h *fakeHub) List(_ context.Context, a staff.Agent, in protocol.ListHistory) (protocol.History, error) {
	return h.history, h.do(protocol.HistoryList, a, in)
}

func (h *fakeHub) Refused(call string, a staff.Agent, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refused = append(h.refused, command{call, a.Login, why})
}

func (h *fakeHub) all() Commands { return Commands{Desk: h, Blocking: h, History: h} }

// cheap is a password hash with minimal cost; a real one takes tens of MiB.
func cheap(t testing.TB, password string) string {
	t.Helper()
	h, err := argon2id.CreateHash(password,
		&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

type place struct {
	t      testing.TB
	server *Server
	at     string
	roots  *x509.CertPool
}

// start runs a server behind TLS until the test ends.
func start(t testing.TB, opts Options, hub *fakeHub) *place {
	t.Helper()
	if opts.Agents == nil {
		opts.Agents = []Account{{staff.Agent{Login: "anna", Extensions: []string{"101"}}, cheap(t, "anna's")}}
	}
	opts.Log = slog.New(slog.DiscardHandler)
	server, err := New(opts, hub.all())
	if err != nil {
		t.Fatal(err)
	}
	cert, _, err := OwnCertificate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, server: server, at: l.Addr().String(), roots: x509.NewCertPool()}
	p.roots.AddCert(leaf)
	mux := http.NewServeMux()
	mux.Handle(protocol.Path, server)
	web := &http.Server{Handler: mux, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	go func() { _ = web.Serve(tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}})) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := server.Stop(ctx); err != nil {
			t.Error(err)
		}
		web.Close()
	})
	return p
}

// testTerminal is a bare connection that can send anything.
type testTerminal struct {
	*terminal.Terminal
	t   testing.TB
	ctx context.Context //nolint:containedctx // ends with the test's patience
}

func (p *place) dial(o terminal.Options) (*terminal.Terminal, terminal.Handshake, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	o.TLS = &tls.Config{RootCAs: p.roots, ServerName: "localhost"}
	return terminal.DialWith(ctx, p.at, o)
}

func (p *place) terminal() *testTerminal {
	p.t.Helper()
	conn, _, err := p.dial(terminal.Options{})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.use(conn)
}

// use closes a connection at the end of the test.
func (p *place) use(conn *terminal.Terminal) *testTerminal {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	p.t.Cleanup(func() {
		cancel()
		_ = conn.CloseNow()
	})
	return &testTerminal{Terminal: conn, t: p.t, ctx: ctx}
}

func (k *testTerminal) raw(t websocket.MessageType, frame string) {
	k.t.Helper()
	if err := k.Write(k.ctx, t, []byte(frame)); err != nil {
		k.t.Fatal(err)
	}
}

func (k *testTerminal) send(name, id string, data any) {
	k.t.Helper()
	if err := k.SendAs(k.ctx, name, id, data); err != nil {
		k.t.Fatal(err)
	}
}

func (k *testTerminal) receive() protocol.Message {
	k.t.Helper()
	m, err := k.Next(k.ctx)
	if err != nil {
		k.t.Fatal(err)
	}
	return m
}

var annas = protocol.OpenSession{
	Protocol: protocol.Version, Extension: "101", Password: "anna's", Client: protocol.Client{Desktop: "one"},
}

// in signs in as anna.
func (k *testTerminal) in() *testTerminal {
	k.t.Helper()
	k.send(protocol.SessionOpen, "open", annas)
	if m := k.receive(); m.Name != protocol.SessionOpened || m.Re != "open" {
		k.t.Fatalf("%+v", m)
	}
	return k
}

// closed expects session.closed, and a close frame with the same code.
func (k *testTerminal) closed(code protocol.CloseCode) {
	k.t.Helper()
	m := k.receive()
	var c protocol.ClosedSession
	if err := m.Decode(&c); err != nil || m.Name != protocol.SessionClosed || c.Code != code {
		k.t.Fatalf("%s %s, want session.closed with %d", m.Name, m.Data, code)
	}
	_, _, err := k.Read(k.ctx)
	var frame websocket.CloseError
	if !errors.As(err, &frame) || int(frame.Code) != int(code) {
		k.t.Fatalf("%v, want close code %d", err, code)
	}
}

func (k *testTerminal) failed(code protocol.ErrorCode, re string) protocol.Failure {
	k.t.Helper()
	m := k.receive()
	var f protocol.Failure
	if err := m.Decode(&f); err != nil || m.Type != protocol.Error || f.Code != code || m.Re != re || f.Text == "" {
		k.t.Fatalf("%+v %s, want the error %s to %q", m, m.Data, code, re)
	}
	return f
}

func TestFirstMessageMustBeSessionOpen(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	open := func(change func(*protocol.OpenSession)) string {
		o := annas
		change(&o)
		m, _ := protocol.New(protocol.Action, protocol.SessionOpen, o)
		m.ID = "1"
		raw, _ := json.Marshal(m)
		return string(raw)
	}
	for name, c := range map[string]struct{ frame, re, text string }{
		"no JSON":   {"GET / HTTP/1.1", "", "not ACP"},
		"no object": {`[1]`, "", "not ACP"},
		"no UTF-8":  {"{\"type\":\"\xff\"}", "", "UTF-8"},
		"no name":   {`{"type":"action"}`, "", "no name"},
		"no id":     {`{"type":"action","name":"session.open","data":{}}`, "", "no id"},
		"long id": {
			`{"type":"action","name":"session.open","id":"` + strings.Repeat("я", 100) + `","data":{}}`,
			strings.Repeat("я", 32), "longer",
		},
		"another action": {`{"type":"action","name":"ticket.create","id":"1","data":{}}`, "1", "first message"},
		"an event":       {`{"type":"event","name":"session.open","id":"1","data":{}}`, "1", "must send actions"},
		"no data":        {`{"type":"action","name":"session.open","id":"1"}`, "1", "session.open"},
		"wrong data": {
			`{"type":"action","name":"session.open","id":"1","data":{"protocol":"x"}}`, "1", "session.open",
		},
		"too new":      {open(func(o *protocol.OpenSession) { o.Protocol = 2 }), "1", "hub uses ACP 1"},
		"no extension": {open(func(o *protocol.OpenSession) { o.Extension = "" }), "1", "extension in session.open"},
		"too long":     {open(func(o *protocol.OpenSession) { o.Client.OS = strings.Repeat("x", 99) }), "1", "longer"},
		"too large": {open(func(o *protocol.OpenSession) {
			o.Password = strings.Repeat("x", 10_000)
		}), "", "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			k := p.terminal()
			k.t = t
			k.raw(websocket.MessageText, c.frame)
			if f := k.failed(protocol.Invalid, c.re); !strings.Contains(f.Text, c.text) || f.Retry {
				t.Errorf("%+v", f)
			}
			k.closed(protocol.CloseInvalid)
		})
	}
	t.Run("binary", func(t *testing.T) {
		k := p.terminal()
		k.t = t
		k.raw(websocket.MessageBinary, open(func(*protocol.OpenSession) {}))
		k.failed(protocol.Invalid, "")
		k.closed(protocol.CloseInvalid)
	})
	if c := p.server.Counters(); c.Opened != 0 || c.Invalid != 15 {
		t.Errorf("%+v", c)
	}
}

func TestInvalidMessagesKeepTheSession(t *testing.T) {
	hub := &fakeHub{}
	p := start(t, Options{}, hub)
	k := p.terminal().in()
	k.raw(websocket.MessageText, "{")
	k.failed(protocol.Invalid, "")
	k.raw(websocket.MessageText, `{"type":"event","name":"call","id":"2","data":{}}`)
	k.failed(protocol.Invalid, "2")
	k.send(protocol.SessionOpen, "3", annas)
	k.failed(protocol.Invalid, "3")
	k.send(strings.Repeat("n", 60_000), "long", struct{}{})
	if f := k.failed(protocol.Invalid, "long"); len(f.Text) > 200 {
		t.Errorf("a huge name comes back in %d bytes", len(f.Text))
	}
	k.send(protocol.CallShown, "4", protocol.ShownCall{Call: "main:1"})
	if m := k.receive(); m.Name != protocol.Accepted || m.Re != "4" {
		t.Errorf("%+v", m)
	}
	want := []command{{protocol.CallShown, "anna", protocol.ShownCall{Call: "main:1"}}}
	if !reflect.DeepEqual(hub.commands, want) {
		t.Errorf("the hub got %+v", hub.commands)
	}
	k.send(protocol.CategorySet, "5", protocol.SetCategory{Comment: strings.Repeat("x", protocol.MaxMessage)})
	k.failed(protocol.Invalid, "")
	k.closed(protocol.CloseInvalid)
}

func TestSessionWithoutOpenTimesOut(t *testing.T) {
	p := start(t, Options{OpenWithin: 50 * time.Millisecond}, &fakeHub{})
	p.terminal().closed(protocol.CloseTimeout)
}

func TestUnansweredPingClosesTheSession(t *testing.T) {
	p := start(t, Options{
		PingAfter: 50 * time.Millisecond, PongWithin: 50 * time.Millisecond, CloseWithin: 50 * time.Millisecond,
	}, &fakeHub{})
	k := p.terminal().in() // stops reading, so it sends no pong
	for deadline := time.Now().Add(patience); p.server.Online("anna") > 0; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the session is still there")
		}
	}
	if c := p.server.Counters(); c.Silent != 1 {
		t.Errorf("%+v", c)
	}
	k.closed(protocol.CloseTimeout)
}

func TestAnsweredPingsKeepTheSession(t *testing.T) {
	p := start(t, Options{PingAfter: 20 * time.Millisecond, PongWithin: patience}, &fakeHub{})
	k := p.terminal().in()
	pings := make(chan struct{}, 1000)
	go func() { // reading answers pings
		for {
			if _, _, err := k.Read(k.ctx); err != nil {
				close(pings)
				return
			}
			pings <- struct{}{}
		}
	}()
	deadline := time.Now().Add(300 * time.Millisecond) // fifteen times PingAfter
	for time.Now().Before(deadline) {
		select {
		case <-pings:
			t.Fatal("the session ended or sent a message")
		case <-time.After(20 * time.Millisecond):
		}
	}
	if p.server.Online("anna") != 1 {
		t.Error("the session ended")
	}
}

func TestForeignOriginIsRefused(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	for origin, status := range map[string]int{
		"https://evil.example.com": http.StatusForbidden,
		"null":                     http.StatusForbidden,
		"https://" + p.at:          http.StatusSwitchingProtocols,
	} {
		conn, handshake, err := p.dial(terminal.Options{Header: http.Header{"Origin": {origin}}})
		if handshake.Status != status {
			t.Errorf("%s: %v", origin, err)
		}
		if conn != nil {
			_ = conn.CloseNow()
		}
	}
}

func TestNoWebSocketExtensionIsNegotiated(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	conn, handshake, err := p.dial(terminal.Options{Header: http.Header{
		"Sec-Websocket-Extensions": {"permessage-deflate"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.CloseNow()
	if x := handshake.Header.Get("Sec-WebSocket-Extensions"); x != "" {
		t.Error(x)
	}
}

func TestFloodOfActionsIsLimitedThenClosed(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	k := p.terminal().in()
	go func() {
		raw := []byte(`{"type":"action","name":"call.shown","id":"x","data":{"call":"main:1"}}`)
		for {
			if k.Write(k.ctx, websocket.MessageText, raw) != nil {
				return
			}
		}
	}()
	limited := 0
	for {
		m := k.receive()
		switch {
		case m.Name == protocol.SessionClosed:
			var c protocol.ClosedSession
			if err := m.Decode(&c); err != nil || c.Code != protocol.CloseBusy || c.Wait == 0 {
				t.Errorf("%s", m.Data)
			}
			if limited < refusalsBurst/2 {
				t.Errorf("closed after %d", limited)
			}
			return
		case m.Type == protocol.Error:
			limited++
		}
	}
}

func TestSignInIsRetriedWhileTheDeskIsNotReady(t *testing.T) {
	p := start(t, Options{}, &fakeHub{joinErr: errors.New("no PBX yet")})
	k := p.terminal()
	k.send(protocol.SessionOpen, "1", annas)
	if f := k.failed(protocol.Limit, "1"); !f.Retry || strings.Contains(f.Text, "PBX") {
		t.Errorf("%+v", f)
	}
	k.closed(protocol.CloseRestart)
}

func TestStopClosesSessionsAndRefusesNewOnes(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	k, quiet := p.terminal().in(), p.terminal()
	done := make(chan error, 1)
	go func() { done <- p.server.Stop(k.ctx) }()
	k.closed(protocol.CloseRestart)
	quiet.closed(protocol.CloseRestart)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, handshake, err := p.dial(terminal.Options{}); handshake.Status != http.StatusServiceUnavailable ||
		handshake.Header.Get("Retry-After") == "" {
		t.Errorf("%v", err)
	}
}

func TestSend(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	k := p.terminal().in()
	m, _ := protocol.New(protocol.Notification, protocol.TextMessage, protocol.Text{Text: "hello"})
	p.server.Send([]string{"nobody", "anna"}, m)
	if got := k.receive(); got.Name != protocol.TextMessage || string(got.Data) != `{"text":"hello"}` {
		t.Errorf("%+v", got)
	}
	p.server.Send([]string{"anna"}, protocol.Message{Type: protocol.Event, Name: "broken", Data: json.RawMessage("{")})
	p.server.Send([]string{"anna"}, m)
	if got := k.receive(); got.Name != protocol.TextMessage {
		t.Errorf("%+v", got)
	}
	if l := p.server.Sessions(); len(l) != 1 || l[0].Login != "anna" || l[0].Extension != "101" ||
		l[0].Client.Desktop != "one" {
		t.Errorf("%+v", l)
	}
}

// One address opens connections without signing in. Further ones are refused, and other addresses
// still sign in.
func TestConnectionsOfOneAddressAreLimited(t *testing.T) {
	p := start(t, Options{OpenWithin: patience}, &fakeHub{})
	for range unsignedOfOne {
		p.terminal()
	}
	if _, handshake, err := p.dial(terminal.Options{}); err == nil ||
		handshake.Status != http.StatusServiceUnavailable {
		t.Fatalf("the next connection was not refused: %v", err)
	}
	conn, _, err := p.dial(terminal.Options{Local: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}})
	if errors.Is(err, syscall.EADDRNOTAVAIL) {
		t.Skip("this computer has only one loopback address")
	}
	if err != nil {
		t.Fatal(err)
	}
	p.use(conn).in()
}

// The desktops of one agent are limited even if the hub has room. A signed-in desktop may always
// reconnect.
func TestDesktopsOfOneAgent(t *testing.T) {
	p := start(t, Options{}, &fakeHub{})
	open := func(desktop string) protocol.Message {
		o := annas
		o.Client.Desktop = desktop
		k := p.terminal()
		k.send(protocol.SessionOpen, "1", o)
		return k.receive()
	}
	for i := range desktopsOfOne {
		if m := open(fmt.Sprint("desktop ", i)); m.Name != protocol.SessionOpened {
			t.Fatalf("desktop %d: %s %s", i, m.Name, m.Data)
		}
	}
	var why protocol.Failure
	if m := open("one too many"); m.Type != protocol.Error || m.Decode(&why) != nil || why.Code != protocol.Limit ||
		!why.Retry {
		t.Errorf("one too many: %s %s", m.Name, m.Data)
	}
	if m := open("desktop 0"); m.Name != protocol.SessionOpened {
		t.Errorf("the first one reconnects: %s %s", m.Name, m.Data)
	}
}
