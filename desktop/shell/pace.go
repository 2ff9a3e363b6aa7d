package shell

import "time"

// pace has something done at once, and then not again before a while has passed: what is wanted
// meanwhile, however often, is done once at its end. It belongs to the shell's goroutine.
type pace struct {
	last time.Time
	due  bool // it will be done
}

// wanted does it now or soon.
func (p *pace) wanted(s *shell, every time.Duration, do func()) {
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
		s.post(func() {
			p.due, p.last = false, time.Now()
			do()
		})
	})
}
