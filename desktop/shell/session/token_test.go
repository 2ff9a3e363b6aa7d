package session

import (
	"errors"
	"testing"

	"traybell/desktop/settings"
	"traybell/desktop/system"
	"traybell/desktop/ui/setup"

	"github.com/zalando/go-keyring"
)

// The hub's token is kept where the password is, and never in a support archive.
func TestTokenIsKeptWhereThePasswordIs(t *testing.T) {
	keyring.MockInit()
	to := settings.Effective{}
	to.Server, to.Port, to.Extension = "hub", 11010, "101"
	saved := func(s *Session) (string, bool) {
		token, err := s.keyring.Password(t.Context(), tokenAccount(to))
		return token, !errors.Is(err, system.ErrNoPassword)
	}

	s := newSession(t, &owner{})
	s.SetPassword("typed for this run", true, to)
	_, keep := s.tokenOf(to)
	keep("in memory")
	if read, _ := s.tokenOf(to); read(t.Context()) != "in memory" {
		t.Error("the token of this run is lost")
	}
	if token, ok := saved(s); ok {
		t.Errorf("saved without the password: %q", token)
	}
	if secrets := s.Secrets()(); len(secrets) < 3 || secrets[2] != "in memory" {
		t.Errorf("not removed from support archives: %q", secrets)
	}

	s = newSession(t, &owner{})
	s.Password, s.passwords = "", setup.FromKeyring
	_, keep = s.tokenOf(to)
	keep("in the keyring")
	s.Close() // waits
	if token, _ := saved(s); token != "in the keyring" {
		t.Errorf("saved %q", token)
	}
	next := newSession(t, &owner{})
	next.Password = ""
	if read, _ := next.tokenOf(to); read(t.Context()) != "in the keyring" {
		t.Error("the next run of the program has no token")
	}
	other := to
	other.Extension = "102"
	if read, _ := next.tokenOf(other); read(t.Context()) != "" {
		t.Error("the token of another extension")
	}
}
