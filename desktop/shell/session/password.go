package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"traybell/desktop/client"
	"traybell/desktop/platform"
	"traybell/desktop/settings"
	"traybell/desktop/ui"
)

const (
	keepWithin = time.Minute // the keyring may ask the agent to unlock it
	// secretsWithin is how long Secrets waits for the keyring. From a locked keyring the program
	// has no password that could be in the log.
	secretsWithin = 10 * time.Second
)

// account names an agent's password in the keyring.
func account(to settings.Effective) string {
	return fmt.Sprintf("%s@%s:%d", to.Extension, to.Server, to.Port)
}

// watchKeyring records whether the keyring has the password.
func (s *Session) watchKeyring(password func(context.Context) (string, error), hear func(func()),
) func(context.Context) (string, error) {
	if s.secret != "" || s.Password != "" {
		return password
	}
	return func(ctx context.Context) (string, error) {
		p, err := password(ctx)
		switch {
		case err == nil:
			hear(func() { s.passwords = ui.FromKeyring })
		case !errors.Is(err, platform.ErrNoPassword):
			hear(func() { s.keyringFails = true; s.Log.Warn("keyring failed", "error", err) })
		}
		return p, err
	}
}

// SetPassword sets a password that the agent has typed. Unless it is for this run only, it is
// stored in the keyring for that hub.
func (s *Session) SetPassword(password string, runOnly bool, to settings.Effective) {
	s.secret, s.Password, s.passwords = password, "", ui.FromSession
	if runOnly {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(s.Context, keepWithin)
		defer cancel()
		err := s.keyring.Keep(ctx, account(to), password)
		if err == nil {
			s.Post(func() { s.passwords = ui.FromKeyring })
			return
		}
		if s.Context.Err() != nil {
			return
		}
		s.Log.Warn("password kept for this session only", "error", err)
		s.Post(func() {
			s.keyringFails = true
			s.owner.KeyringFailed()
		})
	}()
}

// PasswordFrom is the source of the current password, if known.
func (s *Session) PasswordFrom() ui.PasswordFrom {
	switch {
	case s.passwords == ui.FromKeyring:
		return ui.FromKeyring
	case s.secret != "":
		return ui.FromSession
	case s.Password != "":
		return ui.FromEnvironment
	}
	return ""
}

// PasswordFails reports whether the password is missing or wrong.
func (s *Session) PasswordFails() bool {
	p := s.status.Problem
	return p != nil && (p.Kind == client.PasswordMissing || p.Kind == client.PasswordWrong)
}

// KeyringFails reports whether the keyring cannot be used.
func (s *Session) KeyringFails() bool { return s.keyringFails }

// Secrets returns a function that finds all current passwords. It may wait for the keyring and runs
// on any goroutine.
func (s *Session) Secrets() func() []string {
	known, to := []string{s.secret, s.Password}, s.to
	return func() []string {
		ctx, cancel := context.WithTimeout(s.Context, secretsWithin)
		defer cancel()
		if password, err := s.keyring.Password(ctx, account(to)); err == nil {
			return append(known, password)
		}
		return known
	}
}
