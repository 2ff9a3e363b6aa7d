package signin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

const (
	elsewhere = "elsewhere:"

	// askedAtOnce is how many passwords are verified elsewhere at once.
	askedAtOnce = 16
	// rememberAnswer is how long an answer from elsewhere stands: the account may have been disabled.
	rememberAnswer = 10 * time.Minute
)

// Elsewhere verifies the passwords of accounts that the hub has no hash of, such as those of a
// directory server. Any goroutine may call it.
type Elsewhere interface {
	// Verify reports whether a password is right. credential is what Ask got. Errors are ErrAway,
	// *TooManyError and the context's.
	Verify(ctx context.Context, credential, password string) (fits bool, err error)
}

// Ask returns the Hash of an account whose password is verified elsewhere. credential names the
// account there, and changes with its password, as far as that is known: then sessions and tokens
// end.
func Ask(credential string) string { return elsewhere + credential }

// Asked reports whether a Hash is of Ask.
func Asked(hash string) bool { return strings.HasPrefix(hash, elsewhere) }

var (
	// ErrAway means that who knows the password does not answer.
	ErrAway = errors.New("the server that knows the password does not respond")
	// ErrUnclear means that the name is of several accounts, and that the password cannot select one
	// of them: trying it as each would lock the others out elsewhere.
	ErrUnclear = errors.New("several accounts have this name: a login is needed")
)

// SetElsewhere sets who verifies the accounts of Ask. Without it their passwords are wrong. Call it
// before the first sign-in.
func (g *Guard) SetElsewhere(e Elsewhere) { g.elsewhere = e }

func (a Account) isElsewhere() bool { return Asked(a.Hash) }

// unclear reports whether the password would have to be tried at several accounts, one of them
// elsewhere.
func unclear(candidates []Account) bool {
	return len(candidates) > 1 && slices.ContainsFunc(candidates, Account.isElsewhere)
}

// ask is fits for an account elsewhere. It holds no place for hashing.
func (g *Guard) ask(ctx context.Context, device bool, from, password string, c Account) (bool, error) {
	if g.elsewhere == nil {
		return false, nil
	}
	if err := g.asking.enter(ctx, device, from); err != nil {
		return false, err
	}
	defer g.asking.leave()
	return g.elsewhere.Verify(ctx, strings.TrimPrefix(c.Hash, elsewhere), password)
}
