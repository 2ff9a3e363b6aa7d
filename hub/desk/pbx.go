package desk

import (
	"context"

	"traybell/shared/protocol"
)

// pbxChanged takes the state of the connection to a PBX.
func (l *loop) pbxChanged(now protocol.PBX) {
	if !l.pbxs.Change(now) {
		return
	}
	working := now.State == protocol.PBXWorking
	if l.desk.records != nil {
		l.desk.records.SetPBX(now.ID, working)
	}
	if blocks := l.desk.opts.Blocks; working && blocks != nil {
		l.background(func(ctx context.Context, _ *Desk) { blocks.Connected(ctx, now.ID) })
	}
}
