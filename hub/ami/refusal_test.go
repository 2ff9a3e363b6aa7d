package ami_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/ami"
	"traybell/hub/ami/amitest"
)

func logins(p *amitest.PBX) (n int) {
	for _, a := range p.Received() {
		if a.Name() == "Login" {
			n++
		}
	}
	return n
}

func TestAWrongPasswordIsToldAndNotTriedAgainUntilSomebodyAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{RefusalDelay: time.Second})
		p.Lie(amitest.Lies{Refuse: true})
		var log bytes.Buffer
		cfg.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
		r := run(t, cfg)
		refused := r.state(t, ami.Refused)
		var login *ami.LoginError
		if !errors.As(refused.Err, &login) || login.Answer != "Authentication failed" ||
			!strings.Contains(refused.Reason,
				`user "traybell"`) {
			t.Errorf("the state says %+v", refused)
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n := logins(p); n != 1 {
			t.Errorf("tried %d times in a day", n)
		}
		if n := len(r.states); n != 0 {
			t.Errorf("the state was told %d times more", n)
		}
		r.Again()
		if s := r.state(t, ami.Connecting); !strings.Contains(s.Reason, "being tried again") {
			t.Errorf("while it is tried again: %+v", s)
		}
		r.state(t, ami.Refused)
		if n := logins(p); n != 2 {
			t.Errorf("tried %d times after somebody asked", n)
		}
		p.Lie(amitest.Lies{})
		r.Again()
		r.session(t)
		r.state(t, ami.Working)
		r.stop()
		if lines := strings.Count(log.String(), "\n"); lines != 2 { // at first, and when somebody wanted to know
			t.Errorf("logged %d lines:\n%s", lines, log.String())
		}
		if strings.Contains(log.String()+refused.Reason, amitest.Secret) {
			t.Error("the password was shown")
		}
	})
}

func TestAPBXThatIsBeingSetUpAnewIsAskedAFewTimesMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, cfg := unplugged(t, amitest.Options{})
		r := run(t, cfg)
		r.session(t)
		p.Lie(amitest.Lies{Refuse: true})
		p.Drop()
		time.Sleep(15 * time.Second)
		p.Lie(amitest.Lies{})
		r.session(t)

		p.Lie(amitest.Lies{Refuse: true})
		before := logins(p)
		p.Drop()
		time.Sleep(time.Minute)
		r.state(t, ami.Refused)
		time.Sleep(24 * time.Hour)
		if n := logins(p) - before; n != 3 {
			t.Errorf("tried %d times", n)
		}
	})
}

func TestAskingDoesNotDisturbASession(t *testing.T) {
	p := newPBX(t, amitest.Options{})
	r := run(t, configFor(p))
	s := r.session(t)
	r.Again()
	if _, err := s.Do(t.Context(), ami.NewAction("Ping")); err != nil {
		t.Error(err)
	}
	if got := r.Status(); got.State != ami.Working {
		t.Errorf("%+v", got)
	}
}

// service listens and does with each connection what serve says.
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

func TestWhatIsNoManagerIsCalledByItsName(t *testing.T) {
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
			refused := run(t, cfg).state(t, ami.Refused)
			if !strings.Contains(refused.Reason, c.want) || !strings.Contains(refused.Reason, c.address) {
				t.Errorf("it is told as %q; want %q", refused.Reason, c.want)
			}
		})
	}
}

func TestAPortThatHangsUpMayWantTLS(t *testing.T) {
	server, _ := certificate(t)
	cfg := configFor(newPBX(t, amitest.Options{TLS: server}))
	cfg.LoginTimeout = 200 * time.Millisecond
	r := run(t, cfg)
	r.state(t, ami.Connecting)
	if s := r.state(t, ami.Connecting); !strings.Contains(s.Reason, "`tls: true`") {
		t.Errorf("%+v", s)
	}
}

func TestACertificateThatProvesNothingIsNotTriedAgain(t *testing.T) {
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
			r := run(t, cfg)
			if c.want == "" {
				r.session(t)
				return
			}
			refused := r.state(t, ami.Refused)
			var cert *ami.CertificateError
			if !errors.As(refused.Err, &cert) || !strings.Contains(refused.Reason, c.want) {
				t.Errorf("%+v", refused)
			}
		})
	}
}
