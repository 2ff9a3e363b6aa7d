package desk

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/protocol"
)

// Reload puts into force what hub.yml says of agents, lines, templates, links, settings, numbers,
// blocking, records and PBXs, in one step on the loop: nobody sees half of it. All else of o, such
// as the store and the help desk, stays as New was given it. An error means that nothing was
// changed.
//
// Calls under way go on; whom they concern now is shown them as well, and who was shown them before
// keeps them. Agents whose name, extensions or rights are other ones get a new snapshot, all others
// hear of new settings only.
func (d *Desk) Reload(ctx context.Context, o Options, admit func() error) error {
	lines, err := o.lines()
	if err != nil {
		return err
	}
	var failed error
	if err := d.wait(ctx, func() { failed = d.reload(o, lines, admit) }); err != nil {
		return err
	}
	return failed
}

// lines are the tracked numbers, each with a template that there is.
func (o *Options) lines() (*tracking.Lines, error) {
	for _, l := range o.Lines {
		if l.Template != "" && !o.Templates.Has(l.Template) {
			return nil, fmt.Errorf("tracking %s: there is no ticket template %q", l.Number, l.Template)
		}
	}
	return tracking.New(o.Lines, o.Numbers)
}

// facts are the options as they are now, for what runs beside the loop.
func (d *Desk) facts() *Options { return d.latest.Load() }

// Staff are the agents as they are now. Any goroutine may ask.
func (d *Desk) Staff() []staff.Agent { return d.facts().Agents }

// seat puts the agents of o in their places.
func (d *Desk) seat(o *Options) {
	d.byExt = map[string][]staff.Agent{}
	for _, a := range o.Agents {
		for _, e := range a.Extensions {
			d.byExt[e] = append(d.byExt[e], a)
		}
	}
	kept := *o
	d.latest.Store(&kept)
}

func (d *Desk) reload(o Options, lines *tracking.Lines, admit func() error) error {
	if err := admit(); err != nil {
		return err
	}
	before := d.Options
	d.Agents, d.Lines, d.Templates, d.Links, d.Settings, d.Numbers = o.Agents, o.Lines, o.Templates, o.Links, o.Settings, o.Numbers
	d.TalkTime, d.Protected, d.PBXs = o.TalkTime, o.Protected, o.PBXs
	d.lines = lines
	d.seat(&d.Options)
	if d.records != nil && o.Records != nil {
		d.records.SetRules(o.Rules, o.PBXs)
	}
	removed := d.namePBXs()
	d.showAgain()
	d.tellReloaded(before, removed)
	return nil
}

// namePBXs brings the list of PBXs to what hub.yml names, and tells whether one is gone. Agents
// hear of new ones.
func (d *Desk) namePBXs() (removed bool) {
	for id := range d.pbxs {
		if !slices.Contains(d.PBXs, id) {
			delete(d.pbxs, id)
			removed = true
		}
	}
	d.pbxOrder = slices.Clone(d.PBXs)
	for _, id := range d.PBXs {
		if _, known := d.pbxs[id]; !known {
			d.pbxs[id] = protocol.PBX{ID: id, State: protocol.PBXStopped}
			d.tell(d.everybody(), protocol.Event, protocol.PBXEvent, d.pbxs[id])
		}
	}
	return removed
}

// showAgain looks at the calls under way by what holds now, and sends those that look other than
// before, or to more agents.
func (d *Desk) showAgain() {
	began := d.Now()
	for _, l := range d.inOrder() {
		seen, told := l.seen(), maps.Clone(l.told)
		l.links = d.Links
		if l.call.State == protocol.Ended {
			continue
		}
		d.settle(l)
		l.legs = d.named(l)
		l.line = d.lineOf(l.call)
		if d.Numbers.Read(l.call.Number) != l.number {
			d.identify(d.run, l)
		}
		for _, login := range d.concerned(l) {
			l.told[login] = struct{}{}
		}
		if !reflect.DeepEqual(seen, l.seen()) || !maps.Equal(told, l.told) {
			d.show(l)
			d.trace(l, began)
		}
	}
}

// tellReloaded sends each agent what is new about the agent and the settings.
func (d *Desk) tellReloaded(before Options, removed bool) {
	settings := !reflect.DeepEqual(before.Settings, d.Settings)
	var rest []string
	for _, a := range d.Agents {
		i := slices.IndexFunc(before.Agents, func(b staff.Agent) bool { return b.Login == a.Login })
		if i < 0 {
			continue // nobody can be signed in yet
		}
		if was := asTerminal(before.Agents[i]); removed || !reflect.DeepEqual(was, asTerminal(a)) {
			d.tell([]string{a.Login}, protocol.Event, protocol.SessionOpened, d.snapshotWithEnded(a))
			continue
		}
		if settings {
			rest = append(rest, a.Login)
		}
	}
	d.tell(rest, protocol.Event, protocol.SettingsEvent, d.Settings)
}

func asTerminal(a staff.Agent) protocol.Agent {
	return protocol.Agent{Login: a.Login, Name: a.Name, Extensions: a.Extensions, Rights: a.Rights}
}

// snapshotWithEnded is a snapshot for a desktop that is signed in: with the ended calls of the last
// minutes too, since their cards may be open.
func (d *Desk) snapshotWithEnded(a staff.Agent) protocol.OpenedSession {
	s := d.snapshot(a)
	for _, l := range d.inOrder() {
		if _, told := l.told[a.Login]; told && l.call.State == protocol.Ended && l.call.Into == "" {
			s.Calls = append(s.Calls, l.seen())
		}
	}
	return s
}

// Left says that a PBX is followed no more, because hub.yml no longer names it or has it disabled.
// Nothing will be heard of its calls: they end, unseen.
func (d *Desk) Left(ctx context.Context, pbx string) error {
	return d.wait(ctx, func() {
		for _, l := range d.inOrder() {
			if l.call.PBX != pbx || l.call.State == protocol.Ended {
				continue
			}
			l.left = l.epoch
			l.call.State, l.call.Ended = protocol.Ended, d.Now()
			legs := slices.Clone(l.call.Legs)
			for i := range legs {
				legs[i].State = protocol.Ended
			}
			l.call.Legs = legs
			l.legs = d.named(l)
			d.Log.Info("a call ends for the hub, since its PBX is followed no more", "call", l.call.ID)
			d.show(l)
			d.trace(l, l.call.Ended)
		}
	})
}
