package turns

import "context"

// Slots limit how many functions run at once. Any goroutine may use them.
type Slots chan struct{}

// Use runs f once there is a slot; it fails if ctx ends before.
func (s Slots) Use(ctx context.Context, f func() error) error {
	select {
	case s <- struct{}{}:
		defer func() { <-s }()
		return f()
	case <-ctx.Done():
		return ctx.Err()
	}
}
