package agents

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/time/rate"

	"traybell/hub/desk"
)

// How often a sign-in may fail. Those that succeed cost nothing, so that an office behind one address can come back all at once. A pair of
// address and extension has the narrowest limit and an extension from anywhere a wider one: a stranger who guesses from one address does
// not lock the agent out.
const (
	addressEvery, addressBurst     = time.Second, 60
	pairEvery, pairBurst           = 6 * time.Second, 10
	extensionEvery, extensionBurst = time.Second, 50

	waitingSignIns = 64     // that wait for a place to verify in
	mostLimits     = 10_000 // kept; beyond it, newcomers share one
)

// gate decides who may sign in. It may be used from any goroutine.
type gate struct {
	places  chan struct{} // one for each password that is being verified
	waiting atomic.Int32
	key     [32]byte // of the sums below; never leaves the process

	mu     sync.Mutex
	byExt  map[string][]desk.Agent
	decoy  string              // a hash that no password fits, as costly as the agents' own
	right  map[string][32]byte // by login: the sum of the hash and the password that was right last, so that coming back is cheap
	limits map[string]*limit
}

// limit counts failures. Attempts that are under way count as failed until it is known.
type limit struct {
	rate  *rate.Limiter
	tries int
}

func newGate(places int) *gate {
	g := &gate{places: make(chan struct{}, places), limits: map[string]*limit{}, right: map[string][32]byte{}}
	rand.Read(g.key[:]) // never fails
	return g
}

// setAgents replaces the agents; it changes nothing when it fails.
func (g *gate) setAgents(list []desk.Agent) error {
	p := cost()
	byExt := map[string][]desk.Agent{}
	for i, a := range list {
		params, _, _, err := argon2id.DecodeHash(a.Password)
		if err == nil && (params.Iterations < 1 || params.Parallelism < 1 || params.KeyLength < 16) {
			err = fmt.Errorf("t=%d, p=%d and a key of %d bytes are too weak", params.Iterations, params.Parallelism, params.KeyLength)
		}
		if err != nil {
			return fmt.Errorf("agent %s: the password is no argon2id hash (make one with traybell-hub passwd): %w", a.Login, err)
		}
		if i == 0 {
			p = params
		}
		for _, x := range a.Extensions {
			byExt[x] = append(byExt[x], a)
		}
	}
	noise := make([]byte, 16+p.KeyLength)
	rand.Read(noise)
	b64 := base64.RawStdEncoding
	decoy := fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Iterations, p.Parallelism, b64.EncodeToString(noise[:16]), b64.EncodeToString(noise[16:]))
	g.mu.Lock()
	defer g.mu.Unlock()
	g.byExt, g.decoy = byExt, decoy
	clear(g.right)
	return nil
}

// signIn finds the agent of an extension whose password this is. ok is false where there is none. A wait above zero means that nobody
// looked: there were too many tries. Verifying costs what the hash says, tens of MiB and of milliseconds, for an unknown extension as
// well.
func (g *gate) signIn(address, extension, password string) (agent desk.Agent, ok bool, wait time.Duration) {
	host := network(address)
	keys := []string{"a " + host, "x " + extension, "p " + host + " " + extension}
	limits, wait := g.try(keys)
	if wait > 0 {
		return desk.Agent{}, false, wait
	}
	known := true
	defer func() { g.tried(limits, known && !ok) }()

	g.mu.Lock()
	candidates, decoy := g.byExt[extension], g.decoy
	for _, a := range candidates {
		if sum, kept := g.right[a.Login]; kept && sum == g.sum(a, password) {
			g.mu.Unlock()
			return a, true, 0
		}
	}
	g.mu.Unlock()

	if g.waiting.Add(1) > waitingSignIns {
		g.waiting.Add(-1)
		known = false
		return desk.Agent{}, false, 5 * time.Second
	}
	g.places <- struct{}{}
	g.waiting.Add(-1)
	defer func() { <-g.places }()
	if len(candidates) == 0 {
		_, _ = argon2id.ComparePasswordAndHash(password, decoy)
		return desk.Agent{}, false, 0
	}
	for _, a := range candidates {
		if fits, err := argon2id.ComparePasswordAndHash(password, a.Password); err == nil && fits {
			g.mu.Lock()
			g.right[a.Login] = g.sum(a, password)
			g.mu.Unlock()
			return a, true, 0
		}
	}
	return desk.Agent{}, false, 0
}

func (g *gate) sum(a desk.Agent, password string) (sum [32]byte) {
	h := hmac.New(sha256.New, g.key[:])
	h.Write([]byte(a.Password))
	h.Write([]byte{0})
	h.Write([]byte(password))
	h.Sum(sum[:0])
	return sum
}

// try asks all limits and counts an attempt in each, or in none.
func (g *gate) try(keys []string) (limits []*limit, wait time.Duration) {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, k := range keys {
		l := g.limit(k)
		limits = append(limits, l)
		if short := float64(l.tries+1) - l.rate.TokensAt(now); short > 0 {
			wait = max(wait, time.Duration(math.Ceil(short/float64(l.rate.Limit())))*time.Second)
		}
	}
	if wait == 0 {
		for _, l := range limits {
			l.tries++
		}
	}
	return limits, wait
}

func (g *gate) tried(limits []*limit, failed bool) {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, l := range limits {
		l.tries--
		if failed {
			l.rate.AllowN(now, 1)
		}
	}
}

// limit returns the limit of a key that begins with a, x or p.
func (g *gate) limit(key string) *limit {
	if l := g.limits[key]; l != nil {
		return l
	}
	every, burst := addressEvery, addressBurst
	switch key[0] {
	case 'x':
		every, burst = extensionEvery, extensionBurst
	case 'p':
		every, burst = pairEvery, pairBurst
	}
	if len(g.limits) >= mostLimits {
		key = key[:1]
		if l := g.limits[key]; l != nil {
			return l
		}
	}
	l := &limit{rate: rate.NewLimiter(rate.Every(every), burst)}
	g.limits[key] = l
	return l
}

// forget drops the limits that have nothing to remember.
func (g *gate) forget(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for k, l := range g.limits {
		if l.tries == 0 && l.rate.TokensAt(now) >= float64(l.rate.Burst()) {
			delete(g.limits, k)
		}
	}
}

// network is what one party is taken to hold: an IPv4 address, or an IPv6 network of 64 bits.
func network(address string) string {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return address
	}
	ip := ap.Addr().Unmap()
	if ip.Is6() {
		if p, err := ip.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}
