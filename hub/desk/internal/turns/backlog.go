// Package turns keeps the turns of a loop short, and measures them.
package turns

import "time"

// Bounds of one turn of the backlog. The pause after messages is for the desktops: one that is sent
// all of them gets 1,000 per second, and its queue does not overflow.
const (
	MostMessages = 50
	mostTime     = 5 * time.Millisecond
	Pause        = 50 * time.Millisecond
)

// Backlog is work on many items, such as all calls of a number. The loop does it in short turns,
// first in, first out, so that new calls do not wait for it. It belongs to the loop's goroutine.
type Backlog struct {
	Pause time.Duration // after messages

	list []*bulk
	due  <-chan time.Time
	sent int // messages, since the start
}

// bulk is work on some items.
type bulk struct {
	items, done int
	do          func(i int)
}

// NewBacklog returns an empty backlog.
func NewBacklog() Backlog { return Backlog{Pause: Pause} }

// Add has do called for the items 0 to n-1, in order. The first ones are done now, unless other
// work waits.
func (b *Backlog) Add(n int, do func(i int)) {
	b.list = append(b.list, &bulk{items: n, do: do})
	if len(b.list) == 1 {
		b.Turn()
	}
}

// Due receives when the next turn is due; it is nil if nothing waits.
func (b *Backlog) Due() <-chan time.Time { return b.due }

// Sent notes that a message was sent to desktops.
func (b *Backlog) Sent() { b.sent++ }

// Turn does what is next.
func (b *Backlog) Turn() {
	began, before := time.Now(), b.sent
	for len(b.list) > 0 {
		first := b.list[0]
		if first.done == first.items {
			b.list[0] = nil
			b.list = b.list[1:]
			continue
		}
		if sent := b.sent - before; sent >= MostMessages || time.Since(began) > mostTime {
			b.due = time.After(min(time.Duration(sent), 1) * b.Pause)
			return
		}
		first.done++
		first.do(first.done - 1)
	}
	b.due, b.list = nil, nil
}
