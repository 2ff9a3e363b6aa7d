package desk

import (
	"context"

	"traybell/hub/blocking"
	"traybell/shared/protocol"
)

// blockOf is how a number is blocked, for agents; nil where it is not. It may be called from any
// goroutine.
func (d *Desk) blockOf(ctx context.Context, number string) *protocol.Block {
	if d.Blocks == nil || number == "" {
		return nil
	}
	b, ok, err := d.Blocks.LastBlock(ctx, number)
	if err != nil && ctx.Err() == nil {
		d.Log.Warn("whether a number is blocked could not be read", "number", number, "error", err)
	}
	if err != nil || !ok {
		return nil
	}
	return b.Seen()
}

// showBlock notes on the calls with a number how it is blocked now, and shows them again. It runs
// on the loop.
func (d *Desk) showBlock(b blocking.Block) {
	for _, l := range d.calls {
		if l.number.Key() == b.Number {
			l.caller.Blocked, l.acted = b.Seen(), true
			d.show(l)
		}
	}
}
