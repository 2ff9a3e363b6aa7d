package signin

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	mostWaiting = 256 // attempts waiting for verification, in each lane
	strangersIn = 4   // of so many places, strangers get at least one
)

// queue hands out the places for verification. Devices that signed in before come first; of each
// kind, those who wait take turns by source, so that many attempts of one do not delay the others.
type queue struct {
	mu        sync.Mutex
	free      int // places
	devices   lane
	strangers lane
	turn      int // places given to devices while strangers waited
}

// lane are the waiting attempts of one kind.
type lane struct {
	sources []*source // with waiting attempts; the first one is next
	waiting int
}

type source struct {
	name    string
	waiting []*waiting
}

// waiting is an attempt that waits. answer gets one value: whether it has a place.
type waiting struct{ answer chan bool }

func newQueue(places int) *queue { return &queue{free: max(1, places)} }

// lane returns the lane of devices that signed in before, or of strangers.
func (q *queue) lane(device bool) *lane {
	if device {
		return &q.devices
	}
	return &q.strangers
}

// enter waits for a place, which leave gives back. Errors are *TooManyError and the context's.
func (q *queue) enter(ctx context.Context, device bool, from string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	if q.free > 0 {
		q.free--
		q.mu.Unlock()
		return nil
	}
	l := q.lane(device)
	w := &waiting{answer: make(chan bool, 1)}
	admitted := l.add(from, w)
	q.mu.Unlock()
	if !admitted {
		return &TooManyError{5 * time.Second}
	}
	select {
	case place := <-w.answer:
		if !place {
			return &TooManyError{5 * time.Second}
		}
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	gone := l.remove(from, w)
	q.mu.Unlock()
	if !gone && <-w.answer {
		q.leave()
	}
	return ctx.Err()
}

// leave gives a place to the next who waits.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	first, second := &q.devices, &q.strangers
	switch {
	case second.waiting == 0:
		q.turn = 0
	case q.turn == strangersIn-1:
		first, second, q.turn = second, first, 0
	case first.waiting > 0:
		q.turn++
	}
	w := first.next()
	if w == nil {
		w = second.next()
	}
	if w == nil {
		q.free++
		return
	}
	w.answer <- true
}

// add appends an attempt. If the lane is full, it replaces the last one of the source with the most
// attempts, unless its own source would have as many.
func (l *lane) add(from string, w *waiting) bool {
	own := slices.IndexFunc(l.sources, func(s *source) bool { return s.name == from })
	if l.waiting >= mostWaiting {
		longest := slices.MaxFunc(l.sources, func(a, b *source) int { return len(a.waiting) - len(b.waiting) })
		mine := 1
		if own >= 0 {
			mine += len(l.sources[own].waiting)
		}
		if mine >= len(longest.waiting) {
			return false
		}
		last := longest.waiting[len(longest.waiting)-1]
		longest.waiting = longest.waiting[:len(longest.waiting)-1]
		l.waiting--
		last.answer <- false
	}
	if own < 0 {
		own = len(l.sources)
		l.sources = append(l.sources, &source{name: from})
	}
	s := l.sources[own]
	s.waiting = append(s.waiting, w)
	l.waiting++
	return true
}

// next takes the next attempt; its source goes to the end.
func (l *lane) next() *waiting {
	if len(l.sources) == 0 {
		return nil
	}
	s := l.sources[0]
	l.sources = slices.Delete(l.sources, 0, 1)
	w := s.waiting[0]
	if s.waiting = s.waiting[1:]; len(s.waiting) > 0 {
		l.sources = append(l.sources, s)
	}
	l.waiting--
	return w
}

// remove takes an attempt out; false means that it has its answer.
func (l *lane) remove(from string, w *waiting) bool {
	at := slices.IndexFunc(l.sources, func(s *source) bool { return s.name == from })
	if at < 0 {
		return false
	}
	s := l.sources[at]
	i := slices.Index(s.waiting, w)
	if i < 0 {
		return false
	}
	if s.waiting = slices.Delete(s.waiting, i, i+1); len(s.waiting) == 0 {
		l.sources = slices.Delete(l.sources, at, at+1)
	}
	l.waiting--
	return true
}
