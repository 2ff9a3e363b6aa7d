package desk

import (
	"context"
	"slices"
	"time"

	"traybell/shared/protocol"
)

// outageTime is how long a PBX has to be away before agents are warned: a restart of its manager,
// or a cable that is plugged in again, is over by then.
const outageTime = 5 * time.Second

// outage is a time in which a PBX does not work. The loop owns it.
type outage struct {
	timer  *time.Timer
	warned bool
}

func (l *loop) pbxChanged(p protocol.PBX) {
	if l.pbxs[p.ID] == p {
		return
	}
	if !slices.Contains(l.pbxOrder, p.ID) {
		l.pbxOrder = append(l.pbxOrder, p.ID)
	}
	l.pbxs[p.ID] = p
	working := p.State == protocol.PBXWorking
	if l.desk.records != nil {
		l.desk.records.SetPBX(p.ID, working)
	}
	l.notify(l.everyone(), protocol.Event, protocol.PBXEvent, p)
	l.noteOutage(p)
	if blocks := l.desk.opts.Blocks; working && blocks != nil {
		l.background(func(ctx context.Context, _ *Desk) { blocks.Connected(ctx, p.ID) })
	}
}

// noteOutage warns agents once of a PBX that stays away, and once when it is back. A PBX that is
// stopped without a reason was disabled: that is no outage.
func (l *loop) noteOutage(p protocol.PBX) {
	o := l.outages[p.ID]
	disabled := p.State == protocol.PBXStopped && p.Reason == ""
	switch {
	case (p.State == protocol.PBXWorking || disabled) && o != nil:
		o.timer.Stop()
		delete(l.outages, p.ID)
		if o.warned && !disabled {
			l.notify(l.everyone(), protocol.Warning, protocol.PBXBack, p)
		}
	case p.State != protocol.PBXWorking && !disabled && o == nil:
		d, ctx := l.desk, l.ctx
		o = &outage{}
		o.timer = time.AfterFunc(outageTime, func() {
			d.later(ctx, func(l *loop) {
				if l.outages[p.ID] == o {
					o.warned = true
					l.notify(l.everyone(), protocol.Warning, protocol.PBXDown, l.pbxs[p.ID])
				}
			})
		})
		l.outages[p.ID] = o
	}
}

// sendOutages warns an agent who signs in during an outage.
func (l *loop) sendOutages(login string) {
	for _, id := range l.pbxOrder {
		if o := l.outages[id]; o != nil && o.warned {
			l.notify([]string{login}, protocol.Warning, protocol.PBXDown, l.pbxs[id])
		}
	}
}
