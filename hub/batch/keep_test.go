package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
)

func TestRefusedItemsDoNotTakeOthersWithThem(t *testing.T) {
	away := errors.New("away")
	for name, c := range map[string]struct {
		items         int
		bad           []int
		awayAt        int // this write; 0: never
		refused, left []int
	}{
		"none":              {},
		"all good":          {items: 9},
		"one bad":           {items: 9, bad: []int{4}, refused: []int{4}},
		"the only one":      {items: 1, bad: []int{0}, refused: []int{0}},
		"the ends":          {items: 8, bad: []int{0, 7}, refused: []int{0, 7}},
		"all bad":           {items: 3, bad: []int{0, 1, 2}, refused: []int{0, 1, 2}},
		"away":              {items: 4, bad: []int{1}, awayAt: 1, left: []int{0, 1, 2, 3}},
		"away in the midst": {items: 4, bad: []int{3}, awayAt: 3, left: []int{2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			var items, kept, refused []int
			for i := range c.items {
				items = append(items, i)
			}
			writes := 0
			left, err := Keep(t.Context(), items, func(_ context.Context, some []int) error {
				if writes++; writes == c.awayAt {
					return away
				}
				for _, i := range some {
					if slices.Contains(c.bad, i) {
						return fmt.Errorf("keep: %w", &RefusedError{fmt.Errorf("item %d", i)})
					}
				}
				kept = append(kept, some...)
				return nil
			}, func(i int, why error) {
				if why == nil {
					t.Error("no reason")
				}
				refused = append(refused, i)
			})
			if errors.Is(err, away) != (c.awayAt > 0) {
				t.Error(err)
			}
			if !slices.Equal(refused, c.refused) || !slices.Equal(left, c.left) {
				t.Errorf("refused %v, left %v; want %v, %v", refused, left, c.refused, c.left)
			}
			all := slices.Concat(kept, refused, left)
			slices.Sort(all)
			if !slices.Equal(all, items) {
				t.Errorf("of %v: %v", items, all)
			}
		})
	}
}
