package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"traybell/hub/blocking"
	"traybell/hub/calls"
	"traybell/hub/staff"
	"traybell/hub/tracking"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

const (
	blockTime = 20 * time.Second // one act on all PBXs, with the look-up before it
	keepTime  = 5 * time.Second  // to note what came of it
)

// outside is a number of the public network as a PBX presents it: only such are ever written to a
// blacklist.
var outside = regexp.MustCompile(`^\+?[0-9]{1,32}$`)

// block blocks or unblocks a number on every enabled PBX, in every form in which that PBX may
// present it.
func (d *Desk) block(ctx context.Context, a staff.Agent, in protocol.BlockCaller,
	blocked bool,
) (protocol.Message, *protocol.Failure) {
	if !a.May(protocol.RightBlock) {
		return protocol.Message{}, fail(protocol.Forbidden,
			"You may not block callers. An administrator can give you the right %q in hub.yml.", protocol.RightBlock)
	}
	if d.Switchboard == nil || len(d.Switchboard.PBXs()) == 0 {
		return protocol.Message{}, fail(protocol.Invalid, "There is no PBX to block callers on.")
	}
	number, failure := numberOf(d.facts().Numbers, in.Number)
	if failure != nil {
		return protocol.Message{}, failure
	}
	reason, failure := note(in.Reason)
	if failure != nil {
		return protocol.Message{}, failure
	}
	switch {
	case number.Kind == phone.Withheld || number.Key() == "":
		return protocol.Message{}, fail(protocol.Invalid, "This caller withheld the number: there is none to block.")
	case number.Kind == phone.Internal:
		return protocol.Message{}, fail(protocol.Forbidden,
			"%.40q is a phone of the house; only outside numbers can be blocked.", number.Local)
	case !outside.MatchString(number.Key()):
		return protocol.Message{}, fail(protocol.Invalid, "%.40q is no number that can be blocked.", number.Local)
	}
	// An act that was begun is finished also when the desktop goes away; one after the other, so
	// that the last one counts on every PBX.
	ctx = context.WithoutCancel(ctx)
	d.blocking.Lock()
	defer d.blocking.Unlock()
	ctx, cancel := context.WithTimeout(ctx, blockTime)
	defer cancel()

	b := blocking.Block{Number: number.Key(), Blocked: blocked, Reason: reason, Agent: a.Login, Name: a.Name, At: d.Now().UTC()}
	if blocked {
		if failure := d.blockable(ctx, number); failure != nil {
			return protocol.Message{}, failure
		}
	}
	last, known, err := d.Blocks.LastBlock(ctx, b.Number)
	if err != nil {
		return protocol.Message{}, d.unkept(err)
	}
	known = known && last.Blocked
	if b.Entries, failure = d.entries(ctx, number, last); failure != nil {
		return protocol.Message{}, failure
	}
	if b.ID, err = d.Blocks.BeginBlock(ctx, b); err != nil {
		return protocol.Message{}, d.unkept(err)
	}
	did := d.carryOut(ctx, &b)
	switch {
	case did.failed() && !did.changed && !did.uncertain && (blocked || !known):
		b.State = blocking.Failed
	case !blocked && !known && !did.changed && !did.failed():
		b.State = blocking.Failed // there was nothing to undo
	}
	d.endBlock(ctx, b)
	d.Log.Info("a caller was blocked or unblocked", "number", b.Number, "blocked", blocked, "agent", a.Login,
		"state", b.State, "failed", did.reasons)
	return d.blockAnswer(ctx, b, did)
}

func (d *Desk) blockAnswer(ctx context.Context, b blocking.Block, did outcome) (protocol.Message, *protocol.Failure) {
	verb := map[bool]string{true: "blocked", false: "unblocked"}[b.Blocked]
	switch {
	case b.State == blocking.Failed && !did.failed():
		return protocol.Message{}, fail(protocol.NotFound, "This number is not blocked.")
	case b.State == blocking.Failed:
		return protocol.Message{}, &protocol.Failure{
			Code: protocol.Invalid, Text: fmt.Sprintf("The number could not be %s: %s.", verb, did.why()),
			Retry: true,
		}
	}
	told := asTold(b)
	told.Failed = did.pbxs()
	others := func() { // all but the one who pressed, who gets the answer
		d.showBlock(b)
		logins := slices.DeleteFunc(d.everybody(), func(login string) bool { return login == b.Agent })
		d.tell(logins, protocol.Notification, protocol.CallerBlocked, told)
	}
	if failure := d.on(ctx, others); failure != nil {
		return protocol.Message{}, failure
	}
	if !did.failed() {
		return notification(protocol.CallerBlocked, told)
	}
	told.Text = fmt.Sprintf("The number is not %s everywhere: %s. The hub tries again when it next connects to the PBX.",
		verb, did.why())
	m, err := protocol.New(protocol.Warning, protocol.BlockingPartial, told)
	if err != nil {
		return m, fail(protocol.Invalid, "The answer cannot be encoded: %v.", err)
	}
	return m, nil
}

func asTold(b blocking.Block) protocol.BlockedCaller {
	return protocol.BlockedCaller{Number: b.Number, Blocked: b.Blocked, Reason: b.Reason, By: b.Name, At: b.At}
}

// blockable refuses to block extensions and whom the administrator protects. It looks at every
// form: a number of the house may look like one from outside.
func (d *Desk) blockable(ctx context.Context, number phone.Number) *protocol.Failure {
	forms := append(d.facts().Numbers.Forms(number), number.Local)
	ours := calls.ShortDigits(number.Local)
	failure := d.on(ctx, func() {
		ours = ours || slices.ContainsFunc(forms, func(form string) bool { return len(d.byExt[form]) > 0 })
	})
	switch {
	case failure != nil:
		return failure
	case ours:
		return fail(protocol.Forbidden, "%s is a phone of the house; only outside numbers can be blocked.",
			number.Display)
	case len(d.facts().Protected) == 0:
		return nil
	}
	protected := fail(protocol.Forbidden,
		"%s is protected: an administrator has it in hub.yml among those who are never blocked.", number.Display)
	for _, entry := range d.facts().Protected {
		switch {
		case strings.HasPrefix(entry, "_"):
			if slices.ContainsFunc(forms, func(form string) bool { return tracking.Match(entry, form) }) {
				return protected
			}
		case d.facts().Numbers.Plain().Read(entry).Key() == number.Key():
			return protected
		}
	}
	if unread := d.unread(); len(unread) > 0 {
		return &protocol.Failure{
			Code: protocol.Invalid,
			Text: fmt.Sprintf("The hub has not read the directory %s yet, so that it cannot tell whether this is a "+
				"protected customer; please try again.",
				strings.Join(unread, ", ")),
			Retry: true,
		}
	}
	customers, err := d.Directory.Find(ctx, number)
	if err != nil {
		d.Log.Warn("whether a number is a protected customer's could not be looked up", "number", number.Key(),
			"error", err)
		return &protocol.Failure{
			Code: protocol.Invalid,
			Text: "The directories do not answer, so that the hub cannot tell whether this is a protected " +
				"customer; please try again.",
			Retry: true,
		}
	}
	for _, c := range customers {
		if slices.Contains(d.facts().Protected, c.Login) { // also one of whom only the end of the number fits
			return protected
		}
	}
	return nil
}

// unread are the directories that were never read, where a customer is protected by a login.
func (d *Desk) unread() []string {
	logins := slices.ContainsFunc(d.facts().Protected, func(entry string) bool {
		return !strings.HasPrefix(entry, "_") && d.facts().Numbers.Plain().Read(entry).E164 == ""
	})
	if !logins || d.Unread == nil {
		return nil
	}
	return d.Unread()
}

// entries lists what has to be written or deleted: on every enabled PBX all forms of the number,
// and those in which it is calling just now. What an earlier act wrote is among it, since the rules
// may have changed since.
func (d *Desk) entries(ctx context.Context, number phone.Number, last blocking.Block) ([]blocking.Entry, *protocol.Failure) {
	forms := map[string][]string{}
	add := func(pbx, form string) {
		if outside.MatchString(form) && !calls.ShortDigits(form) && !slices.Contains(forms[pbx], form) {
			forms[pbx] = append(forms[pbx], form)
		}
	}
	for _, pbx := range d.Switchboard.PBXs() {
		forms[pbx] = nil
		for _, form := range d.facts().Numbers.Forms(number) {
			add(pbx, form)
		}
	}
	for _, e := range last.Entries {
		if _, enabled := forms[e.PBX]; enabled {
			add(e.PBX, e.Form)
		}
	}
	failure := d.on(ctx, func() {
		for _, l := range d.calls {
			if _, enabled := forms[l.call.PBX]; enabled && l.number.Key() == number.Key() {
				add(l.call.PBX, l.call.Number)
			}
		}
	})
	if failure != nil {
		return nil, failure
	}
	var entries []blocking.Entry
	for _, pbx := range slices.Sorted(maps.Keys(forms)) {
		for _, form := range forms[pbx] {
			entries = append(entries, blocking.Entry{PBX: pbx, Form: form})
		}
	}
	if len(entries) == 0 {
		return nil, fail(protocol.Invalid, "By the CallerID rules in hub.yml no PBX presents such a number.")
	}
	return entries, nil
}

// outcome is what came of an act.
type outcome struct {
	reasons   map[string]string // by PBX: why something is left to do there
	changed   bool              // something was written or deleted
	uncertain bool              // or may have been
}

func (o outcome) failed() bool   { return len(o.reasons) > 0 }
func (o outcome) pbxs() []string { return slices.Sorted(maps.Keys(o.reasons)) }

func (o outcome) why() string {
	var all []string
	for _, pbx := range o.pbxs() {
		all = append(all, o.reasons[pbx])
	}
	return strings.Join(all, "; ")
}

// carryOut does what is left of an act, on all PBXs at once, and notes it in the entries and the
// state.
func (d *Desk) carryOut(ctx context.Context, b *blocking.Block) outcome {
	type done struct {
		was bool
		err error
	}
	results := make([]done, len(b.Entries))
	var working sync.WaitGroup
	for _, pbx := range d.Switchboard.PBXs() {
		working.Go(func() {
			// what one form failed for, the others would too: a lost connection, a right that is
			// missing
			var failed error
			for i, e := range b.Entries {
				switch {
				case e.PBX != pbx || e.Done:
					continue
				case failed != nil:
					results[i].err = failed
				case b.Blocked:
					results[i].err = d.Switchboard.Block(ctx, pbx, e.Form, b.Description())
					results[i].was = results[i].err == nil
				default:
					results[i].was, results[i].err = d.Switchboard.Unblock(ctx, pbx, e.Form)
				}
				failed = results[i].err
			}
		})
	}
	working.Wait()
	out := outcome{reasons: map[string]string{}}
	b.State = blocking.Done
	for i := range b.Entries {
		e := &b.Entries[i]
		if e.Done || !slices.Contains(d.Switchboard.PBXs(), e.PBX) {
			continue // done before, or on a PBX that is no longer enabled
		}
		out.changed = out.changed || results[i].was
		err := results[i].err
		e.Done, e.Error = err == nil, ""
		if err == nil {
			continue
		}
		b.State = blocking.Pending
		reason := "the PBX " + e.PBX + " failed"
		var refusal *blocking.Error
		if errors.As(err, &refusal) {
			reason = refusal.Reason
			out.uncertain = out.uncertain || refusal.Uncertain
		}
		e.Error = err.Error()
		if out.reasons[e.PBX] == "" {
			out.reasons[e.PBX] = reason
		}
	}
	return out
}

func (d *Desk) endBlock(ctx context.Context, b blocking.Block) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	if err := d.Blocks.EndBlock(ctx, b); err != nil {
		d.Log.Error("what became of a block could not be kept; it is done again when the PBX next connects",
			"number", b.Number, "error", err)
	}
}

func (d *Desk) unkept(err error) *protocol.Failure {
	d.Log.Error("a block could not be kept", "error", err)
	return &protocol.Failure{
		Code: protocol.Invalid,
		Text: "The block could not be kept, so nothing was done; please tell an administrator.", Retry: true,
	}
}

// catchUp does on a PBX that has just connected what was left to do there, and tells everybody when
// that was the last of an act.
func (d *Desk) catchUp(ctx context.Context, pbx string) {
	d.blocking.Lock()
	defer d.blocking.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 3*blockTime)
	defer cancel()
	pending, err := d.Blocks.PendingBlocks(ctx, pbx)
	if err != nil {
		d.Log.Error("what is left to block could not be read", "pbx", pbx, "error", err)
		return
	}
	for _, b := range pending {
		if b.Blocked {
			number, _ := numberOf(d.facts().Numbers, b.Number)
			if failure := d.blockable(ctx, number); failure != nil {
				d.Log.Warn("a block is not completed", "pbx", pbx, "number", b.Number, "reason", failure.Text)
				continue
			}
		}
		did := d.carryOut(ctx, &b)
		d.endBlock(ctx, b)
		d.Log.Info("a block was caught up with", "pbx", pbx, "number", b.Number, "blocked", b.Blocked,
			"state", b.State, "failed", did.reasons)
		if b.State == blocking.Done {
			_ = d.do(ctx, func() { // a stopping hub has nobody to tell
				d.showBlock(b)
				d.tell(d.everybody(), protocol.Notification, protocol.CallerBlocked, asTold(b))
			})
		}
	}
}
