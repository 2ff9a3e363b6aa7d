package admin

import (
	"context"

	"traybell/hub/access"
	"traybell/hub/replay"
)

// Rules are the commands about rules for calls.
type Rules struct{ Reader func() replay.Reader }

// Call returns what the rules of hub.yml did and would do to a call. ok is false if hub.yml has no rules,
// or there is no record of the call.
func (x *Rules) Call(ctx context.Context, p access.Principal, callID string) (of replay.Ruling, ok bool, err error) {
	if err := need(p, access.View); err != nil {
		return of, false, err
	}
	r := x.Reader()
	if r.Rules.Empty() {
		return of, false, nil
	}
	return r.Call(ctx, callID)
}
