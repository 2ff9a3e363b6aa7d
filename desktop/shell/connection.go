package shell

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"runtime"
	"time"

	"traybell/desktop/client"
	"traybell/desktop/model"
	"traybell/desktop/platform"
	"traybell/desktop/settings"
	"traybell/desktop/ui"
	"traybell/shared/protocol"
)

// awayAfter is how long the hub may be gone before a card says so; the tray says it at once.
const awayAfter = 10 * time.Second

// connect begins a connection with the settings as they are, in place of the one there was.
func (s *shell) connect() {
	if s.hangUp != nil {
		s.hangUp()
	}
	force := s.inForce()
	ctx, hangUp := context.WithCancel(s.ctx)
	s.onLine, s.hangUp = ctx, hangUp
	s.session++
	s.asking = false
	number := s.session
	hear := func(f func()) {
		s.post(func() {
			if number == s.session {
				f()
			}
		})
	}
	if force.Server == "" || force.Extension == "" {
		s.statusIs(client.Status{
			State: client.Refused, Problem: &client.Problem{Kind: client.SettingsIncomplete, Final: true},
		})
		return
	}
	secret := cmp.Or(s.secret, s.opts.Password)
	cfg := s.toHub(force, secret)
	cfg.Desktop = force.Desktop
	if secret == "" {
		fromKeyring := cfg.Password
		cfg.Password = func(ctx context.Context) (string, error) {
			password, err := fromKeyring(ctx)
			switch {
			case err == nil:
				hear(func() { s.passwords = ui.FromKeyring })
			case !errors.Is(err, platform.ErrNoPassword):
				hear(func() { s.keyringFails = err; s.log.Warn("the keyring", "error", err) })
			}
			return password, err
		}
	}
	cfg.Trust = func(ctx context.Context, fingerprint string, _ *x509.Certificate) bool {
		hear(func() { s.asking = true; s.refresh() })
		trusted := s.askTrust(ctx, force.Server, fingerprint)
		hear(func() {
			if s.asking = false; trusted {
				s.pin(fingerprint)
			}
			s.refresh()
		})
		return trusted
	}
	c := client.New(cfg, handler{hear: hear, s: s})
	s.signedIn = c
	s.statusIs(client.Status{State: client.Connecting})
	s.work.Go(func() {
		if err := c.Run(ctx); err != nil {
			s.log.Warn("the connection was given up", "reason", err)
		}
	})
}

// toHub is what a connection by these settings needs. Without a secret the password is the
// keyring's.
func (s *shell) toHub(force settings.Effective, secret string) client.Config {
	return client.Config{
		Server: force.Server, Port: force.Port, Plain: s.opts.Plain, Extension: force.Extension,
		Fingerprint: force.Pin, Proxy: platform.Proxy,
		Version: s.opts.Version, OS: runtime.GOOS, Language: s.texts.Language(), Log: s.log,
		Password: func(ctx context.Context) (string, error) {
			if secret != "" {
				return secret, nil
			}
			return s.keyring.Password(ctx, account(force))
		},
	}
}

// account names an agent's password in the keyring.
func account(f settings.Effective) string {
	return fmt.Sprintf("%s@%s:%d", f.Extension, f.Server, f.Port)
}

// handler passes on what a connection says to the shell's goroutine.
type handler struct {
	hear func(func())
	s    *shell
}

// Status is called by the client.
func (h handler) Status(st client.Status) { h.hear(func() { h.s.statusIs(st) }) }

// Message is called by the client.
func (h handler) Message(m protocol.Message) { h.hear(func() { h.s.message(m) }) }

func (s *shell) message(m protocol.Message) {
	event, err := model.Decode(m)
	if err != nil {
		s.log.Warn("cannot read message from hub", "name", m.Name, "error", err)
		return
	}
	if event == nil {
		return
	}
	s.terminal.Apply(event, time.Now())
	switch e := event.(type) {
	case model.SessionOpened:
		s.settingsChanged()
		s.askMissed()
		s.askShownCalls()
	case model.SettingsChanged:
		s.settingsChanged()
	case model.BlockChanged:
		s.noteBlocked(e.BlockedCaller)
	case model.CallMissed:
		s.callEnded(protocol.Call{Missed: true})
	case model.CallChanged:
		if e.State == protocol.Ended {
			s.callEnded(e.Call)
		}
	}
	s.refresh()
}

func (s *shell) statusIs(st client.Status) {
	s.status = st
	switch {
	case st.State == client.Working:
		if !s.lost.IsZero() {
			s.missed.connectedAgain(s.lost)
		}
		s.lost, s.asked, s.keyringFails = time.Time{}, map[client.Kind]bool{}, nil
	case st.Problem != nil && s.lost.IsZero():
		s.lost = time.Now()
		number := s.session
		time.AfterFunc(awayAfter, func() {
			s.post(func() {
				if number == s.session && !s.lost.IsZero() && s.status.State != client.Refused && s.terminal.Hub() != "" {
					s.terminal.HubAway(s.tooltip(), time.Now())
					s.refresh()
				}
			})
		})
	}
	if st.State == client.Refused {
		s.refused(st.Problem)
	}
	s.refresh()
}

// refused opens, once, the window that can mend it.
func (s *shell) refused(p *client.Problem) {
	if p == nil || s.asked[p.Kind] {
		return
	}
	s.asked[p.Kind] = true
	switch p.Kind {
	case client.SettingsIncomplete, client.PasswordMissing, client.PasswordWrong:
		s.loop.Do(func() {
			if !s.windows.Shown(joinWindow) { // which mends it too
				s.openSettings(false)
			}
		})
	case client.CertificateChanged:
		force := s.inForce()
		server, old, now := force.Server, force.Pin, p.Fingerprint
		s.loop.Do(func() { s.openDistrust(server, old, now) })
	}
	if s.terminal.Hub() != "" || p.Kind != client.SettingsIncomplete {
		s.terminal.HubAway(s.tooltip(), time.Now())
	}
}
