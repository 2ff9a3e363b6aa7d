package desk

import (
	"context"
	"time"

	"traybell/shared/protocol"
)

// outageTime is how long a PBX has to be away until agents are warned: a restart of its manager, or
// a cable that is plugged in again, is over by then.
const outageTime = 5 * time.Second

// outage is a time in which a PBX does not work. The loop owns it.
type outage struct {
	timer *time.Timer
	told  bool // agents were warned
}

// noteOutage warns agents of a PBX that stays away, once, and once when it is back. A PBX that is
// stopped without a reason is left alone at somebody's wish: that is no outage. It runs on the
// loop.
func (d *Desk) noteOutage(ctx context.Context, p protocol.PBX) {
	o := d.outages[p.ID]
	left := p.State == protocol.PBXStopped && p.Reason == ""
	switch {
	case (p.State == protocol.PBXWorking || left) && o != nil:
		o.timer.Stop()
		delete(d.outages, p.ID)
		if o.told && !left {
			d.tell(d.everybody(), protocol.Warning, protocol.PBXBack, p)
		}
	case p.State != protocol.PBXWorking && !left && o == nil:
		o = &outage{}
		o.timer = time.AfterFunc(outageTime, func() {
			_ = d.do(ctx, func() { // only a stopping hub refuses
				if d.outages[p.ID] == o {
					o.told = true
					d.tell(d.everybody(), protocol.Warning, protocol.PBXDown, d.pbxs[p.ID])
				}
			})
		})
		d.outages[p.ID] = o
	}
}

// tellOutages warns an agent who signs in during one. It runs on the loop.
func (d *Desk) tellOutages(login string) {
	for _, id := range d.pbxOrder {
		if o := d.outages[id]; o != nil && o.told {
			d.tell([]string{login}, protocol.Warning, protocol.PBXDown, d.pbxs[id])
		}
	}
}
