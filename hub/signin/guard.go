// Package signin lets in who knows a password, and makes guessing slow: for the agents' desktops
// and for the administrators' browsers alike.
//
// A Guard may be used from any goroutine. Its lock is never held while a password is verified.
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

// Account is somebody who may sign in.
type Account struct {
	Login string
	Hash  string // argon2id, in the PHC string format
	// under which it signs in: an agent's extensions, an administrator's login. Several accounts
	// may have one name
	Names []string
}

// Attempt is a try to sign in.
type Attempt struct {
	Address  string // of who tries: host and port
	Name     string
	Login    string // which of the accounts of that name is meant; empty: the password tells
	Password string
}

// Rules say how often a sign-in may fail, and how many are looked at at once. Those that succeed
// cost nothing, so that an office behind one address can come back all at once. A pair of address
// and name has the narrowest limit and a name from anywhere a wider one: a stranger who guesses
// from one address does not lock anybody out.
type Rules struct {
	Address Limit
	Pair    Limit
	Name    Limit
	AtOnce  int // passwords verified at once, each tens of MiB of memory
}

// Limit is a number of failures, and how often one more is allowed after them.
type Limit struct {
	Every time.Duration
	Burst int
}

// ErrWrong is an attempt that fits no account.
var ErrWrong = errors.New("no account has this name and password")

// TooManyError is an attempt that nobody looked at, because there were too many before it.
type TooManyError struct {
	Wait time.Duration // before which another is of no use
}

func (e *TooManyError) Error() string { return fmt.Sprintf("too many sign-ins: wait %s", e.Wait) }

// AlikeError is an attempt with a password that several accounts of its name have, so that it does
// not tell who it is.
type AlikeError struct {
	Name   string
	Logins []string
}

func (e *AlikeError) Error() string {
	return fmt.Sprintf("%s have the same password on %s", strings.Join(e.Logins, " and "), e.Name)
}

const waitingSignIns = 64 // that wait for a place to verify in

// Guard decides who may sign in. Make it with New.
type Guard struct {
	limits  limits
	places  chan struct{} // one for each attempt whose password is being verified
	waiting atomic.Int32
	key     [32]byte // of the sums below; never leaves the process
	compare func(password, hash string) (fits bool, err error)

	mu       sync.Mutex
	accounts // replaced whole
	// by name and login: the sum of the password that was right last, so that coming back is cheap
	right map[string][32]byte
}

// accounts are all that may sign in.
type accounts struct {
	byName  map[string][]Account
	most    int    // how many share a name
	decoy   string // a hash that no password fits, as costly as the accounts' own
	version int
}

// New makes a guard that lets nobody in yet.
func New(rules Rules) *Guard {
	g := &Guard{
		limits: newLimits(rules), places: make(chan struct{}, max(1, rules.AtOnce)), right: map[string][32]byte{},
		compare: argon2id.ComparePasswordAndHash,
	}
	rand.Read(g.key[:]) // never fails
	return g
}

// SetAccounts replaces all accounts; it changes nothing when it fails, as it does for a password
// that is no argon2id hash.
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
			return fmt.Errorf("%q: the password is no argon2id hash (make one with traybell-hub passwd): %w", a.Login,
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

// SignIn finds the account of that name (and login, where one is given) whose password this is.
// Errors are ErrWrong, *AlikeError, *TooManyError and the context's.
//
// Verifying costs what the hashes say, tens of MiB and of milliseconds each. Where the password
// alone tells who of several it is, all of them are verified. An attempt that fails costs as much
// as the longest such list, for an unknown name as well: how long it takes tells nobody which names
// there are.
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

// of returns the accounts that an attempt may mean.
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

// verify returns the candidates whose password it is. Where there is none it has cost what it
// always costs.
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

// place is where a password that was right is remembered. One that was right beside a login says
// nothing of who comes without.
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
