package blocking

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/fail"
	"traybell/hub/jobs"
	"traybell/hub/staff"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// exchange is two PBXs with blacklists, the store, the directory and the live calls.
type exchange struct {
	mu      sync.Mutex
	lists   map[string]map[string]string // by PBX: description by form
	away    map[string]error             // PBXs that refuse
	pbxs    []string
	acts    []Block
	refuses error         // of the store's writes
	takes   time.Duration // duration of a PBX's answer

	slow       time.Duration // of the directory
	unreadable []string
	presented  map[string][]string
	stopping   error
	changed    []string // blocks that were shown, and the excluded agent
}

func (x *exchange) PBXs() []string { return x.pbxs }

func (x *exchange) wait(ctx context.Context) error {
	select {
	case <-time.After(x.takes):
		return nil
	case <-ctx.Done():
		return &Error{Reason: "no answer", Uncertain: true, Err: ctx.Err()}
	}
}

func (x *exchange) Block(ctx context.Context, pbx, form, description string) error {
	if err := x.wait(ctx); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.away[pbx] != nil {
		return x.away[pbx]
	}
	x.lists[pbx][form] = description
	return nil
}

func (x *exchange) Unblock(ctx context.Context, pbx, form string) (bool, error) {
	if err := x.wait(ctx); err != nil {
		return false, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.away[pbx] != nil {
		return false, x.away[pbx]
	}
	_, was := x.lists[pbx][form]
	delete(x.lists[pbx], form)
	return was, nil
}

func (x *exchange) on(pbx string) []string { return slices.Sorted(maps.Keys(x.lists[pbx])) }

func (x *exchange) everywhere() []string { return append(x.on("main"), x.on("branch")...) }

func (x *exchange) BeginBlock(_ context.Context, b Block) (int64, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.refuses != nil {
		return 0, x.refuses
	}
	b.ID, b.State, b.Entries = int64(len(x.acts)), Pending, slices.Clone(b.Entries)
	x.acts = append(x.acts, b)
	return b.ID, nil
}

func (x *exchange) EndBlock(ctx context.Context, b Block) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.refuses != nil || ctx.Err() != nil {
		return errors.Join(x.refuses, ctx.Err())
	}
	kept := &x.acts[b.ID]
	if kept.Claim.Owner != "" && kept.Claim.Owner != b.Claim.Owner {
		return jobs.ErrTaken
	}
	kept.State, kept.Entries, kept.Claim = b.State, slices.Clone(b.Entries), jobs.Claim{}
	return nil
}

func (x *exchange) LastBlock(_ context.Context, number string) (last Block, ok bool, _ error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, b := range x.acts {
		if b.Number == number && b.State != Failed {
			last, ok = b, true
		}
	}
	last.Entries = slices.Clone(last.Entries)
	return last, ok, nil
}

func (x *exchange) ClaimBlocks(ctx context.Context, pbx string, claim jobs.Claim) (claimed []Block, _ error) {
	if x.refuses != nil {
		return nil, x.refuses
	}
	for i := range x.acts {
		last, _, _ := x.LastBlock(ctx, x.acts[i].Number)
		left := slices.ContainsFunc(last.Entries, func(e Entry) bool { return e.PBX == pbx && !e.Done })
		if last.ID == x.acts[i].ID && last.State == Pending && left && last.Claim.FreeFor(claim.Owner, time.Now()) {
			x.acts[i].Claim, last.Claim = claim, claim
			claimed = append(claimed, last)
		}
	}
	return claimed, nil
}

func (x *exchange) RenewBlock(_ context.Context, id int64, claim jobs.Claim) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.acts[id].State != Pending || !x.acts[id].Claim.FreeFor(claim.Owner, time.Now()) {
		return jobs.ErrTaken
	}
	x.acts[id].Claim = claim
	return x.refuses
}

func (x *exchange) Find(ctx context.Context, number phone.Number) ([]protocol.Customer, error) {
	select {
	case <-time.After(x.slow):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if number.E164 == "+74951234567" {
		return []protocol.Customer{{Login: "ivanov", Name: "Ivan Ivanov", Company: "ACME"}}, nil
	}
	return nil, nil
}

func (x *exchange) Presented(_ context.Context, key string) (map[string][]string, error) {
	if key != "+74957654321" && key != "+49491716783154" && key != "23456" && key != "101" {
		return nil, x.stopping
	}
	return x.presented, x.stopping
}

func (x *exchange) BlockChanged(_ context.Context, b Block, except string) {
	x.changed = append(x.changed, strings.TrimSpace(fmt.Sprintf("%s %t %v %s", b.Number, b.Blocked, b.Told().Failed,
		except)))
}

var (
	anna = staff.Agent{
		Login: "anna", Name: "Anna Petrova", Extensions: []string{"101", "201", "sales"}, Rights: []string{"ticket"},
	}
	guard = staff.Agent{
		Login: "dora", Name: "Dora Weiss", Extensions: []string{"110", "74959999999"},
		Rights: []string{protocol.RightBlock},
	}
)

// office is an exchange and its service; Dora may block.
type office struct {
	*Service
	*exchange
	t *testing.T
}

func open(t *testing.T, story func(o *office)) {
	synctest.Test(t, func(t *testing.T) {
		x := &exchange{
			lists: map[string]map[string]string{"main": {}, "branch": {}}, away: map[string]error{},
			pbxs: []string{"main", "branch"},
		}
		story(&office{Service: x.service(t, "hub-1"), exchange: x, t: t})
	})
}

func (x *exchange) service(t *testing.T, owner string) *Service {
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	rules := Rules{
		Numbers: numbers, Protected: []string{"8 (495) 000-00-01", "_8812XXXXXXX", "ivanov"},
		Extension: func(number string) bool {
			return slices.Contains(anna.Extensions, number) || slices.Contains(guard.Extensions, number)
		},
	}
	return New(Options{
		Switchboard: x, Store: x, Directory: x, Unread: func() []string { return x.unreadable }, Calls: x,
		Rules: func() Rules { return rules }, Owner: owner, Log: slog.New(slog.DiscardHandler),
	})
}

func (o *office) block(number, reason string) string {
	return answer(o.Service.Block(o.t.Context(), guard, number, reason))
}

func (o *office) unblock(number string) string {
	return answer(o.Service.Unblock(o.t.Context(), guard, number, ""))
}

// answer formats a result in one line, with the details for administrators.
func answer(r Result, err error) string {
	if err != nil {
		f := fail.Of(err)
		return fmt.Sprintf("%s: %s retry %t (%s)", f.Code, f.Text, f.Retry, f.Detail)
	}
	kind := map[bool]string{false: "all", true: "partial"}[r.Partial]
	return strings.TrimSpace(fmt.Sprintf("%s %s %t by %s, failed %v. %s", kind, r.Told.Number, r.Told.Blocked,
		r.Told.By,
		r.Told.Failed, r.Told.Text))
}

func (o *office) answers(got, want string) {
	o.t.Helper()
	if !strings.Contains(got, want) {
		o.t.Errorf("the answer is %q, want %q in it", got, want)
	}
}

func (o *office) shown(want ...string) {
	o.t.Helper()
	if !slices.Equal(o.changed, want) {
		o.t.Errorf("shown: %q, want %q", o.changed, want)
	}
	o.changed = nil
}
