package signin

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	mostLimits = 10_000 // in a table
	mostKey    = 200    // bytes; clients choose the keys
	sweepEvery = time.Second
	sweepFrom  = 256 // limits
	sampled    = 16  // limits of which one is forgotten if the table is full
)

// limited is what an attempt is limited by.
type limited struct {
	key  string
	rule Limit
}

// byAddress is what attempts from an address are limited by.
func byAddress(rule Limit, address string) (by []limited) {
	for i, network := range networks(address) {
		wider := Limit{Every: rule.Every >> i, Burst: rule.Burst << i}
		by = append(by, limited{"a " + network, wider})
	}
	return by
}

// limits count failures by key. A key is kept while it has failures or attempts in progress: a
// refused attempt leaves nothing, so the table grows only as fast as passwords are verified.
type limits struct {
	mu    sync.Mutex
	kept  map[string]*limit
	swept time.Time
}

// limit counts failures. Attempts in progress count as failures.
type limit struct {
	key   string
	rate  *rate.Limiter
	tries int
}

// unused reports whether a limit without failures may be dropped.
func (l *limit) unused(now time.Time) bool {
	return l.tries == 0 && l.rate.TokensAt(now) >= float64(l.rate.Burst())
}

func newLimits() *limits { return &limits{kept: map[string]*limit{}} }

// try counts an attempt in all limits, or in none if one is exceeded.
func (l *limits) try(by ...limited) (tries []*limit, wait time.Duration) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range by {
		one := l.kept[clip(b.key)]
		if one == nil {
			continue
		}
		if short := float64(one.tries+1) - one.rate.TokensAt(now); short > 0 {
			wait = max(wait, time.Duration(math.Ceil(short/float64(one.rate.Limit())))*time.Second)
		}
	}
	if wait > 0 {
		return nil, wait
	}
	for _, b := range by {
		one := l.of(b, now)
		one.tries++
		tries = append(tries, one)
	}
	return tries, 0
}

func (l *limits) tried(tries []*limit, failed bool) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range tries {
		one.tries--
		if failed {
			one.rate.AllowN(now, 1)
		} else if one.unused(now) && l.kept[one.key] == one {
			delete(l.kept, one.key)
		}
	}
}

// of returns the limit of a key. The lock is held.
func (l *limits) of(b limited, now time.Time) *limit {
	key := clip(b.key)
	if one := l.kept[key]; one != nil {
		return one
	}
	if len(l.kept) >= sweepFrom && now.Sub(l.swept) >= sweepEvery {
		l.forget(now)
		l.swept = now
	}
	if len(l.kept) >= mostLimits {
		l.forgetOne(now)
	}
	one := &limit{key: key, rate: rate.NewLimiter(rate.Every(b.rule.Every), b.rule.Burst)}
	l.kept[key] = one
	return one
}

// forget drops limits without failures. The lock is held.
func (l *limits) forget(now time.Time) {
	for k, one := range l.kept {
		if one.unused(now) {
			delete(l.kept, k)
		}
	}
}

// forgetOne drops the limit with the fewest failures of a random few. The lock is held.
func (l *limits) forgetOne(now time.Time) {
	least, most, seen := "", math.Inf(-1), 0
	for k, one := range l.kept {
		left := one.rate.TokensAt(now) - float64(one.tries)
		if share := left / float64(one.rate.Burst()); share > most {
			least, most = k, share
		}
		if seen++; seen == sampled {
			break
		}
	}
	delete(l.kept, least)
}

func clip(key string) string { return key[:min(len(key), mostKey)] }

// Failures limit failed attempts by address, for secrets that are verified at once, such as tokens.
// Make it with NewFailures; any goroutine may use it.
type Failures struct {
	limits *limits
	rule   Limit
}

// NewFailures returns limits of one address: of IPv6 twice as much for a /56, four times for a /48.
func NewFailures(rule Limit) *Failures { return &Failures{newLimits(), rule} }

// Failed counts a failed attempt. If there are too many, it returns how long to wait before the next
// one.
func (f *Failures) Failed(address string) (wait time.Duration) {
	tries, wait := f.limits.try(byAddress(f.rule, address)...)
	f.limits.tried(tries, true)
	return wait
}
