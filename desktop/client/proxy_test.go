package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"traybell/shared/protocol"

	"github.com/coder/websocket"
	"golang.org/x/net/http/httpproxy"
)

// tunnel is an HTTP proxy that forwards every CONNECT to one address.
type tunnel struct {
	*httptest.Server
	to string

	mu   sync.Mutex
	seen []string // method and host:port of each request
}

func newTunnel(t *testing.T, to string) *tunnel {
	p := &tunnel{to: to}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r.Method+" "+r.Host)
		p.mu.Unlock()
		if r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("anna:geheim")) {
			w.Header().Set("Proxy-Authenticate", "Basic")
			http.Error(w, "unauthorized", http.StatusProxyAuthRequired)
			return
		}
		there, err := new(net.Dialer).DialContext(r.Context(), "tcp", p.to)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
		var both sync.WaitGroup
		both.Go(func() { _, _ = io.Copy(there, here); _ = there.Close() })
		both.Go(func() { _, _ = io.Copy(here, there); _ = here.Close() })
		both.Wait()
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *tunnel) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.seen...)
}

// environment is the proxy function for HTTPS_PROXY and NO_PROXY.
func environment(proxy, without string) func(*url.URL) (*url.URL, error) {
	return (&httpproxy.Config{HTTPSProxy: proxy, NoProxy: without}).ProxyFunc()
}

// Only the proxy resolves the hub's name; the certificate is the hub's.
func TestThroughAProxy(t *testing.T) {
	address, cert := welcoming(t)
	p := newTunnel(t, address)
	user := strings.Replace(p.URL, "http://", "http://anna:geheim@", 1)
	cfg := configFor("hub.example.com:11010", cert)
	cfg.Proxy = environment(user, "")
	if _, problem := Probe(t.Context(), cfg); problem != nil {
		t.Fatalf("through a proxy: %v (%v)", problem, problem.Err)
	}
	if seen := p.asked(); len(seen) != 1 || seen[0] != "CONNECT hub.example.com:11010" {
		t.Errorf("requests to the proxy: %q", seen)
	}

	cfg.Fingerprint = "" // a proxy does not make the certificate trusted
	if _, problem := Probe(t.Context(), cfg); problem == nil || problem.Kind != CertificateRefused {
		t.Errorf("an unknown certificate behind a proxy: %v", problem)
	}
}

func TestProxyProblems(t *testing.T) {
	address, cert := welcoming(t)
	p := newTunnel(t, address)
	closed := newTunnel(t, address)
	closed.Close()
	for name, c := range map[string]struct {
		proxy, without string
		kind           Kind
		text           string
	}{
		"wants a password": {p.URL, "", ProxyRefused, "407 Proxy Authentication Required"},
		"down":             {closed.URL, "", ProxyRefused, "not responding"},
		"NO_PROXY":         {closed.URL, "hub.invalid", HostUnknown, "hub.invalid"},
		"wrong password": {
			strings.Replace(p.URL, "http://", "http://anna:wrong-password@", 1), "", ProxyRefused, "407",
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := configFor("hub.invalid:11010", cert)
			cfg.Proxy = environment(c.proxy, c.without)
			_, problem := Probe(t.Context(), cfg)
			if problem == nil || problem.Kind != c.kind || !strings.Contains(problem.Text, c.text) {
				t.Fatalf("%+v, want %s with %q", problem, c.kind, c.text)
			}
			if problem.Final {
				t.Error("the problem is final")
			}
			if strings.Contains(problem.Text+problem.Err.Error(), "wrong-password") {
				t.Errorf("the proxy's password leaked: %v, %v", problem, problem.Err)
			}
		})
	}
}

// trusting holds a hub's address and makes the test binary verify its certificate with the system's
// authorities. Go reads them once per process.
const trusting = "TRAYBELL_TEST_TRUSTING"

// A certificate from a real authority needs neither a pin nor Trust.
func TestSystemAuthority(t *testing.T) {
	if address := os.Getenv(trusting); address != "" {
		cfg := configFor(address, nil)
		cfg.Trust = func(context.Context, string, *x509.Certificate) bool {
			t.Error("Trust was called")
			return false
		}
		_, problem := Probe(t.Context(), cfg)
		if problem != nil {
			t.Fatalf("%s: %v", problem.Kind, problem.Err)
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	address, cert := welcoming(t)
	file := filepath.Join(t.TempDir(), "authorities.pem")
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})
	if err := os.WriteFile(file, authority, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		authorities string
		trusted     bool
	}{"known authority": {file, true}, "unknown authority": {os.DevNull, false}} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), self, "-test.run", "^TestSystemAuthority$", "-test.v")
			cmd.Env = append(os.Environ(), trusting+"="+address, "SSL_CERT_FILE="+c.authorities,
				"SSL_CERT_DIR="+t.TempDir())
			out, err := cmd.CombinedOutput()
			var failed *exec.ExitError
			switch {
			case c.trusted && err != nil:
				t.Errorf("%v\n%s", err, out)
			case !c.trusted && (!errors.As(err, &failed) || !strings.Contains(string(out), string(CertificateRefused))):
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// welcoming is a hub that accepts every sign-in.
func welcoming(t *testing.T) (address string, cert *tls.Certificate) {
	return fakeHub(t, func(ctx context.Context, conn *websocket.Conn) {
		m, err := protocol.New(protocol.Event, protocol.SessionOpened, protocol.OpenedSession{Hub: "1"})
		if err != nil {
			t.Error(err)
			return
		}
		frame, err := json.Marshal(m)
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Write(ctx, websocket.MessageText, frame)
		_, _, _ = conn.Read(ctx) // until the client disconnects
	})
}
