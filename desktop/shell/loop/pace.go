package loop

import "time"

// Pace limits the rate of an action: immediately the first time, then once at the end of each
// interval with a request. It belongs to one goroutine.
type Pace struct {
	last time.Time
	due  bool
}

// Do calls do now, or posts it at the end of the interval.
func (p *Pace) Do(post func(func()), every time.Duration, do func()) {
	if p.due {
		return
	}
	wait := every - time.Since(p.last)
	if wait <= 0 {
		p.last = time.Now()
		do()
		return
	}
	p.due = true
	time.AfterFunc(wait, func() {
		post(func() {
			p.due, p.last = false, time.Now()
			do()
		})
	})
}
