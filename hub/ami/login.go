package ami

import (
	"context"
	"crypto/md5"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"traybell/hub/ami/wire"
)

// Connect connects and logs in. Events that arrive before, with or right behind the answer to the
// login are in the session's queue when it returns. It does not wait for FullyBooted, which
// Asterisk sends only to users with read=system. The caller closes the session; ctx only bounds the
// login.
func Connect(ctx context.Context, cfg Config) (*Session, error) {
	cfg = cfg.withDefaults()
	conn, err := dial(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s := newSession(cfg, conn)
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err = s.login()
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		if ctx.Err() != nil {
			err = fmt.Errorf("log in: %w", ctx.Err())
		}
		return nil, err
	}
	s.start()
	return s, nil
}

func dial(ctx context.Context, cfg Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, cfg.ConnectTimeout)
	defer cancel()
	conn, err := cfg.Dial(ctx, cfg.Address)
	if err != nil {
		return nil, fmt.Errorf("connect to the PBX at %s: %w", cfg.Address, &unreachedError{explained(err)})
	}
	if cfg.TLS == nil {
		return conn, nil
	}
	settings := cfg.TLS.Clone()
	if settings.ServerName == "" && !settings.InsecureSkipVerify {
		settings.ServerName, _, _ = net.SplitHostPort(cfg.Address)
	}
	secure := tls.Client(conn, settings)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("TLS with the PBX at %s: %w", cfg.Address, tlsError(settings.ServerName, err))
	}
	return secure, nil
}

// login runs before the reading goroutine starts and uses the same reader, so that no bytes after
// the answer are lost.
func (s *Session) login() error {
	_ = s.conn.SetReadDeadline(time.Now().Add(s.cfg.LoginTimeout / 2))
	silent := false
	s.in.conn = &nudged{Conn: s.conn, nudge: func() {
		silent = true
		// longer than the header of a TLS record; the next read shows whether the peer is there
		_, _ = s.conn.Write([]byte("\r\n\r\n\r\n\r\n"))
		_ = s.conn.SetReadDeadline(time.Now().Add(s.cfg.LoginTimeout / 2))
	}}
	banner, err := s.rd.Banner()
	s.in.conn = s.conn
	if err != nil {
		switch {
		case silent && errors.Is(err, io.EOF):
			return fmt.Errorf("%s sends no greeting and hangs up on plain text, like a port that expects TLS "+
				"(`tls: true`): %w", s.cfg.Address, err)
		case errors.Is(err, os.ErrDeadlineExceeded):
			return fmt.Errorf("%s accepts the connection but sends no greeting within %s: %w. Is this the port of "+
				"AMI, usually 5038?", s.cfg.Address, s.cfg.LoginTimeout, ErrStalled)
		}
		return s.loginError(err)
	}
	version, err := versionOf(banner)
	if err != nil {
		return fmt.Errorf("%s: %w", s.cfg.Address, err)
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(s.cfg.LoginTimeout))
	if tooOld(version) {
		return &UnsupportedError{Version: version}
	}
	s.version = version

	login := wire.NewAction("Login").With("Username", s.cfg.Username)
	if s.cfg.MD5 {
		reply, err := s.askDirectly(wire.NewAction("Challenge").With("AuthType", "MD5"))
		if err != nil {
			return err
		}
		digest := md5.Sum([]byte(reply.Get("Challenge") + s.cfg.Password))
		login = login.With("AuthType", "MD5").With("Key", hex.EncodeToString(digest[:]))
	} else {
		login = login.With("Secret", s.cfg.Password)
	}
	_, err = s.askDirectly(login.With("Events", s.cfg.mask()))
	return err
}

// askDirectly sends an action and reads up to its answer. It queues the events in between.
func (s *Session) askDirectly(a wire.Action) (wire.Message, error) {
	id := s.nextID()
	if err := s.write(a, id); err != nil {
		return wire.Message{}, err
	}
	for {
		m, err := s.rd.Next()
		if err != nil {
			return wire.Message{}, s.loginError(err)
		}
		switch answer := m.Response(); {
		case answer == "":
			if err := s.dispatch(m); err != nil {
				return wire.Message{}, err
			}
		case m.ActionID() != id && m.ActionID() != "":
			// not ours
		case answer == "Success":
			return m, nil
		default:
			return m, &LoginError{Username: s.cfg.Username, Answer: m.Get("Message")}
		}
	}
}

func (s *Session) loginError(err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("log in at %s: %w: no answer within %s", s.cfg.Address, ErrStalled, s.cfg.LoginTimeout)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the PBX at %s hung up during the login (its authlimit, or does it not permit this "+
			"address?): %w", s.cfg.Address, err)
	}
	return fmt.Errorf("log in at %s: %w", s.cfg.Address, err)
}

// versionOf returns the version behind the slash of a banner.
func versionOf(banner string) (string, error) {
	version, ok := strings.CutPrefix(banner, "Asterisk Call Manager/")
	if !ok {
		return "", &NotManagerError{Said: banner[:min(len(banner), 60)]}
	}
	return strings.TrimSpace(version), nil
}

// tooOld reports whether a manager version is that of Asterisk 11 (1.3) or older; Asterisk 12 has
// 2.0. A version that is not a number passes.
func tooOld(version string) bool {
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	return err == nil && n < 2
}
