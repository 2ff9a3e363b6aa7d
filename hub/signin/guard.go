// Package signin verifies passwords of agents and administrators and limits failed attempts. Tokens
// let devices that signed in before pass the limits, and a restarted hub trust verified passwords.
//
// Any goroutine may use a Guard. It does not hold its lock while it verifies a password.
package signin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/argon2id"
)

// Account may sign in.
type Account struct {
	Login string
	Hash  string // argon2id, in the PHC string format; or of Ask
	// names to sign in with: an agent's extensions, an administrator's login; accounts may share
	// names
	Names []string
}

// Attempt is one sign-in.
type Attempt struct {
	Address  string // of the client: host and port
	Name     string
	Login    string // selects an account of this name; empty: the password does
	Password string
	Device   string // the client's random name of itself; empty: it gets no token
	Token    string // that the device got at its last sign-in; empty: none
}

// Rules limit failed and concurrent attempts. Successful attempts are not limited, so that an
// office behind one address can reconnect at once.
//
// A device with a token is limited by its own failures only, as a Pair: nothing that others do
// locks it out. Name does not apply to the addresses from which an account of the name signed in
// lately.
type Rules struct {
	Address Limit // twice as much for an IPv6 /56, four times for a /48
	Pair    Limit // of a name from one address, or from an IPv6 /48
	Name    Limit // of a name from all addresses
	AtOnce  int   // concurrent verifications, each with tens of MiB of memory
}

// Limit allows Burst failures, then one more per Every.
type Limit struct {
	Every time.Duration
	Burst int
}

// ErrWrong means that no account matches.
var ErrWrong = errors.New("no account has this name and password")

// TooManyError means that the attempt was not verified because of earlier failures.
type TooManyError struct {
	Wait time.Duration // until the next attempt is allowed
}

func (e *TooManyError) Error() string { return fmt.Sprintf("too many sign-ins: wait %s", e.Wait) }

// AlikeError means that several accounts of the name have this password.
type AlikeError struct {
	Name   string
	Logins []string
}

func (e *AlikeError) Error() string {
	return fmt.Sprintf("%s have the same password on %s", strings.Join(e.Logins, " and "), e.Name)
}

// mostNetworks is of how many networks it is remembered that an account signed in from there.
const mostNetworks = 8

// Guard verifies attempts. Create it with New.
type Guard struct {
	Counter // of attempts

	rules     Rules
	failures  *limits // of strangers
	devices   *limits // of devices with a token
	queue     *queue  // limits concurrent verifications
	asking    *queue  // limits those elsewhere
	key       []byte
	elsewhere Elsewhere // may be nil
	compare   func(password, hash string) (fits bool, err error)
	verified  atomic.Int64

	mu       sync.Mutex
	accounts // replaced as a whole
	// proof of the last correct password by name and login, which makes reconnecting cheap
	right map[string]proof
	seen  map[string][]string // networks that an account signed in from, by id, latest first

	revoked map[string]Revocation // by key
}

// accounts are all accounts.
type accounts struct {
	byName  map[string][]Account
	most    int    // maximum of accounts per name
	decoy   string // a hash without a password, with the cost of the first account's hash
	version int
}

// New returns a guard without accounts. key is for tokens: KeyLength random bytes, the same after
// a restart. With nil no token outlives the guard.
func New(rules Rules, key []byte) *Guard {
	if len(key) == 0 {
		key = make([]byte, KeyLength)
		rand.Read(key) // never fails
	}
	return &Guard{
		rules: rules, failures: newLimits(), devices: newLimits(), queue: newQueue(rules.AtOnce),
		asking: newQueue(askedAtOnce), key: key,
		compare: argon2id.ComparePasswordAndHash, right: map[string]proof{}, seen: map[string][]string{},
		revoked: map[string]Revocation{},
	}
}

// SetAccounts replaces all accounts. It returns an error for a password that is not an argon2id
// hash; nothing changes then.
func (g *Guard) SetAccounts(list []Account) error {
	next, known := accounts{byName: map[string][]Account{}, most: 1}, make(map[string]bool, len(list))
	p := Cost()
	first := true
	for _, a := range list {
		if !a.isElsewhere() {
			params, err := decode(a.Hash)
			if err != nil {
				return fmt.Errorf("%q: %w", a.Login, err)
			}
			if first {
				p, first = params, false
			}
		}
		known[a.id()] = true
		for _, name := range a.Names {
			next.byName[name] = append(next.byName[name], a)
			next.most = max(next.most, len(next.byName[name]))
		}
	}
	noise := make([]byte, 16+p.KeyLength)
	rand.Read(noise)
	b64 := base64.RawStdEncoding
	next.decoy = fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Iterations, p.Parallelism,
		b64.EncodeToString(noise[:16]), b64.EncodeToString(noise[16:]))
	g.mu.Lock()
	defer g.mu.Unlock()
	next.version = g.version + 1
	g.accounts = next
	clear(g.right)
	maps.DeleteFunc(g.seen, func(account string, _ []string) bool { return !known[account] })
	return nil
}

// SignIn returns the grant of the account that matches the attempt. Errors are ErrWrong, ErrAway,
// ErrUnclear, *AlikeError, *TooManyError and the context's.
//
// Each verified hash takes tens of MiB and milliseconds. Without a login all accounts of the name
// are verified. A failed attempt takes as long as for the name with the most accounts, even for
// unknown names, so that its duration does not reveal which names exist.
func (g *Guard) SignIn(ctx context.Context, a Attempt) (Grant, error) {
	grant, err := g.signIn(ctx, a)
	g.Count(err)
	return grant, err
}

func (g *Guard) signIn(ctx context.Context, a Attempt) (Grant, error) {
	g.mu.Lock()
	now := g.accounts
	g.mu.Unlock()
	candidates := now.of(a)
	holder, t := g.holder(a, candidates)
	if holder < 0 {
		return g.signInStranger(ctx, a, candidates, now)
	}
	grant, err := g.signInDevice(ctx, a, now, holder, t)
	if err == nil {
		g.saw(grant.Account, a.Address, now.version)
	}
	if !errors.Is(err, ErrWrong) || len(candidates) == 1 {
		return grant, err
	}
	// Perhaps a colleague at this desktop.
	others := slices.Delete(slices.Clone(candidates), holder, holder+1)
	return g.signInStranger(ctx, a, others, now)
}

// signInDevice is SignIn of a device with the token t of the candidate holder.
func (g *Guard) signInDevice(ctx context.Context, a Attempt, now accounts, holder int, t token) (Grant, error) {
	candidates := now.of(a)
	account := candidates[holder]
	tries, wait := g.devices.try(limited{account.Login + "\x00" + a.Device, g.rules.Pair})
	if wait > 0 {
		return Grant{}, &TooManyError{wait}
	}
	failed := false
	defer func() { g.devices.tried(tries, failed) }()
	grant := g.grant(a, account, candidates)
	if account.isElsewhere() {
		if g.remembers(a, account) {
			return grant, nil
		}
		fits, err := g.ask(ctx, true, account.Login, a.Password, account)
		if err != nil {
			return Grant{}, err
		}
		if failed = !fits; failed {
			return Grant{}, ErrWrong
		}
		g.remember(a, account, now.version)
		return grant, nil
	}
	if g.resumes(t, grant) {
		grant.Issued = t.issued
		return grant, nil
	}
	if g.remembers(a, account) {
		return grant, nil
	}
	if err := g.queue.enter(ctx, true, account.Login); err != nil {
		return Grant{}, err
	}
	defer g.queue.leave()
	if failed = !g.fits(a.Password, account); failed {
		return Grant{}, ErrWrong
	}
	fit := []Account{account}
	for i, c := range candidates {
		if i != holder && !c.isElsewhere() && g.fits(a.Password, c) {
			fit = append(fit, c)
		}
	}
	if len(fit) > 1 {
		failed = true
		return Grant{}, alike(a.Name, fit)
	}
	g.remember(a, account, now.version)
	return grant, nil
}

// signInStranger is SignIn of a client without a token that counts.
func (g *Guard) signInStranger(ctx context.Context, a Attempt, candidates []Account, now accounts) (Grant, error) {
	tries, wait := g.failures.try(g.limits(a, candidates)...)
	if wait > 0 {
		return Grant{}, &TooManyError{wait}
	}
	failed := false
	defer func() { g.failures.tried(tries, failed) }()

	for _, c := range candidates {
		if g.remembers(a, c) {
			return g.grant(a, c, now.of(a)), nil
		}
	}
	if unclear(now.of(a)) {
		failed = true
		return Grant{}, ErrUnclear
	}
	if len(candidates) == 1 && candidates[0].isElsewhere() {
		account := candidates[0]
		fits, err := g.ask(ctx, false, Site(a.Address), a.Password, account)
		if err != nil {
			return Grant{}, err
		}
		if failed = !fits; failed {
			return Grant{}, ErrWrong
		}
		g.remember(a, account, now.version)
		g.saw(account, a.Address, now.version)
		return g.grant(a, account, candidates), nil
	}
	if err := g.queue.enter(ctx, false, Site(a.Address)); err != nil {
		return Grant{}, err
	}
	defer g.queue.leave()
	fit := g.verify(a, candidates, now)
	switch len(fit) {
	case 0:
		failed = true
		return Grant{}, ErrWrong
	case 1:
		g.remember(a, fit[0], now.version)
		g.saw(fit[0], a.Address, now.version)
		return g.grant(a, fit[0], now.of(a)), nil
	}
	failed = true // it can be repeated, and costs as much
	return Grant{}, alike(a.Name, fit)
}

// proof is of a right password.
type proof struct {
	code
	at time.Time
}

// remembers reports whether the password of an account was verified since the last change of
// accounts.
func (g *Guard) remembers(a Attempt, c Account) bool {
	sum := g.sum(c, a.Password)
	g.mu.Lock()
	defer g.mu.Unlock()
	kept, ok := g.right[a.place(c)]
	return ok && kept.code == sum && (!c.isElsewhere() || time.Since(kept.at) < rememberAnswer)
}

func (g *Guard) remember(a Attempt, c Account, version int) {
	sum := g.sum(c, a.Password)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.version == version {
		g.right[a.place(c)] = proof{sum, time.Now()}
	}
}

func alike(name string, fit []Account) error {
	e := &AlikeError{Name: name}
	for _, f := range fit {
		e.Logins = append(e.Logins, f.Login)
	}
	return e
}

// limits returns what limits an attempt without a token.
func (g *Guard) limits(a Attempt, candidates []Account) []limited {
	all := networks(a.Address)
	by := byAddress(g.rules.Address, a.Address)
	by = append(by, limited{"p " + all[len(all)-1] + " " + a.Name, g.rules.Pair})
	if !g.knows(candidates, all[0]) {
		by = append(by, limited{"x " + a.Name, g.rules.Name})
	}
	return by
}

// id names an account with its password.
func (a Account) id() string { return a.Login + "\x00" + a.Hash }

// knows reports whether one of the accounts signed in from a network lately.
func (g *Guard) knows(accounts []Account, network string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.ContainsFunc(accounts, func(c Account) bool { return slices.Contains(g.seen[c.id()], network) })
}

// saw remembers the network that an account signed in from.
func (g *Guard) saw(c Account, address string, version int) {
	network := networks(address)[0]
	g.mu.Lock()
	defer g.mu.Unlock()
	before := g.seen[c.id()]
	if g.version != version || len(before) > 0 && before[0] == network {
		return
	}
	now := append([]string{network}, slices.DeleteFunc(before, func(n string) bool { return n == network })...)
	g.seen[c.id()] = now[:min(len(now), mostNetworks)]
}

// of returns the accounts that may match an attempt.
func (l accounts) of(a Attempt) []Account {
	all := l.byName[a.Name]
	if a.Login == "" {
		return all
	}
	i := slices.IndexFunc(all, func(c Account) bool { return c.Login == a.Login })
	if i < 0 {
		return nil
	}
	return all[i : i+1]
}

// verify returns the candidates with this password. The cost of a failure does not depend on the
// candidates.
func (g *Guard) verify(a Attempt, candidates []Account, all accounts) (fit []Account) {
	for _, c := range candidates {
		if g.fits(a.Password, c) {
			fit = append(fit, c)
		}
	}
	if len(fit) > 0 {
		return fit
	}
	cost := all.most
	if a.Login != "" {
		cost = 1
	}
	for range cost - len(candidates) {
		g.fits(a.Password, Account{Hash: all.decoy})
	}
	return nil
}

// Verified returns how often a password was compared with a hash.
func (g *Guard) Verified() int64 { return g.verified.Load() }

func (g *Guard) fits(password string, c Account) bool {
	g.verified.Add(1)
	fits, err := g.compare(password, c.Hash)
	return err == nil && fits
}

// place is the key of a correct password in right. It differs with and without a login, since only
// without one all accounts of the name were verified.
func (a Attempt) place(c Account) string {
	if a.Login != "" {
		return "l " + c.Login
	}
	return "n " + a.Name + "\x00" + c.Login
}
