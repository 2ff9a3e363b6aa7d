package batch

import (
	"context"
	"sync"
)

// Queue has items that wait to be written, in order. Any goroutine may use it.
type Queue[T any] struct {
	most int

	writing sync.Mutex // held during a write; guards failing
	failing bool

	mu      sync.Mutex // guards what follows
	waiting []T
	dropped int
}

// NewQueue returns a queue in which at most that many items wait.
func NewQueue[T any](most int) *Queue[T] { return &Queue[T]{most: most} }

// Add adds an item and does not block. If too many wait, it is dropped and counted.
func (q *Queue[T]) Add(item T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.add(item)
}

func (q *Queue[T]) add(items ...T) {
	free := min(len(items), q.most-len(q.waiting))
	q.waiting = append(q.waiting, items[:free]...)
	q.dropped += len(items) - free
}

// Written is the result of a write.
type Written struct {
	Left    int  // items that wait for the next attempt
	Dropped int  // items dropped since the write before
	Fails   bool // the store is away, and was not before
	Works   bool // the store was away before
}

// Write writes the items that wait, see Keep, and has those that are not kept wait again. It takes
// lastWrite at most; the end of ctx does not interrupt it.
func (q *Queue[T]) Write(ctx context.Context, write func(context.Context, []T) error,
	refused func(item T, why error),
) (w Written, err error) {
	q.writing.Lock()
	defer q.writing.Unlock()
	q.mu.Lock()
	items := q.waiting
	w.Dropped, q.waiting, q.dropped = q.dropped, nil, 0
	q.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
	defer cancel()
	left, err := Keep(ctx, items, write, refused)
	q.mu.Lock()
	since := q.waiting
	q.waiting = left
	q.add(since...)
	q.mu.Unlock()
	w.Left, w.Fails, w.Works = len(left), err != nil && !q.failing, err == nil && q.failing
	q.failing = err != nil
	return w, err
}
