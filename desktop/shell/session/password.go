package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"traybell/desktop/client"
	"traybell/desktop/settings"
	"traybell/desktop/system"
	"traybell/desktop/ui/setup"
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
			hear(func() { s.passwords = setup.FromKeyring })
		case !errors.Is(err, system.ErrNoPassword):
			hear(func() { s.keyringFails = true; s.Log.Warn("keyring failed", "error", err) })
		}
		return p, err
	}
}

// tokenOf returns the functions with which the client reads and keeps the hub's token. It is kept
// where the password is: in the keyring, or else until the program ends.
func (s *Session) tokenOf(to settings.Effective) (read func(context.Context) string, keep func(string)) {
	last, saved := s.tokens[account(to)], s.secret == "" && s.Password == ""
	read = func(ctx context.Context) string {
		if last == "" && saved {
			last, _ = s.keyring.Password(ctx, tokenAccount(to)) // without a token the password is enough
		}
		return last
	}
	keep = func(token string) {
		s.Post(func() {
			s.tokens[account(to)] = token
			if s.passwords == setup.FromKeyring {
				s.saveToken(to, token)
			}
		})
	}
	return read, keep
}

// tokenAccount names an agent's token in the keyring.
func tokenAccount(to settings.Effective) string { return account(to) + " token" }

// saveToken saves a token in the keyring.
func (s *Session) saveToken(to settings.Effective, token string) {
	s.work.Go(func() {
		ctx, cancel := context.WithTimeout(s.Context, keepWithin)
		defer cancel()
		if err := s.keyring.Keep(ctx, tokenAccount(to), token); err != nil && s.Context.Err() == nil {
			s.Log.Info("sign-in token kept for this session only", "error", err)
		}
	})
}

// SetPassword sets a password that the agent has typed. Unless it is for this run only, it is
// stored in the keyring for that hub.
func (s *Session) SetPassword(password string, runOnly bool, to settings.Effective) {
	s.secret, s.Password, s.passwords = password, "", setup.FromSession
	s.typed.Store(&password)
	if runOnly {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(s.Context, keepWithin)
		defer cancel()
		err := s.keyring.Keep(ctx, account(to), password)
		if err == nil {
			s.Post(func() {
				s.passwords = setup.FromKeyring
				if token := s.tokens[account(to)]; token != "" {
					s.saveToken(to, token)
				}
			})
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
func (s *Session) PasswordFrom() setup.PasswordFrom {
	switch {
	case s.passwords == setup.FromKeyring:
		return setup.FromKeyring
	case s.secret != "":
		return setup.FromSession
	case s.Password != "":
		return setup.FromEnvironment
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
	known = slices.AppendSeq(known, maps.Values(s.tokens))
	return func() []string {
		ctx, cancel := context.WithTimeout(s.Context, secretsWithin)
		defer cancel()
		if password, err := s.keyring.Password(ctx, account(to)); err == nil {
			return append(known, password)
		}
		return known
	}
}
