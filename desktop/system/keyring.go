package system

import (
	"context"
	"errors"
	"fmt"

	"github.com/zalando/go-keyring"
)

// ErrNoPassword means that the keyring works but has no password for the account.
var ErrNoPassword = errors.New("no password saved")

// Keyring is the system's password store: the Secret Service on Linux, the Credential Manager on
// Windows, the Keychain on macOS. Errors other than ErrNoPassword mean that it is missing or
// locked; the agent may continue without it.
//
// The system may ask the agent to unlock it until the context ends.
type Keyring struct {
	Service string // name of the service: "traybell"
}

// Password returns the password of an account.
func (k Keyring) Password(ctx context.Context, account string) (string, error) {
	password, err := waited(ctx, func() (string, error) { return keyring.Get(k.Service, account) })
	if errors.Is(err, keyring.ErrNotFound) {
		return "", ErrNoPassword
	}
	return password, wrap(err)
}

// Keep saves or replaces the password of an account.
func (k Keyring) Keep(ctx context.Context, account, password string) error {
	_, err := waited(ctx, func() (string, error) { return "", keyring.Set(k.Service, account, password) })
	return wrap(err)
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("system keyring: %w", err)
}

// waited runs ask, which takes no context, and stops waiting when ctx ends. A late answer is
// dropped.
func waited(ctx context.Context, ask func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := ask()
		got <- answer{text, err}
	}()
	select {
	case a := <-got:
		return a.text, a.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
