package app

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"traybell/hub/announcements"
	"traybell/hub/callcontrol"
	"traybell/hub/calldata"
	"traybell/hub/calls"
	"traybell/hub/colleagues"
	"traybell/hub/config"
	"traybell/hub/desk"
	"traybell/hub/deviceuser"
	"traybell/hub/duty"
	"traybell/hub/endpoint"
	"traybell/hub/hidden"
	"traybell/hub/listening"
	"traybell/hub/mobile"
	"traybell/hub/pbx"
	"traybell/hub/phonestate"
	"traybell/hub/queueing"
	"traybell/hub/recordings"
	"traybell/hub/testcall"
	"traybell/hub/timeline"
	"traybell/shared/protocol"
)

// pbxs are the running PBXs. What they report goes to the desk and the timeline.
type pbxs struct {
	pbx.Set
	users map[string]*deviceuser.Users // by PBX; Start and reloads change it

	desk       *desk.Desk
	tests      *testcall.Tester
	control    *callcontrol.Controller
	hidden     *hidden.Book
	duty       *duty.Service
	colleagues *colleagues.Service
	phones     *phonestate.Phones
	queues     *queueing.Service
	mobile     *mobile.Service
	recordings *recordings.Service
	announced  *announcements.Service
	listening  *listening.Service
	timeline   *timeline.Recorder
	skipped    func(pbx string) (count func()) // counts channels that are not followed
	work       *sync.WaitGroup
	log        *slog.Logger
}

// connect connects to a PBX until ctx ends or the PBX is removed.
func (p *pbxs) connect(ctx context.Context, cfg pbx.Config) {
	endpoints := func() *endpoint.Rules { return p.desk.Rules().Endpoints[cfg.Name] }
	onChange := func(c calls.Change) {
		p.mobile.Call(c.Call)
		c = p.mobile.Adopt(c)
		p.listening.Call(c.Call)
		c, shown := p.control.Adopt(c)
		p.recordings.Call(c.Call)
		if shown && !c.Quiet { // the desk has no use for channels
			c = p.tests.Adopt(c)
			p.hidden.Call(c.Call)
			_ = p.desk.Change(ctx, c) // fails only when the hub stops
			p.duty.Call(c.Call)
			p.colleagues.Call(c.Call)
		}
	}
	cfg.Log = p.log
	skipped := p.skipped(cfg.Name)
	users := p.deviceUsers(ctx, cfg.Name)
	tracker := calls.NewTracker(cfg.Name, endpoints)
	tracker.Users(users.Of)
	tracker.Mobiles.Extension = p.mobile.Extension
	tracker.Data.Fields = func() *calldata.Fields { return p.desk.Rules().CallData }
	board, control := p.queues.Places.Board(cfg.Name), p.control.Follow(cfg.Name)
	recorded, listening := p.recordings.Follow(cfg.Name), p.listening.Follow(cfg.Name)
	announced, phones := p.announced.Follow(cfg.Name), p.phones.Follow(cfg.Name)
	cfg.Trackers = []pbx.Tracker{users, control, board, recorded, announced, listening, phones, &calls.Follower{
		Tracker: tracker, OnChange: onChange, OnSkip: func(first bool) {
			skipped()
			if first {
				p.log.Error("the PBX has more channels than the hub follows: new calls are not shown until others end",
					"pbx", cfg.Name, "most", calls.MaxChannels, "most_of_a_call", calls.MaxParts,
					"fix", "look at `core show channels` on the PBX; a loop in its dialplan makes so many")
			}
		},
	}}
	cfg.OnState = func(s pbx.Status) {
		_ = p.desk.PBX(ctx, s.ForAgents())
		p.control.PBX(ctx, s)
		if s.State == protocol.PBXWorking {
			p.duty.Working(s.ID)
			p.mobile.Working(s.ID)
		}
		p.queues.PBX(s)
		p.timeline.Add(pbxEvent(s))
		p.log.Info("PBX state changed", "pbx", s.ID, "state", s.State, "reason", s.Reason)
	}
	cfg.OnRights = func(rights []pbx.Right) {
		s := p.status(cfg.Name)
		_ = p.desk.PBX(ctx, s.ForAgents()) // agents may dial
		p.control.PBX(ctx, s)
		p.queues.PBX(s)
		p.timeline.Add(rightsEvent(cfg.Name, rights))
	}
	p.Start(ctx, cfg)
}

// deviceUsers returns the users of a PBX's devices, and keeps them for reloads.
func (p *pbxs) deviceUsers(ctx context.Context, id string) *deviceuser.Users {
	users := deviceuser.New(ctx, deviceuser.Options{
		Get: func(ctx context.Context, family, key string) (string, bool, error) {
			from, ok := p.PBX(id)
			if !ok {
				return "", false, pbx.ErrNotConnected
			}
			return from.DBGet(ctx, family, key)
		},
		Extensions: func() (all []string) {
			for _, agent := range p.desk.Rules().Staff.Agents() {
				all = append(all, agent.Extensions...)
			}
			slices.Sort(all)
			return slices.Compact(all)
		},
		Go: p.work.Go, Log: p.log.With("pbx", id),
	})
	p.users[id] = users
	p.queues.SetUsers(id, users)
	return users
}

// status is the status of a PBX; one that is not enabled is stopped without a reason.
func (p *pbxs) status(id string) pbx.Status {
	if running, ok := p.PBX(id); ok {
		return running.Status()
	}
	return pbx.Status{PBX: protocol.PBX{ID: id, State: protocol.PBXStopped}}
}

// enabled returns the enabled PBXs of a configuration as they are now.
func (p *pbxs) enabled(cfg *config.Config) (list []protocol.PBX) {
	for _, of := range cfg.PBX {
		if of.Enabled {
			list = append(list, p.status(of.ID).PBX)
		}
	}
	return list
}

// ring has a PBX call an agent's phone.
func (p *pbxs) ring(ctx context.Context, id string, call testcall.Originate) error {
	from, ok := p.PBX(id)
	if !ok {
		return callcontrol.Failure(id, pbx.ErrNotConnected)
	}
	return callcontrol.Failure(id, from.Ring(ctx, call.Extension, call.Number, call.Uniqueid))
}

// mayRing returns the PBXs whose manager user may place calls.
func (p *pbxs) mayRing() (ids []string) {
	for _, id := range p.desk.Rules().PBXs {
		s := p.status(id)
		if s.State == protocol.PBXWorking && slices.ContainsFunc(s.Rights, func(r pbx.Right) bool {
			return r.Setting == pbx.RightOriginate && r.Verdict == pbx.Granted
		}) {
			ids = append(ids, id)
		}
	}
	return ids
}

// removeDisabled disconnects the PBXs that are no longer enabled. It returns the ids of those with
// a changed connection.
func (p *pbxs) removeDisabled(ctx context.Context, running, enabled []pbx.Config) (changed []string) {
	for _, before := range running {
		i := slices.IndexFunc(enabled, func(c pbx.Config) bool { return c.Name == before.Name })
		switch {
		case i < 0:
			p.listening.Leave(ctx, before.Name)
			heard := p.Remove(before.Name)
			delete(p.users, before.Name)
			p.control.Left(before.Name)
			p.listening.Left(before.Name)
			p.duty.Left(before.Name)
			p.announced.Left(before.Name)
			p.queues.Left(before.Name)
			p.mobile.Left(before.Name)
			p.colleagues.Left(before.Name)
			p.phones.Left(before.Name)
			_ = p.desk.Left(ctx, before.Name, heard) // fails only when the hub stops
		case !sameConnection(before, enabled[i]):
			changed = append(changed, before.Name)
		}
	}
	return changed
}

// update connects to new PBXs and reconnects to changed ones. It reports whether there are any.
func (p *pbxs) update(ctx context.Context, running, enabled []pbx.Config, changed []string) (any bool) {
	for _, c := range enabled {
		switch known := slices.ContainsFunc(running, func(b pbx.Config) bool { return b.Name == c.Name }); {
		case !known:
			p.connect(ctx, c)
		case slices.Contains(changed, c.Name):
			p.Renew(ctx, c)
		default:
			continue
		}
		any = true
	}
	return any
}

// sameConnection compares what a connection depends on.
func sameConnection(a, b pbx.Config) bool {
	roots := (a.TLS == nil) == (b.TLS == nil) && (a.TLS == nil || a.TLS.RootCAs.Equal(b.TLS.RootCAs))
	return roots && a.Address == b.Address && a.Username == b.Username && a.Password == b.Password && a.MD5 == b.MD5 &&
		slices.Equal(a.Queues, b.Queues) && slices.Equal(a.Dialplan, b.Dialplan) &&
		slices.Equal(a.Classes, b.Classes) // which events it reads
}
