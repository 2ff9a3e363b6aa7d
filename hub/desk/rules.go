package desk

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"time"

	"traybell/hub/calldata"
	"traybell/hub/caller"
	"traybell/hub/cdr"
	"traybell/hub/rules"
	"traybell/hub/staff"
	"traybell/hub/tickettemplate"
	"traybell/hub/tracking"
	"traybell/shared/link"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Rules are the desk's part of hub.yml. They are immutable: a reload replaces them.
type Rules struct {
	caller.Company
	Lines     *tracking.Lines
	Rules     *rules.Set
	Templates tickettemplate.Set
	Links     link.Set
	Settings  protocol.Settings // what desktops get at sign-in
	Numbers   *phone.Reader
	PBXs      []string  // ids of the enabled ones
	Protected []string  // numbers, patterns and logins of customers that are never blocked
	TalkTime  bool      // a call's talk time is added to its ticket
	Records   cdr.Store // nil: no CDR is kept
	CDR       cdr.Rules
	CallData  *calldata.Fields
}

// Check returns an error that Reload would return.
func (r *Rules) Check() error {
	for _, l := range r.Lines.Entries() {
		if l.Template != "" && !r.Templates.Has(l.Template) {
			return fmt.Errorf("tracking %s: there is no ticket template %q", l.Number, l.Template)
		}
	}
	return nil
}

// Rules returns the current rules.
func (d *Desk) Rules() *Rules { return d.rules.Load() }

// Staff returns the current agents.
func (d *Desk) Staff() *staff.Staff { return d.Rules().Staff }

// Reload replaces the rules in one step on the loop. That step first runs admit, which admits the
// new agents to sign-in. If admit fails, nothing changes.
//
// Live calls are routed again; agents who saw them keep them. Agents whose name, extensions or
// rights changed get a new snapshot, all others only new settings.
func (d *Desk) Reload(ctx context.Context, r *Rules, admit func() error) error {
	if err := r.Check(); err != nil {
		return err
	}
	var failed error
	err := d.wait(ctx, func(l *loop) {
		if failed = admit(); failed == nil {
			l.reload(r)
		}
	})
	if err != nil {
		return err
	}
	return failed
}

func (l *loop) reload(r *Rules) {
	before := l.rules
	l.rules = r
	l.desk.rules.Store(r)
	if l.desk.records != nil && r.Records != nil {
		l.desk.records.SetRules(r.Records, r.CDR, r.PBXs)
	}
	removed := l.pbxs.Set(r.PBXs)
	l.routeAgain()
	l.sendReloaded(before, removed)
}

// routeAgain routes the live calls by the new rules, and sends those that look different or have
// more agents.
func (l *loop) routeAgain() {
	began := l.now()
	l.each(append(inOrder(maps.Keys(l.live)), l.ended.list...), func(c *call) {
		seen, agents := c.seen(), len(c.seenBy)
		c.links = l.rules.Links
		if t := c.ticket; t != nil {
			c.ticket = &protocol.Ticket{Number: t.Number, URL: t.URL, By: l.rules.Staff.Name(c.madeBy.Login)}
		}
		if c.State == protocol.Ended {
			return
		}
		if l.rules.Numbers.Read(c.Number) != c.parsed || c.impostor != l.rules.Impostor(c.Direction, c.parsed) {
			l.identify(c)
		}
		l.route(c)
		if len(c.seenBy) > agents || !reflect.DeepEqual(seen, c.seen()) {
			l.show(c)
			l.traces.changed(c, began)
		}
	})
}

// sendReloaded sends agents their changed snapshots and settings.
func (l *loop) sendReloaded(before *Rules, removed bool) {
	var changed, rest []string
	for _, a := range l.rules.Staff.Agents() {
		was, known := before.Staff.Agent(a.Login)
		switch {
		case !known: // cannot be signed in yet
		case removed || !reflect.DeepEqual(agentOf(was), agentOf(a)):
			changed = append(changed, a.Login)
		default:
			rest = append(rest, a.Login)
		}
	}
	l.backlog.Add(len(changed), func(i int) {
		if a, ok := l.rules.Staff.Agent(changed[i]); ok && l.terminals.Online(a.Login) > 0 {
			l.notify([]string{a.Login}, protocol.Event, protocol.SessionOpened, l.snapshot(a, true))
		}
	})
	if !reflect.DeepEqual(before.Settings, l.rules.Settings) {
		l.notify(rest, protocol.Event, protocol.SettingsEvent, l.rules.Settings)
	}
}

func agentOf(a staff.Agent) protocol.Agent {
	return protocol.Agent{
		Login: a.Login, Name: a.Name, Extensions: a.Extensions, Rights: a.Rights, Password: a.Password,
	}
}

// Left ends the calls of a PBX that hub.yml no longer names or enables: their ends will not be
// reported. heard is when it was last heard of.
func (d *Desk) Left(ctx context.Context, pbx string, heard time.Time) error {
	return d.wait(ctx, func(l *loop) {
		of := map[*call]uint64{} // the epochs in which they were reported
		for c := range l.live {
			if c.PBX == pbx {
				of[c] = c.epoch
			}
		}
		l.each(inOrder(maps.Keys(of)), func(c *call) {
			if c.State != protocol.Ended && c.epoch == of[c] {
				l.leave(c, heard)
			}
		})
	})
}

// leave ends a call of a PBX that was disabled, and last heard of at that time.
func (l *loop) leave(c *call, heard time.Time) {
	c.Call = c.Left(heard)
	c.legs = l.sharing.Named(c.Legs, c.takenBy)
	l.desk.log.Info("call ended: its PBX is disabled", "call", c.ID)
	l.settle(c)
	l.ended.keep(c)
	l.show(c)
	l.traces.changed(c, l.now())
}
