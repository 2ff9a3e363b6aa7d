package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"traybell/shared/protocol"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

// certificate returns a self-signed certificate for 127.0.0.1.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// configFor returns a configuration for a server at address.
func configFor(address string, cert *tls.Certificate) Config {
	host, port, _ := net.SplitHostPort(address)
	n, _ := strconv.Atoi(port)
	cfg := Config{
		Server: host, Port: n, Extension: "101", Desktop: "one", Pulse: time.Hour, Log: slog.New(slog.DiscardHandler),
		Password: func(context.Context) (string, error) { return "secret", nil },
	}
	if cert != nil {
		cfg.Fingerprint = protocol.Fingerprint(cert.Certificate[0])
	}
	return cfg
}

// recorder is a handler that forwards everything to channels.
type recorder struct {
	states   chan Status
	messages chan protocol.Message
}

func (e recorder) Status(s Status)            { e.states <- s }
func (e recorder) Message(m protocol.Message) { e.messages <- m }

// firstProblem runs a client and returns its first problem.
func firstProblem(t *testing.T, cfg Config) *Problem {
	t.Helper()
	e := recorder{make(chan Status, 1000), make(chan protocol.Message, 1000)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = New(cfg, e).Run(ctx)
	}()
	defer func() {
		cancel()
		<-done
	}()
	late := time.After(patience)
	for {
		select {
		case s := <-e.states:
			if s.Problem != nil {
				return s.Problem
			}
		case <-late:
			t.Fatal("no problem reported")
		}
	}
}

// web serves a handler over TLS.
func web(t *testing.T, h http.HandlerFunc) (string, *tls.Certificate) {
	t.Helper()
	cert := certificate(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close() })
	return l.Addr().String(), &cert
}

// fakeHub reads session.open and calls then.
func fakeHub(t *testing.T, then func(ctx context.Context, conn *websocket.Conn)) (string, *tls.Certificate) {
	t.Helper()
	return web(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		if _, _, err := conn.Read(r.Context()); err != nil {
			return
		}
		then(r.Context(), conn)
	})
}

func TestNotAHub(t *testing.T) {
	expect := func(t *testing.T, cfg Config, kind Kind, final bool, text string) {
		t.Helper()
		p := firstProblem(t, cfg)
		if p.Kind != kind || p.Final != final || !strings.Contains(p.Text, text) || strings.Contains(p.Text, "secret") {
			t.Errorf("%s (final %v): %s [%v]", p.Kind, p.Final, p.Text, p.Err)
		}
	}
	t.Run("nothing", func(t *testing.T) {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		expect(t, configFor(l.Addr().String(), nil), PortClosed, false, "refuses connections")
	})
	t.Run("unknown host", func(t *testing.T) {
		cfg := configFor("127.0.0.1:1", nil)
		cfg.Server = "hub.invalid"
		expect(t, cfg, HostUnknown, false, `"hub.invalid" not found`)
	})
	t.Run("a web server", func(t *testing.T) {
		at, cert := web(t, http.NotFound)
		expect(t, configFor(at, cert), NotAHub, false, "HTTP 404")
	})
	t.Run("a web server that redirects", func(t *testing.T) {
		at, cert := web(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.example.com/acp/1", http.StatusFound)
		})
		expect(t, configFor(at, cert), NotAHub, false, "HTTP 302")
	})
	t.Run("a busy hub", func(t *testing.T) {
		at, cert := web(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		expect(t, configFor(at, cert), Busy, false, "busy")
	})
	t.Run("another protocol", func(t *testing.T) {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH_9.9\r\n")
				_, _ = io.CopyN(io.Discard, conn, 5)
				conn.Close()
			}
		}()
		defer func() { l.Close(); <-done }()
		expect(t, configFor(l.Addr().String(), nil), NotAHub, false, "not a traybell hub")
	})
	for name, frame := range map[string]string{
		"no JSON": "hello", "no UTF-8": "\xff\xfe", "a number": "42", "no type": `{"name":"x"}`,
		"a broken snapshot": `{"type":"event","name":"session.opened","data":{"calls":7}}`,
	} {
		t.Run("a WebSocket that says "+name, func(t *testing.T) {
			at, cert := fakeHub(t, func(ctx context.Context, conn *websocket.Conn) {
				_ = conn.Write(ctx, websocket.MessageText, []byte(frame))
				_, _, _ = conn.Read(ctx)
			})
			expect(t, configFor(at, cert), NotAHub, false, "not ACP")
		})
	}
	t.Run("binary", func(t *testing.T) {
		at, cert := fakeHub(t, func(ctx context.Context, conn *websocket.Conn) {
			_ = conn.Write(ctx, websocket.MessageBinary, []byte{0})
			_, _, _ = conn.Read(ctx)
		})
		expect(t, configFor(at, cert), NotAHub, false, "binary")
	})
	t.Run("an endless message", func(t *testing.T) {
		at, cert := fakeHub(t, func(ctx context.Context, conn *websocket.Conn) {
			w, err := conn.Writer(ctx, websocket.MessageText)
			if err != nil {
				return
			}
			chunk := []byte(strings.Repeat(" ", 1<<20))
			for err == nil {
				_, err = w.Write(chunk)
			}
		})
		expect(t, configFor(at, cert), ConnectionLost, false, "lost")
	})
}

func TestCloseCodes(t *testing.T) {
	for code, want := range map[protocol.CloseCode]struct {
		kind  Kind
		final bool
	}{
		protocol.CloseRestart: {Restarting, false}, protocol.CloseSlow: {TooSlow, false},
		protocol.CloseTimeout: {ConnectionLost, false},
		protocol.CloseBusy:    {Busy, false}, 4042: {ConnectionLost, false}, 1001: {ConnectionLost, false},
		protocol.CloseRefused: {PasswordWrong, true}, protocol.CloseReplaced: {Replaced, true},
		protocol.CloseEnded:   {EndedByAdmin, true},
		protocol.CloseInvalid: {ProtocolDiffers, true}, 4499: {EndedByAdmin, true},
	} {
		t.Run(strconv.Itoa(int(code)), func(t *testing.T) {
			at, cert := fakeHub(t, func(_ context.Context, conn *websocket.Conn) {
				_ = conn.Close(websocket.StatusCode(code), "because")
			})
			if p := firstProblem(t, configFor(at, cert)); p.Kind != want.kind || p.Final != want.final {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestMaintenanceIsNoFailureOfTheNetwork(t *testing.T) {
	at, cert := fakeHub(t, func(ctx context.Context, conn *websocket.Conn) {
		raw, _ := json.Marshal(protocol.Message{
			Type: protocol.Event, Name: protocol.SessionClosed,
			Data: json.RawMessage(
				`{"code":4000,"reason":"Later.","wait":70,"problem":"hub.maintenance","about":"New"}`),
		})
		_ = conn.Write(ctx, websocket.MessageText, raw)
		_ = conn.Close(websocket.StatusCode(protocol.CloseRestart), "")
	})
	if p := firstProblem(t, configFor(at, cert)); p.Kind != Maintained || p.Final || p.About != "New" ||
		p.Wait() < 70*time.Second {
		t.Errorf("%+v", p)
	}
}

func TestSystemTrustedCertificateNeedsNoPin(t *testing.T) {
	at, cert := fakeHub(t, func(ctx context.Context, conn *websocket.Conn) {
		raw, _ := json.Marshal(protocol.Message{
			Type: protocol.Event, Name: protocol.SessionOpened, Data: json.RawMessage(`{}`),
		})
		_ = conn.Write(ctx, websocket.MessageText, raw)
		_, _, _ = conn.Read(ctx)
	})
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	cfg := configFor(at, nil)
	cfg.Roots = x509.NewCertPool()
	cfg.Roots.AddCert(leaf)
	cfg.Fingerprint = "AA:BB" // outdated pin: the administrator has installed a proper certificate
	e := recorder{make(chan Status, 10), make(chan protocol.Message, 10)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- New(cfg, e).Run(ctx) }()
	select {
	case m := <-e.messages:
		if m.Name != protocol.SessionOpened {
			t.Errorf("%+v", m)
		}
	case <-time.After(patience):
		t.Error("no snapshot")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The agent gets the new fingerprint, to compare it with the old one.
func TestChangedCertificate(t *testing.T) {
	at, cert := fakeHub(t, func(context.Context, *websocket.Conn) {})
	cfg := configFor(at, cert)
	cfg.Fingerprint = "AA:BB"
	cfg.Trust = func(context.Context, string, *x509.Certificate) bool {
		t.Error("Trust was called")
		return true
	}
	cfg.Password = func(context.Context) (string, error) {
		t.Error("Password was called")
		return "secret", nil
	}
	p := firstProblem(t, cfg)
	if want := protocol.Fingerprint(cert.Certificate[0]); p.Kind != CertificateChanged || !p.Final ||
		p.Fingerprint != want {
		t.Errorf("%+v, want the new fingerprint %s", p, want)
	}
}
