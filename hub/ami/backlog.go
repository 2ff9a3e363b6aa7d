package ami

// backlog tells how many bytes wait in a queue, of which only the length is known. It keeps the sum
// of each block of events.
type backlog struct {
	added uint64 // events
	bytes uint64
	sums  []uint64 // sums[k % len] is the size of the first k blocks
}

const block = 64 // events

func newBacklog(queue int) backlog { return backlog{sums: make([]uint64, queue/block+2)} }

// add adds an event of that size to a queue in which that many wait, and returns the size of those
// that wait now, up to a block too much.
func (b *backlog) add(size, waiting int) (bytes int) {
	taken := (b.added - uint64(waiting)) / block //nolint:gosec // not negative
	b.bytes += uint64(size)                      //nolint:gosec // not negative
	if b.added++; b.added%block == 0 {
		b.sums[b.added/block%uint64(len(b.sums))] = b.bytes
	}
	return int(b.bytes - b.sums[taken%uint64(len(b.sums))]) //nolint:gosec // of what is in memory
}
