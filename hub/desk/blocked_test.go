package desk

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"traybell/hub/blocking"
	"traybell/shared/protocol"
)

// Who opens a call sees who blocked the number, when, why, and where not: also of a call that came
// before, and after a restart.
func TestWhoBlockedANumberStandsOnItsCalls(t *testing.T) {
	openBlocking(t, func(o *office, x *exchange) {
		block := func() *protocol.Block {
			t.Helper()
			synctest.Wait()
			var calls []protocol.Call
			if err := o.Join(o.ctx, anna, func(s protocol.OpenedSession) {
				calls = s.Calls
			}); err != nil || len(calls) != 1 {
				t.Fatalf("%d calls, %v", len(calls), err)
			}
			return calls[0].Caller.Blocked
		}
		o.change(rings("84957654321", leg("101", protocol.Ringing)))
		if b := block(); b != nil {
			t.Errorf("blocked by nobody: %+v", b)
		}
		x.away["branch"] = &blocking.Error{Reason: "branch is away", Err: errors.New("closed")}
		o.answers(o.does(guard, protocol.CallerBlock, "8 495 765-43-21", "Sells carpets"), "blocking.partial")
		if b := block(); b == nil || b.By != "Dora Weiss" || b.Reason != "Sells carpets" ||
			!b.At.Equal(x.acts[0].At) || !slices.Equal(b.Failed, []string{"branch"}) {
			t.Errorf("blocked: %+v", b)
		}
		c := rings("84957654321", leg("101", protocol.Ringing))
		c.ID = "main:1.1" // the same call again: what is known of it stays
		o.change(c)
		if b := block(); b == nil {
			t.Error("a change of the call takes the block away")
		}
		delete(x.away, "branch")
		if err := o.PBX(o.ctx, protocol.PBX{ID: "branch", State: protocol.PBXWorking}); err != nil {
			t.Fatal(err)
		}
		if b := block(); b == nil || len(b.Failed) != 0 {
			t.Errorf("after the branch came back: %+v", b)
		}
		if b := o.blockOf(o.ctx, "+74957654321"); b == nil || b.By != "Dora Weiss" {
			t.Errorf("who is asked anew: %+v", b)
		}
		o.answers(o.does(guard, protocol.CallerUnblock, "8 495 765-43-21", ""), "false by Dora Weiss")
		if b := block(); b != nil {
			t.Errorf("unblocked: %+v", b)
		}
		if b := o.blockOf(o.ctx, "+74957654321"); b != nil {
			t.Errorf("unblocked, asked anew: %+v", b)
		}
	})
}
