package signin

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	mostLimits = 10_000      // beyond, new keys share a limit
	mostKey    = 200         // bytes; clients choose the keys
	sweepEvery = time.Second // minimum between sweeps
	sweepFrom  = 256         // limits
)

// limits count failures by key: "a " + address, "x " + name, "p " + both.
type limits struct {
	rules Rules

	mu    sync.Mutex
	kept  map[string]*limit
	sweep int // number of limits that triggers the next sweep
	swept time.Time
}

// limit counts failures. Attempts in progress count as failures.
type limit struct {
	rate  *rate.Limiter
	tries int
}

func newLimits(rules Rules) limits {
	return limits{rules: rules, kept: map[string]*limit{}, sweep: sweepFrom}
}

// try counts an attempt in all limits, or in none if one is exceeded.
func (l *limits) try(keys ...string) (tries []*limit, wait time.Duration) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		one := l.of(k, now)
		tries = append(tries, one)
		if short := float64(one.tries+1) - one.rate.TokensAt(now); short > 0 {
			wait = max(wait, time.Duration(math.Ceil(short/float64(one.rate.Limit())))*time.Second)
		}
	}
	if wait == 0 {
		for _, one := range tries {
			one.tries++
		}
	}
	return tries, wait
}

func (l *limits) tried(tries []*limit, failed bool) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range tries {
		one.tries--
		if failed {
			one.rate.AllowN(now, 1)
		}
	}
}

// of returns the limit of a key. The lock is held.
func (l *limits) of(key string, now time.Time) *limit {
	key = key[:min(len(key), mostKey)]
	if one := l.kept[key]; one != nil {
		return one
	}
	if len(l.kept) >= l.sweep && now.Sub(l.swept) >= sweepEvery {
		l.forget(now)
		l.swept, l.sweep = now, min(max(sweepFrom, 2*len(l.kept)), mostLimits)
	}
	if len(l.kept) >= mostLimits {
		key = key[:1]
		if one := l.kept[key]; one != nil {
			return one
		}
	}
	rule := l.rules.Address
	switch key[0] {
	case 'x':
		rule = l.rules.Name
	case 'p':
		rule = l.rules.Pair
	}
	one := &limit{rate: rate.NewLimiter(rate.Every(rule.Every), rule.Burst)}
	l.kept[key] = one
	return one
}

// forget drops limits without failures. The lock is held.
func (l *limits) forget(now time.Time) {
	for k, one := range l.kept {
		if one.tries == 0 && one.rate.TokensAt(now) >= float64(one.rate.Burst()) {
			delete(l.kept, k)
		}
	}
}

// Network returns the part of host:port that identifies a client: the IPv4 address, or the /64
// network of an IPv6 address, since one household has a whole network.
func Network(address string) string {
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
