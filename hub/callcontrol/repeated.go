package callcontrol

import (
	"context"
	"sync"
	"time"

	"traybell/hub/fail"
	"traybell/shared/protocol"
)

const (
	answerFor   = 10 * time.Minute // how long the answer to a command is kept
	mostAnswers = 10_000
)

// repeated has each command carried out once: a repetition gets the answer of the first.
type repeated struct {
	now     func() time.Time
	mu      sync.Mutex
	answers map[string]*answer
	order   []string // of answers
}

type answer struct {
	at   time.Time
	done chan struct{}
	data any
	err  error
}

func (r *repeated) once(ctx context.Context, key string, do func() (any, error)) (any, error) {
	r.mu.Lock()
	r.forget()
	a, known := r.answers[key]
	if !known {
		a = &answer{at: r.now(), done: make(chan struct{})}
		r.answers[key] = a
		r.order = append(r.order, key)
	}
	r.mu.Unlock()
	if !known {
		defer close(a.done)
		a.err = fail.New(protocol.HubFailed, "") // if do panics
		a.data, a.err = do()
		return a.data, a.err
	}
	select {
	case <-a.done:
		return a.data, a.err
	case <-ctx.Done():
		return nil, fail.New(protocol.HubBusy, "").Because(ctx.Err())
	}
}

// forget drops old answers; the lock is held.
func (r *repeated) forget() {
	for len(r.order) > 0 {
		oldest := r.order[0]
		if a := r.answers[oldest]; len(r.order) < mostAnswers && r.now().Sub(a.at) < answerFor {
			return
		}
		delete(r.answers, oldest)
		r.order = r.order[1:]
	}
}
