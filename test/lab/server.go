package lab

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a server from Debian's packages with its own folder and port. It ends with the test.
type Server struct {
	Dir  string // has ca.pem, cert.pem and key.pem, for localhost and 127.0.0.1
	Port string

	name    string
	user    string   // empty: the current user
	command []string // ends on signal
	signal  syscall.Signal
	ready   func(ctx context.Context) error
	process *exec.Cmd
	ended   chan struct{}
}

// newServer creates the folder, owned by that user, and finds a port.
func newServer(t testing.TB, name, asUser string) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "traybell-"+name+"-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	s := &Server{Dir: dir, Port: port, name: name, user: asUser, signal: syscall.SIGTERM}
	s.certificate(t)
	if asUser != "" {
		uid, gid := s.ids(t)
		for _, path := range []string{
			dir, filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "ca.pem"),
		} {
			if err := os.Chown(path, int(uid), int(gid)); err != nil {
				t.Fatalf("%s needs root: its server runs as %s: %v", name, asUser, err)
			}
		}
	}
	return s
}

// program finds a program of a package, also outside of PATH.
func program(t testing.TB, debianPackage string, patterns ...string) string {
	t.Helper()
	for _, pattern := range patterns {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	t.Fatalf("%s is not installed; run: apt-get install %s", patterns[0], debianPackage)
	return ""
}

func (s *Server) ids(t testing.TB) (uid, gid uint32) {
	t.Helper()
	who, err := user.Lookup(s.user)
	if err != nil {
		t.Fatal(err)
	}
	u, _ := strconv.ParseUint(who.Uid, 10, 32)
	g, _ := strconv.ParseUint(who.Gid, 10, 32)
	return uint32(u), uint32(g)
}

// run runs a command to its end.
func (s *Server) run(t testing.TB, command ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), command[0], command[1:]...)
	c.Dir = s.Dir
	if s.user != "" {
		uid, gid := s.ids(t)
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
}

// Start waits until the server answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(s.Dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(s.command[0], s.command[1:]...)
	c.Dir, c.Stdout, c.Stderr = s.Dir, log, log
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if s.user != "" {
		uid, gid := s.ids(t)
		c.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = c.Wait(); _ = log.Close(); close(ended) }()
	if s.process == nil {
		t.Cleanup(func() { s.Stop(t) })
	}
	s.process, s.ended = c, ended

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.ready(ctx)
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ended:
			t.Fatalf("%s ended at once:\n%s", s.name, s.log())
		case <-ctx.Done():
			t.Fatalf("%s does not answer: %v\n%s", s.name, err, s.log())
		}
	}
}

// Stop ends it and waits until it has ended.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	_ = s.process.Process.Signal(s.signal)
	select {
	case <-s.ended:
	case <-time.After(30 * time.Second):
		_ = s.process.Process.Kill()
		<-s.ended
		t.Errorf("%s did not end and was killed:\n%s", s.name, s.log())
	}
}

func (s *Server) log() string {
	text, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
	return string(text)
}

// Address is host:port.
func (s *Server) Address() string { return "127.0.0.1:" + s.Port }

// CA is the file with the CA of the server's certificate.
func (s *Server) CA() string { return filepath.Join(s.Dir, "ca.pem") }

func (s *Server) certificate(t testing.TB) {
	t.Helper()
	authority, authorityKey := s.issue(t, "ca", &x509.Certificate{
		Subject: pkix.Name{CommonName: "traybell lab"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}, nil, nil)
	s.issue(t, "cert", &x509.Certificate{
		Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, authority, authorityKey)
}

func (s *Server) issue(t testing.TB, name string, what, by *x509.Certificate,
	byKey *ecdsa.PrivateKey,
) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	what.SerialNumber = big.NewInt(time.Now().UnixNano())
	what.NotBefore, what.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	if by == nil {
		by, byKey = what, key
	}
	der, err := x509.CreateCertificate(rand.Reader, what, by, &key.PublicKey, byKey)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{name + ".pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
	if name == "cert" {
		files["key.pem"] = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	}
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(s.Dir, file), text, 0o600); err != nil {
			t.Fatal(fmt.Errorf("write certificate: %w", err))
		}
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

// OtherCA is the file of a CA that signed nothing.
func OtherCA(t testing.TB) string {
	t.Helper()
	s := &Server{Dir: t.TempDir()}
	s.certificate(t)
	return s.CA()
}
