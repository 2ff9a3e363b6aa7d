package signin

import (
	"errors"
	"sync/atomic"
)

// Counts count sign-ins since the start.
type Counts struct {
	OK      int64
	Refused int64 // wrong, or not of one account
	Limited int64 // not verified because of earlier failures
}

// Counter counts sign-ins. Any goroutine may use it.
type Counter struct{ ok, refused, limited atomic.Int64 }

// Count counts a sign-in with this result. One that could not be verified counts as nothing.
func (c *Counter) Count(err error) {
	var many *TooManyError
	var alike *AlikeError
	switch {
	case err == nil:
		c.ok.Add(1)
	case errors.As(err, &many):
		c.limited.Add(1)
	case errors.Is(err, ErrWrong), errors.Is(err, ErrUnclear), errors.As(err, &alike):
		c.refused.Add(1)
	}
}

// Counts returns what was counted.
func (c *Counter) Counts() Counts { return Counts{c.ok.Load(), c.refused.Load(), c.limited.Load()} }
