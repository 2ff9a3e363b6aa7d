package turns

import (
	"sync"
	"time"
)

// Longest is the duration of a loop's longest turn. Any goroutine may use it.
type Longest struct {
	mu      sync.Mutex
	began   time.Time        // of the present minute
	minutes [2]time.Duration // of the present and of the last minute
}

// Note takes the duration of a turn that has just ended.
func (l *Longest) Note(now time.Time, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.advance(now)
	l.minutes[0] = max(l.minutes[0], took)
}

// Recent is the longest turn of the last one to two minutes. It does not depend on how often it is
// called.
func (l *Longest) Recent(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.advance(now)
	return max(l.minutes[0], l.minutes[1])
}

func (l *Longest) advance(now time.Time) {
	switch passed := now.Sub(l.began); {
	case passed >= 2*time.Minute:
		l.began, l.minutes = now, [2]time.Duration{}
	case passed >= time.Minute:
		l.began, l.minutes = now, [2]time.Duration{0, l.minutes[0]}
	}
}
