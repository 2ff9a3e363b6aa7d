package batch

import (
	"context"
	"errors"
)

// RefusedError says that a store refuses an item, whatever else it is asked to keep: it would
// refuse it again. All other errors mean that the store is away.
type RefusedError struct{ Err error }

func (e *RefusedError) Error() string { return e.Err.Error() }

func (e *RefusedError) Unwrap() error { return e.Err }

// Keep writes items, of which write keeps all or none. One that the store refuses does not take the
// others with it: it is passed to refused and left out. left are the items that are not kept; an
// error says that the store is away, and that they may be written again.
func Keep[T any](ctx context.Context, items []T, write func(context.Context, []T) error,
	refused func(item T, why error),
) (left []T, err error) {
	if len(items) == 0 {
		return nil, nil
	}
	err = write(ctx, items)
	var no *RefusedError
	switch {
	case err == nil:
		return nil, nil
	case !errors.As(err, &no):
		return items, err
	case len(items) == 1:
		refused(items[0], err)
		return nil, nil
	}
	half := len(items) / 2
	if left, err = Keep(ctx, items[:half], write, refused); err != nil {
		return append(left, items[half:]...), err
	}
	return Keep(ctx, items[half:], write, refused)
}
