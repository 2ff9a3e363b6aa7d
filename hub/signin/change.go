package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Why a new password is refused.
var (
	ErrShort   = fmt.Errorf("a password needs at least %d characters", Shortest)
	ErrLong    = fmt.Errorf("a password has at most %d bytes", Longest)
	ErrControl = errors.New("a password has no line break or other control character")
	ErrSame    = errors.New("the new password is the current one")
)

// CheckNew checks what people choose as a password. Errors are ErrShort, ErrLong and ErrControl.
func CheckNew(password string) error {
	switch {
	case utf8.RuneCountInString(password) < Shortest:
		return ErrShort
	case len(password) > Longest:
		return ErrLong
	case strings.ContainsFunc(password, unicode.IsControl):
		return ErrControl
	}
	return nil
}

// Change verifies the password of an attempt with a login, and returns the hash of the next one, which
// the caller keeps. Errors are those of SignIn and of CheckNew, ErrSame, and *AlikeError if another
// account of one of the names has that password. The latter counts as a failed attempt, as an agent
// could find out the passwords of others by it.
func (g *Guard) Change(ctx context.Context, a Attempt, next string) (hash string, err error) {
	if err := CheckNew(next); err != nil {
		return "", err
	}
	grant, err := g.SignIn(ctx, a)
	if err != nil {
		return "", err
	}
	account := grant.Account
	switch {
	case account.isElsewhere():
		return "", fmt.Errorf("the hub does not keep the password of %s", account.Login)
	case next == a.Password:
		return "", ErrSame
	}
	tries, wait := g.devices.try(limited{"n " + account.Login, g.rules.Pair})
	if wait > 0 {
		return "", &TooManyError{wait}
	}
	failed := false
	defer func() { g.devices.tried(tries, failed) }()
	if err := g.queue.enter(ctx, true, account.Login); err != nil {
		return "", err
	}
	defer g.queue.leave()
	for _, other := range g.sharing(account) {
		if g.fits(next, other) {
			failed = true
			return "", alike(a.Name, []Account{account, other})
		}
	}
	return Hash(next)
}

// sharing returns the other accounts of the names of an account whose passwords the hub has.
func (g *Guard) sharing(account Account) (others []Account) {
	g.mu.Lock()
	now := g.accounts
	g.mu.Unlock()
	for _, name := range account.Names {
		for _, c := range now.byName[name] {
			if c.Login != account.Login && !c.isElsewhere() &&
				!slices.ContainsFunc(others, func(o Account) bool { return o.Login == c.Login }) {
				others = append(others, c)
			}
		}
	}
	return others
}

// Changed returns the grant of a device after Change, once the account has the new hash. a has the new
// password.
func (g *Guard) Changed(a Attempt, hash string) (grant Grant, ok bool) {
	g.mu.Lock()
	now := g.accounts
	g.mu.Unlock()
	candidates := now.of(a)
	i := slices.IndexFunc(candidates, func(c Account) bool { return c.Hash == hash })
	if i < 0 {
		return Grant{}, false
	}
	g.remember(a, candidates[i], now.version)
	g.saw(candidates[i], a.Address, now.version)
	return g.grant(a, candidates[i], candidates), true
}
