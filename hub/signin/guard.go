// Package signin verifies passwords of agents and administrators and limits failed attempts.
//
// Any goroutine may use a Guard. It does not hold its lock while it verifies a password.
package signin

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
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
	Hash  string // argon2id, in the PHC string format
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
}

// Rules limit failed and concurrent attempts. Successful attempts are not limited, so that an
// office behind one address can reconnect at once. The limit per address and name is stricter than
// the limit per name: guessing from one address does not lock out the account.
type Rules struct {
	Address Limit
	Pair    Limit
	Name    Limit
	AtOnce  int // concurrent verifications, each with tens of MiB of memory
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

const waitingSignIns = 64 // maximum of attempts waiting for verification

// Guard verifies attempts. Create it with New.
type Guard struct {
	limits  limits
	places  chan struct{} // limits concurrent verifications
	waiting atomic.Int32
	key     [32]byte // for the sums in right
	compare func(password, hash string) (fits bool, err error)

	mu       sync.Mutex
	accounts // replaced as a whole
	// HMAC of the last correct password by name and login, which makes reconnecting cheap
	right map[string][32]byte
}

// accounts are all accounts.
type accounts struct {
	byName  map[string][]Account
	most    int    // maximum of accounts per name
	decoy   string // a hash without a password, with the cost of the first account's hash
	version int
}

// New returns a guard without accounts.
func New(rules Rules) *Guard {
	g := &Guard{
		limits: newLimits(rules), places: make(chan struct{}, max(1, rules.AtOnce)), right: map[string][32]byte{},
		compare: argon2id.ComparePasswordAndHash,
	}
	rand.Read(g.key[:]) // never fails
	return g
}

// SetAccounts replaces all accounts. It returns an error for a password that is not an argon2id
// hash; nothing changes then.
func (g *Guard) SetAccounts(list []Account) error {
	next := accounts{byName: map[string][]Account{}, most: 1}
	p := Cost()
	for i, a := range list {
		params, _, _, err := argon2id.DecodeHash(a.Hash)
		if err == nil && (params.Iterations < 1 || params.Parallelism < 1 || params.KeyLength < 16) {
			err = fmt.Errorf("t=%d, p=%d and a key of %d bytes are too weak", params.Iterations, params.Parallelism,
				params.KeyLength)
		}
		if err != nil {
			return fmt.Errorf("%q: the password is not an argon2id hash (run traybell-hub passwd): %w", a.Login,
				err)
		}
		if i == 0 {
			p = params
		}
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
	return nil
}

// SignIn returns the account that matches the attempt. Errors are ErrWrong, *AlikeError,
// *TooManyError and the context's.
//
// Each verified hash takes tens of MiB and milliseconds. Without a login all accounts of the name
// are verified. A failed attempt takes as long as for the name with the most accounts, even for
// unknown names, so that its duration does not reveal which names exist.
func (g *Guard) SignIn(ctx context.Context, a Attempt) (Account, error) {
	host := Network(a.Address)
	tries, wait := g.limits.try("a "+host, "x "+a.Name, "p "+host+" "+a.Name)
	if wait > 0 {
		return Account{}, &TooManyError{wait}
	}
	failed := false
	defer func() { g.limits.tried(tries, failed) }()

	g.mu.Lock()
	now := g.accounts
	candidates := now.of(a)
	for _, c := range candidates {
		if sum, kept := g.right[a.place(c)]; kept && sum == g.sum(c, a.Password) {
			g.mu.Unlock()
			return c, nil
		}
	}
	g.mu.Unlock()

	if g.waiting.Add(1) > waitingSignIns {
		g.waiting.Add(-1)
		return Account{}, &TooManyError{5 * time.Second}
	}
	select {
	case g.places <- struct{}{}:
		g.waiting.Add(-1)
		defer func() { <-g.places }()
	case <-ctx.Done():
		g.waiting.Add(-1)
		return Account{}, ctx.Err()
	}
	fit := g.verify(a, candidates, now)
	switch len(fit) {
	case 0:
		failed = true
		return Account{}, ErrWrong
	case 1:
		g.mu.Lock()
		if g.version == now.version {
			g.right[a.place(fit[0])] = g.sum(fit[0], a.Password)
		}
		g.mu.Unlock()
		return fit[0], nil
	}
	alike := &AlikeError{Name: a.Name}
	for _, f := range fit {
		alike.Logins = append(alike.Logins, f.Login)
	}
	return Account{}, alike
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
		if fits, err := g.compare(a.Password, c.Hash); err == nil && fits {
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
		_, _ = g.compare(a.Password, all.decoy)
	}
	return nil
}

// place is the key of a correct password in right. It differs with and without a login, since only
// without one all accounts of the name were verified.
func (a Attempt) place(c Account) string {
	if a.Login != "" {
		return "l " + c.Login
	}
	return "n " + a.Name + "\x00" + c.Login
}

func (g *Guard) sum(c Account, password string) (sum [32]byte) {
	h := hmac.New(sha256.New, g.key[:])
	h.Write([]byte(c.Hash))
	h.Write([]byte{0})
	h.Write([]byte(password))
	h.Sum(sum[:0])
	return sum
}
