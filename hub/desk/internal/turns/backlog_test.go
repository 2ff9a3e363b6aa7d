package turns

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// The backlog is done in order, and other functions run in between.
func TestBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBacklog()
		var done []int
		add := func(first, n int) { b.Add(n, func(i int) { done = append(done, first+i); b.Sent() }) }
		add(0, MostMessages-1)
		add(1000, MostMessages+2)
		add(2000, 1)
		add(3000, 0)
		turns, began := []int{len(done)}, time.Now()
		for b.Due() != nil {
			<-b.Due()
			before := len(done)
			b.Turn()
			turns = append(turns, len(done)-before)
		}
		if took := time.Since(began); took != Pause {
			t.Errorf("it took %v", took)
		}
		if !slices.Equal(turns, []int{2*MostMessages - 1, 3}) || !slices.IsSorted(done) || len(b.list) > 0 {
			t.Errorf("turns of %v items: %v", turns, done)
		}
	})
}
