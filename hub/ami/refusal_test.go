package ami_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami"
	"traybell/hub/ami/amitest"
)

// service listens and calls serve for each connection.
func service(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
		}
	}()
	return l.Addr().String()
}

func TestOtherServicesAreNamed(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	greets := func(text string) string {
		return service(t, func(c net.Conn) { _, _ = io.WriteString(c, text); _ = c.Close() })
	}
	plain := newPBX(t, amitest.Options{})
	_, roots := certificate(t)
	for name, c := range map[string]struct {
		address string
		tls     *tls.Config
		want    string
	}{
		"SSH":            {greets("SSH-2.0-OpenSSH_9.6\r\n"), nil, "an SSH server answers there"},
		"mail":           {greets("220 mail.example.com ESMTP\r\n"), nil, "a mail or FTP server"},
		"the web":        {web.Listener.Addr().String(), nil, "a web server answers there"},
		"something else": {greets("hello\n"), nil, `it greets with "hello"`},
		"TLS, asked plainly": {service(t, func(c net.Conn) {
			_, _ = c.Read(make([]byte, 64))
			_, _ = c.Write([]byte("\x15\x03\x01\x00\x02\x02\x46"))
			_ = c.Close()
		}), nil, "Write `tls: true`"},
		"AMI, asked for TLS": {
			plain.Addr(), &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, "Remove `tls: true`",
		},
		"SSH, asked for TLS": {
			greets("SSH-2.0-OpenSSH_9.6\r\n"), &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			"an SSH server answers there",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := configFor(plain)
			cfg.Address, cfg.TLS, cfg.LoginTimeout = c.address, c.tls, 2*time.Second
			err := refused(t, cfg)
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.address) {
				t.Errorf("got %q; want %q", err, c.want)
			}
		})
	}
}

func TestPortThatExpectsTLS(t *testing.T) {
	server, _ := certificate(t)
	cfg := configFor(newPBX(t, amitest.Options{TLS: server}))
	cfg.LoginTimeout = 200 * time.Millisecond
	if _, err := ami.Connect(ctxOf(t), cfg); err == nil || !strings.Contains(err.Error(), "`tls: true`") {
		t.Errorf("%v", err)
	}
}

func TestUntrustedCertificate(t *testing.T) {
	server, roots := certificate(t)
	p := newPBX(t, amitest.Options{TLS: server})
	_, others := certificate(t)
	_, port, _ := net.SplitHostPort(p.Addr())
	for name, c := range map[string]struct {
		address string
		tls     *tls.Config
		want    string
	}{
		"another authority": {p.Addr(), &tls.Config{RootCAs: others, MinVersion: tls.VersionTLS12}, "in `ca`"},
		"another machine's": {
			p.Addr(), &tls.Config{RootCAs: roots, ServerName: "pbx.example.com", MinVersion: tls.VersionTLS12},
			"a name that is in the certificate",
		},
		"the one that it has": {"127.0.0.1:" + port, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := configFor(p)
			cfg.Address, cfg.TLS = c.address, c.tls
			if c.want == "" {
				connect(t, cfg)
				return
			}
			err := refused(t, cfg)
			var cert *ami.CertificateError
			if !errors.As(err, &cert) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}
