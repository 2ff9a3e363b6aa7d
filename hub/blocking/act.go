package blocking

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"traybell/hub/fail"
	"traybell/hub/jobs"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// errNoEffect ends an action that changed no PBX.
var errNoEffect = errors.New("no PBX was changed")

// act is an action in progress.
type act struct {
	*Service
	b     *Block
	fresh bool // an agent waits for the result
	known bool // valid if fresh: the number was blocked before
	did   outcome
}

// begin refuses an action or stores it as pending.
func (w *act) begin(ctx context.Context, rules Rules, number phone.Number) error {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	if w.b.Blocked {
		if err := w.allowed(ctx, rules, number); err != nil {
			return err
		}
		if err := w.cameFromOutside(ctx, number); err != nil {
			return err
		}
	}
	last, known, err := w.Store.LastBlock(ctx, w.b.Number)
	if err != nil {
		return w.unstored(err)
	}
	w.known = known && last.Blocked
	if w.b.Entries, err = w.entries(ctx, rules, number, last); err != nil {
		return err
	}
	if w.b.ID, err = w.Store.BeginBlock(ctx, *w.b); err != nil {
		return w.unstored(err)
	}
	return nil
}

func (s *Service) unstored(err error) error {
	s.Log.Error("cannot store block", "error", err)
	return fail.New(protocol.BlockUnsaved, "").Because(err)
}

// run makes one attempt and stores the result. What failed waits until a PBX connects.
func (w *act) run(ctx context.Context) error {
	err := w.runner.Run(ctx, &jobs.Task{
		Name: "block of " + w.b.Number, Fresh: w.fresh, Claim: w.b.Claim, Parks: true, Do: w.do,
		Keep: func(ctx context.Context, _ jobs.Progress, claim jobs.Claim, _ error) error {
			if claim == (jobs.Claim{}) {
				return w.Store.EndBlock(ctx, *w.b)
			}
			w.b.Claim = claim
			return w.Store.RenewBlock(ctx, w.b.ID, claim)
		},
	})
	switch {
	case errors.Is(err, jobs.ErrParked), errors.Is(err, jobs.ErrTaken):
		return err
	case err != nil && !errors.Is(err, jobs.ErrStopped):
		w.b.State = Failed
	}
	w.end(ctx)
	return err
}

// end stores an action and releases its claim.
func (w *act) end(ctx context.Context) {
	err := jobs.Keep(ctx, func(ctx context.Context) error { return w.Store.EndBlock(ctx, *w.b) })
	if err != nil {
		w.Log.Error("cannot store the result of a block, retrying when the PBX reconnects",
			"number", w.b.Number, "error", err)
	}
}

// do attempts an action once. It checks the stored action again: the rules may have changed.
func (w *act) do(ctx context.Context) error {
	if w.b.Blocked && !w.fresh {
		rules := w.Rules()
		if err := w.allowed(ctx, rules, rules.Numbers.Typed(w.b.Number)); err != nil {
			return err
		}
	}
	w.did = w.carryOut(ctx)
	switch {
	case w.fresh && !w.did.changed && !w.did.uncertain && w.pointless():
		return fmt.Errorf("%w: %s", errNoEffect, w.did.why())
	case w.did.failed():
		return errors.New(w.did.why())
	}
	return nil
}

// pointless reports whether to drop an action that changed nothing: a PBX refused it, or the number
// was not blocked.
func (w *act) pointless() bool {
	if w.b.Blocked {
		return w.did.failed()
	}
	return !w.known
}

// carryOut does the incomplete part of an action on all PBXs at once and updates the entries and
// the state.
func (w *act) carryOut(ctx context.Context) outcome {
	type result struct {
		was bool
		err error
	}
	results := make([]result, len(w.b.Entries))
	pbxs := w.Switchboard.PBXs()
	var working sync.WaitGroup
	for _, pbx := range pbxs {
		working.Go(func() {
			var failed error // would fail for the other forms too: no connection, a missing right
			for i, e := range w.b.Entries {
				switch {
				case e.PBX != pbx || e.Done:
					continue
				case failed != nil:
					results[i].err = failed
				case w.b.Blocked:
					results[i].err = w.Switchboard.Block(ctx, pbx, e.Form, w.b.Description())
					results[i].was = results[i].err == nil
				default:
					results[i].was, results[i].err = w.Switchboard.Unblock(ctx, pbx, e.Form)
				}
				failed = results[i].err
			}
		})
	}
	working.Wait()
	out := outcome{reasons: map[string]string{}}
	w.b.State = Done
	for i := range w.b.Entries {
		e := &w.b.Entries[i]
		if e.Done || !slices.Contains(pbxs, e.PBX) {
			continue // already done, or the PBX is disabled now
		}
		out.changed = out.changed || results[i].was
		err := results[i].err
		e.Done, e.Error = err == nil, ""
		if err == nil {
			continue
		}
		w.b.State, e.Error = Pending, err.Error()
		reason := "the PBX " + e.PBX + " failed"
		var refusal *Error
		if errors.As(err, &refusal) {
			reason = refusal.Reason
			out.uncertain = out.uncertain || refusal.Uncertain
		}
		if out.reasons[e.PBX] == "" {
			out.reasons[e.PBX] = reason
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
