package desk

import (
	"context"
	"maps"
	"slices"
	"time"

	"traybell/shared/protocol"
)

// outageTime is how long a PBX has to be away before agents are warned. A restart of its manager
// takes less.
const outageTime = 5 * time.Second

// pbxs are the states of the PBXs.
type pbxs struct {
	loop    *loop
	states  map[string]protocol.PBX
	order   []string
	outages map[string]*outage // by PBX, while it does not work
}

// outage is a time in which a PBX does not work.
type outage struct {
	timer  *time.Timer
	warned bool
}

// list returns the states in the order of hub.yml.
func (p *pbxs) list() []protocol.PBX {
	list := make([]protocol.PBX, len(p.order))
	for i, id := range p.order {
		list[i] = p.states[id]
	}
	return list
}

// set replaces the PBXs by those that hub.yml names. added are new; removed reports whether one was
// dropped.
func (p *pbxs) set(ids []string) (added []protocol.PBX, removed bool) {
	known := len(p.states)
	maps.DeleteFunc(p.states, func(id string, _ protocol.PBX) bool { return !slices.Contains(ids, id) })
	removed = len(p.states) < known
	p.order = slices.Clone(ids)
	for _, id := range ids {
		if _, known := p.states[id]; !known {
			p.states[id] = protocol.PBX{ID: id, State: protocol.PBXStopped}
			added = append(added, p.states[id])
		}
	}
	return added, removed
}

// change takes the new state of a PBX.
func (p *pbxs) change(now protocol.PBX) {
	l := p.loop
	if p.states[now.ID] == now {
		return
	}
	if !slices.Contains(p.order, now.ID) {
		p.order = append(p.order, now.ID)
	}
	p.states[now.ID] = now
	working := now.State == protocol.PBXWorking
	if l.desk.records != nil {
		l.desk.records.SetPBX(now.ID, working)
	}
	l.notify(l.everyone(), protocol.Event, protocol.PBXEvent, now)
	p.noteOutage(now)
	if blocks := l.desk.opts.Blocks; working && blocks != nil {
		l.background(func(ctx context.Context, _ *Desk) { blocks.Connected(ctx, now.ID) })
	}
}

// noteOutage warns agents once of a PBX that stays away, and once when it is back. A PBX that is
// stopped without a reason was disabled, which is not an outage.
func (p *pbxs) noteOutage(now protocol.PBX) {
	l := p.loop
	o := p.outages[now.ID]
	disabled := now.State == protocol.PBXStopped && now.Reason == ""
	switch {
	case (now.State == protocol.PBXWorking || disabled) && o != nil:
		o.timer.Stop()
		delete(p.outages, now.ID)
		if o.warned && !disabled {
			l.notify(l.everyone(), protocol.Warning, protocol.PBXBack, now)
		}
	case now.State != protocol.PBXWorking && !disabled && o == nil:
		d, ctx := l.desk, l.ctx
		o = &outage{}
		o.timer = time.AfterFunc(outageTime, func() {
			d.later(ctx, func(l *loop) { l.pbxs.warn(now.ID, o) })
		})
		p.outages[now.ID] = o
	}
}

func (p *pbxs) warn(id string, o *outage) {
	if p.outages[id] == o {
		o.warned = true
		p.loop.notify(p.loop.everyone(), protocol.Warning, protocol.PBXDown, p.states[id])
	}
}

// sendOutages warns an agent who signs in during an outage.
func (p *pbxs) sendOutages(login string) {
	for _, id := range p.order {
		if o := p.outages[id]; o != nil && o.warned {
			p.loop.notify([]string{login}, protocol.Warning, protocol.PBXDown, p.states[id])
		}
	}
}
