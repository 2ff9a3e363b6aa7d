// Package session is the agent's session with the hub: the connection, sign-in and requests.
// Everything except Owner.AskTrust runs on the goroutine that owns the session.
package session

import (
	"cmp"
	"context"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"traybell/assets/translations"
	"traybell/desktop/client"
	"traybell/desktop/settings"
	"traybell/desktop/system"
	"traybell/desktop/ui/setup"
	"traybell/shared/protocol"
)

// awayAfter is how long the hub must be unreachable before Owner.Away is called.
const awayAfter = 3 * time.Second

// Owner receives events on its goroutine.
type Owner interface {
	Received(m protocol.Message)
	// Changed is called when the state or its Problem has changed.
	Changed()
	// Reconnected is called when the connection is back; lost is when it broke.
	Reconnected(lost time.Time)
	// Away is called when the hub is unreachable for a while.
	Away()
	// Refused is called, once per kind of problem, if the agent must act.
	Refused(p *client.Problem)
	// Trusted is called with the fingerprint of a certificate that the agent trusts.
	Trusted(fingerprint string)
	// KeyringFailed is called if the password will be forgotten at exit.
	KeyringFailed()
	// AskTrust asks the agent and waits. The client calls it on its goroutine.
	AskTrust(ctx context.Context, server, fingerprint string) bool
}

// Config configures a session.
type Config struct {
	Context  context.Context //nolint:containedctx // lifetime of the program
	Log      *slog.Logger
	Texts    *translations.Texts
	Post     func(func()) // runs a function on the owner's goroutine
	Version  string
	Plain    bool   // no TLS, for a hub on this computer
	Password string // from the environment
}

// Session is the connection and its password.
type Session struct {
	Config

	owner   Owner
	work    sync.WaitGroup
	keyring system.Keyring

	to     settings.Effective // settings of the connection
	status client.Status
	lost   time.Time // when the connection broke; zero while it works
	client *client.Client
	ctx    context.Context //nolint:containedctx // ends with client
	hangUp context.CancelCauseFunc
	number uint64 // of the connection: events of old ones are dropped
	asking bool   // the agent is asked about a certificate
	asked  map[client.Kind]bool

	secret       string                 // a password that the agent has typed
	typed        atomic.Pointer[string] // for the next sign-in, in place of the keyring's; nil or empty: none
	change       *change                // of the password, in progress
	tokens       map[string]string      // the hub's last ones, by account
	passwords    setup.PasswordFrom
	keyringFails bool
}

// New returns a session that is not connected.
func New(c Config, owner Owner) *Session {
	return &Session{
		Config: c, owner: owner, keyring: system.Keyring{Service: "traybell"},
		status: client.Status{State: client.Connecting}, hangUp: func(error) {}, tokens: map[string]string{},
	}
}

// Close ends the session, after its context has ended or from the owner's goroutine.
func (s *Session) Close() {
	s.hangUp(nil)
	s.work.Wait()
}

// Connect replaces the connection.
func (s *Session) Connect(to settings.Effective) {
	var why error
	if s.to.Server != "" && (to.Server != s.to.Server || to.Port != s.to.Port) {
		why = &client.MovedError{To: net.JoinHostPort(to.Server, strconv.Itoa(to.Port))}
	}
	s.hangUp(why)
	s.ctx, s.hangUp = context.WithCancelCause(s.Context)
	s.number++
	s.to, s.asking, s.asked = to, false, map[client.Kind]bool{}
	number := s.number
	post := func(f func()) {
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
	s.typed.Store(new(cmp.Or(s.secret, s.Password)))
	cfg := s.config(to, s.typed.Load)
	cfg.Desktop = to.Desktop
	cfg.Password = s.watchKeyring(cfg.Password, post)
	cfg.Token, cfg.KeepToken = s.tokenOf(to)
	cfg.Trust = func(ctx context.Context, fingerprint string, _ *x509.Certificate) bool {
		post(func() { s.asking = true; s.owner.Changed() })
		trusted := s.owner.AskTrust(ctx, to.Server, fingerprint)
		post(func() {
			if s.asking = false; trusted {
				s.owner.Trusted(fingerprint)
			}
			s.owner.Changed()
		})
		return trusted
	}
	c, ctx := client.New(cfg, handler{post, s}), s.ctx
	s.client = c
	s.statusIs(client.Status{State: client.Connecting})
	s.work.Go(func() {
		if err := c.Run(ctx); err != nil {
			s.Log.Warn("connection given up", "reason", err)
		}
	})
}

// config is the client's for a hub. Without a typed password it is read from the keyring.
func (s *Session) config(to settings.Effective, typed func() *string) client.Config {
	return client.Config{
		Server: to.Server, Port: to.Port, Plain: s.Plain, Extension: to.Extension,
		Fingerprint: to.Pin, Proxy: system.Proxy,
		Version: s.Version, OS: runtime.GOOS, Language: s.Texts.Language(), Log: s.Log,
		Password: func(ctx context.Context) (string, error) {
			if p := typed(); p != nil && *p != "" {
				return *p, nil
			}
			return s.keyring.Password(ctx, account(to))
		},
	}
}

// handler posts the events of a connection to the owner's goroutine.
type handler struct {
	post func(func())
	s    *Session
}

// Status is called by the client.
func (h handler) Status(st client.Status) { h.post(func() { h.s.statusIs(st) }) }

// Message is called by the client.
func (h handler) Message(m protocol.Message) { h.post(func() { h.s.owner.Received(m) }) }

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
	if s.changing(st) {
		return
	}
	if p := st.Problem; st.State == client.Refused && p != nil && !s.asked[p.Kind] {
		s.asked[p.Kind] = true
		s.owner.Refused(p)
	}
	s.owner.Changed()
}

// Files returns what fetches files of the hub, and its URL.
func (s *Session) Files() (*http.Client, *url.URL) {
	return client.Files(s.config(s.to, func() *string { return nil }))
}

// Working reports whether the agent is signed in.
func (s *Session) Working() bool { return s.status.State == client.Working }

// Undecided reports whether the agent is asked about a certificate.
func (s *Session) Undecided() bool { return s.asking }

// Probe tests a connection, with the current password if it is empty; the session continues. Done
// is called on another goroutine.
func (s *Session) Probe(to settings.Effective, password string, done func(protocol.OpenedSession, *client.Problem)) {
	password = cmp.Or(password, s.secret, s.Password)
	cfg := s.config(to, func() *string { return &password })
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
