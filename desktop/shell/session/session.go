// Package session is the agent's session with the hub: the connection, signing in and what is asked
// over it. Everything but the Owner's AskTrust runs on the goroutine that owns the session.
package session

import (
	"cmp"
	"context"
	"crypto/x509"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/client"
	"traybell/desktop/platform"
	"traybell/desktop/settings"
	"traybell/desktop/ui"
	"traybell/shared/protocol"
)

// awayAfter is how long the hub may be away before the Owner hears of it.
const awayAfter = 10 * time.Second

// Owner hears what happens, on its own goroutine.
type Owner interface {
	Received(m protocol.Message)
	// Changed means that the state differs, and with it Problem.
	Changed()
	// Reconnected comes when the connection is back; lost is when it broke.
	Reconnected(lost time.Time)
	// Away comes once the hub is away for a while.
	Away()
	// Refused comes, once for each kind of problem, when the agent has to do something.
	Refused(p *client.Problem)
	// Trusted carries the fingerprint of a certificate that the agent trusts.
	Trusted(fingerprint string)
	// KeyringFailed says that the password is forgotten at exit.
	KeyringFailed()
	// AskTrust asks the agent and waits. The client calls it, on its goroutine.
	AskTrust(ctx context.Context, server, fingerprint string) bool
}

// Config is what a session needs.
type Config struct {
	Context  context.Context //nolint:containedctx // the life of the program
	Log      *slog.Logger
	Texts    *translations.Texts
	Post     func(func()) // runs a function on the owner's goroutine
	Version  string
	Plain    bool   // no TLS, for a hub on this computer
	Password string // from the environment
}

// Session is the one connection, and the password for it.
type Session struct {
	Config

	owner   Owner
	work    sync.WaitGroup
	keyring platform.Keyring

	to     settings.Effective // what the connection was made with
	status client.Status
	lost   time.Time // when the connection broke; zero while it works
	client *client.Client
	ctx    context.Context //nolint:containedctx // lasts as long as client is the one
	hangUp context.CancelFunc
	number uint64 // of the connection: an old one is not heard any more
	asking bool   // the agent is asked about a certificate
	asked  map[client.Kind]bool

	secret       string // a password that the agent has typed
	passwords    ui.PasswordFrom
	keyringFails bool
}

// New returns a session that is not connected.
func New(c Config, owner Owner) *Session {
	return &Session{
		Config: c, owner: owner, keyring: platform.Keyring{Service: "traybell"},
		status: client.Status{State: client.Connecting}, hangUp: func() {},
	}
}

// Close ends the session, after its context has ended or from the owner's goroutine.
func (s *Session) Close() {
	s.hangUp()
	s.work.Wait()
}

// Connect makes a connection in place of the one there is.
func (s *Session) Connect(to settings.Effective) {
	s.hangUp()
	s.ctx, s.hangUp = context.WithCancel(s.Context)
	s.number++
	s.to, s.asking, s.asked = to, false, map[client.Kind]bool{}
	number := s.number
	hear := func(f func()) {
		s.Post(func() {
			if number == s.number {
				f()
			}
		})
	}
	if to.Server == "" || to.Extension == "" {
		s.statusIs(client.Status{
			State: client.Refused, Problem: &client.Problem{Kind: client.SettingsIncomplete, Final: true},
		})
		return
	}
	cfg := s.config(to, cmp.Or(s.secret, s.Password))
	cfg.Desktop = to.Desktop
	cfg.Password = s.watchKeyring(cfg.Password, hear)
	cfg.Trust = func(ctx context.Context, fingerprint string, _ *x509.Certificate) bool {
		hear(func() { s.asking = true; s.owner.Changed() })
		trusted := s.owner.AskTrust(ctx, to.Server, fingerprint)
		hear(func() {
			if s.asking = false; trusted {
				s.owner.Trusted(fingerprint)
			}
			s.owner.Changed()
		})
		return trusted
	}
	c, ctx := client.New(cfg, handler{hear, s}), s.ctx
	s.client = c
	s.statusIs(client.Status{State: client.Connecting})
	s.work.Go(func() {
		if err := c.Run(ctx); err != nil {
			s.Log.Warn("connection given up", "reason", err)
		}
	})
}

// config is the client's for a hub. Without a password the keyring is asked for it.
func (s *Session) config(to settings.Effective, password string) client.Config {
	return client.Config{
		Server: to.Server, Port: to.Port, Plain: s.Plain, Extension: to.Extension,
		Fingerprint: to.Pin, Proxy: platform.Proxy,
		Version: s.Version, OS: runtime.GOOS, Language: s.Texts.Language(), Log: s.Log,
		Password: func(ctx context.Context) (string, error) {
			if password != "" {
				return password, nil
			}
			return s.keyring.Password(ctx, account(to))
		},
	}
}

// handler passes on what a connection says to the owner's goroutine.
type handler struct {
	hear func(func())
	s    *Session
}

// Status is called by the client.
func (h handler) Status(st client.Status) { h.hear(func() { h.s.statusIs(st) }) }

// Message is called by the client.
func (h handler) Message(m protocol.Message) { h.hear(func() { h.s.owner.Received(m) }) }

func (s *Session) statusIs(st client.Status) {
	s.status = st
	switch {
	case st.State == client.Working:
		if !s.lost.IsZero() {
			s.owner.Reconnected(s.lost)
		}
		s.lost, s.asked, s.keyringFails = time.Time{}, map[client.Kind]bool{}, false
	case st.Problem != nil && s.lost.IsZero():
		s.lost = time.Now()
		number := s.number
		time.AfterFunc(awayAfter, func() {
			s.Post(func() {
				if number == s.number && !s.lost.IsZero() && s.status.State != client.Refused {
					s.owner.Away()
				}
			})
		})
	}
	if p := st.Problem; st.State == client.Refused && p != nil && !s.asked[p.Kind] {
		s.asked[p.Kind] = true
		s.owner.Refused(p)
	}
	s.owner.Changed()
}

// Working tells whether the agent is signed in.
func (s *Session) Working() bool { return s.status.State == client.Working }

// Undecided tells whether the agent is asked about a certificate.
func (s *Session) Undecided() bool { return s.asking }

// Probe tries a connection, with the password in use if it is empty, while the session goes on.
// Done is called on another goroutine.
func (s *Session) Probe(to settings.Effective, password string, done func(protocol.OpenedSession, *client.Problem)) {
	cfg := s.config(to, cmp.Or(password, s.secret, s.Password))
	s.work.Go(func() {
		opened, p := client.Probe(s.Context, cfg)
		if s.Context.Err() != nil {
			return
		}
		if p != nil {
			s.Log.Info("connection test failed", "problem", p.Kind, "text", p.Text, "error", p.Err)
		}
		done(opened, p)
	})
}
