package batch

import (
	"context"
	"errors"
	"slices"
	"testing"
)

func TestQueueWritesInOrderAndStaysBounded(t *testing.T) {
	q := NewQueue[int](3)
	var kept []int
	away := errors.New("away")
	for i, step := range []struct {
		add    []int
		err    error // of the store
		during []int // added while it writes
		want   Written
	}{
		{[]int{1, 2}, nil, nil, Written{}},
		{[]int{3, 4}, away, []int{5, 6}, Written{Left: 2, Fails: true}},
		{[]int{7}, away, nil, Written{Left: 3, Dropped: 2}}, // 6 and 7
		{nil, nil, []int{8}, Written{Works: true}},
		{nil, nil, nil, Written{}},
	} {
		for _, n := range step.add {
			q.Add(n)
		}
		w, err := q.Write(t.Context(), func(_ context.Context, items []int) error {
			for _, n := range step.during {
				q.Add(n)
			}
			if step.err == nil {
				kept = append(kept, items...)
			}
			return step.err
		}, func(item int, why error) { t.Errorf("%d is refused: %v", item, why) })
		if !errors.Is(err, step.err) || w != step.want {
			t.Errorf("write %d: %+v, %v; want %+v", i, w, err, step.want)
		}
	}
	if want := []int{1, 2, 3, 4, 5, 8}; !slices.Equal(kept, want) {
		t.Errorf("kept %v, want %v", kept, want)
	}
}

func TestStopDoesNotInterruptAWrite(t *testing.T) {
	q := NewQueue[int](1)
	q.Add(1)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := q.Write(stopped, func(ctx context.Context, _ []int) error { return ctx.Err() }, nil); err != nil {
		t.Error(err)
	}
}
