package signin

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	mostLimits = 10_000      // kept; beyond it, newcomers share one
	mostKey    = 200         // bytes of a key, which strangers choose
	sweepEvery = time.Second // at most, for limits that have nothing to remember
	sweepFrom  = 256         // that are kept
)

// limits count failures by key: "a " and an address, "x " and a name, "p " and a pair of both.
type limits struct {
	rules Rules

	mu    sync.Mutex
	kept  map[string]*limit
	sweep int // how many are kept before those are dropped that have nothing to remember
	swept time.Time
}

// limit counts failures. Attempts that are under way count as failed until it is known.
type limit struct {
	rate  *rate.Limiter
	tries int
}

func newLimits(rules Rules) limits {
	return limits{rules: rules, kept: map[string]*limit{}, sweep: sweepFrom}
}

// try asks all limits and counts an attempt in each, or in none.
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

// forget drops the limits that have nothing to remember. The lock is held.
func (l *limits) forget(now time.Time) {
	for k, one := range l.kept {
		if one.tries == 0 && one.rate.TokensAt(now) >= float64(one.rate.Burst()) {
			delete(l.kept, k)
		}
	}
}

// Network is what one party is taken to hold, of an address with its port: an IPv4 address, or an
// IPv6 network of 64 bits, which one household can fill.
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
