package desk

import (
	"context"
	"slices"

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
	return b.seen()
}

// seen is a block as agents see it; nil where the number was unblocked.
func (b Block) seen() *protocol.Block {
	if !b.Blocked {
		return nil
	}
	return &protocol.Block{By: b.Name, At: b.At, Reason: b.Reason, Failed: b.undone()}
}

// undone are the PBXs on which something is left to do.
func (b Block) undone() (pbxs []string) {
	for _, e := range b.Entries {
		if !e.Done && !slices.Contains(pbxs, e.PBX) {
			pbxs = append(pbxs, e.PBX)
		}
	}
	slices.Sort(pbxs)
	return pbxs
}

// showBlock notes on the calls with a number how it is blocked now, and shows them again. It runs
// on the loop.
func (d *Desk) showBlock(b Block) {
	for _, l := range d.calls {
		if l.number.Key() == b.Number {
			l.caller.Blocked, l.acted = b.seen(), true
			d.show(l)
		}
	}
}
