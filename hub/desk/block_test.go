package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/blocking"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// exchange is two PBXs with blacklists, and the store that remembers who blocked.
type exchange struct {
	mu    sync.Mutex
	lists map[string]map[string]string // by PBX: description by form
	away  map[string]error             // PBXs that refuse
	acts  []blocking.Block
}

func (x *exchange) PBXs() []string { return []string{"main", "branch"} }

func (x *exchange) Block(_ context.Context, pbx, form, description string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.away[pbx] != nil {
		return x.away[pbx]
	}
	x.lists[pbx][form] = description
	return nil
}

func (x *exchange) Unblock(_ context.Context, pbx, form string) (bool, error) {
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

func (x *exchange) BeginBlock(_ context.Context, b blocking.Block) (int64, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	b.ID, b.State, b.Entries = int64(len(x.acts)), blocking.Pending, slices.Clone(b.Entries)
	x.acts = append(x.acts, b)
	return b.ID, nil
}

func (x *exchange) EndBlock(_ context.Context, b blocking.Block) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.acts[b.ID].State, x.acts[b.ID].Entries = b.State, slices.Clone(b.Entries)
	return nil
}

func (x *exchange) LastBlock(_ context.Context, number string) (last blocking.Block, ok bool, _ error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, b := range x.acts {
		if b.Number == number && b.State != blocking.Failed {
			last, ok = b, true
		}
	}
	last.Entries = slices.Clone(last.Entries)
	return last, ok, nil
}

func (x *exchange) PendingBlocks(ctx context.Context, pbx string) (pending []blocking.Block, _ error) {
	for _, b := range x.acts {
		last, _, _ := x.LastBlock(ctx, b.Number)
		if last.ID == b.ID && b.State == blocking.Pending && slices.ContainsFunc(b.Entries, func(e blocking.Entry) bool {
			return e.PBX == pbx && !e.Done
		}) {
			pending = append(pending, last)
		}
	}
	return pending, nil
}

var guard = staff.Agent{
	Login: "dora", Name: "Dora Weiss", Extensions: []string{"110", "74959999999"}, Rights: []string{protocol.RightBlock},
}

// openBlocking is an office where Dora may block.
func openBlocking(t *testing.T, story func(o *office, x *exchange)) {
	open(t, nil, func(o *office) {
		x := &exchange{lists: map[string]map[string]string{"main": {}, "branch": {}}, away: map[string]error{}}
		o.Switchboard, o.Blocks = x, x
		o.Agents = append(o.Agents, guard)
		o.Protected = []string{"8 (495) 000-00-01", "_8812XXXXXXX", "ivanov"}
		o.seat(&o.Options)
		story(o, x)
	})
}

// does lets an agent do something and returns the answer in one line.
func (o *office) does(a staff.Agent, name, number, reason string) string {
	o.t.Helper()
	m, err := protocol.New(protocol.Action, name, protocol.BlockCaller{Number: number, Reason: reason})
	if err != nil {
		o.t.Fatal(err)
	}
	answer := o.Do(o.ctx, a, m)
	if answer.Type == protocol.Error {
		var f protocol.Failure
		if err := answer.Decode(&f); err != nil {
			o.t.Fatal(err)
		}
		return fmt.Sprintf("%s: %s retry %t", f.Code, f.Text, f.Retry)
	}
	var b protocol.BlockedCaller
	if err := answer.Decode(&b); err != nil {
		o.t.Fatal(err)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %t by %s, failed %v. %s", answer.Name, b.Number, b.Blocked, b.By,
		b.Failed, b.Text))
}

func (o *office) answers(got, want string) {
	o.t.Helper()
	if !strings.Contains(got, want) {
		o.t.Errorf("the answer is %q, want %q in it", got, want)
	}
}

func TestACallerIsBlockedInEveryFormOnEveryPBX(t *testing.T) {
	openBlocking(t, func(o *office, x *exchange) {
		o.change(rings("84957654321", leg("101", protocol.Ringing)))
		o.shown()
		o.answers(o.does(guard, protocol.CallerBlock, "8 495 765-43-21", "Sells carpets"),
			"caller.blocked +74957654321 true by Dora Weiss, failed [].")
		o.expect("ringing unknown → anna", "caller.blocked → anna boris clara")
		forms := []string{"+74957654321", "0074957654321", "4957654321", "74957654321", "84957654321"}
		for _, pbx := range x.PBXs() {
			if got := x.on(pbx); !slices.Equal(got, forms) {
				t.Errorf("on %s: %q", pbx, got)
			}
		}
		if got := x.lists["main"]["84957654321"]; !strings.HasPrefix(got, "Sells carpets (Dora Weiss, 2") {
			t.Errorf("the administrator reads %q", got)
		}
		if b := x.acts[0]; b.State != blocking.Done || b.Agent != "dora" || b.Reason != "Sells carpets" ||
			b.At.IsZero() || len(b.Entries) != 10 {
			t.Errorf("kept: %+v", b)
		}
		o.answers(o.does(guard, protocol.CallerUnblock, "tel:+74957654321", ""), "caller.blocked +74957654321 false")
		if got := append(x.on("main"), x.on("branch")...); len(got) > 0 {
			t.Errorf("still blocked: %q", got)
		}
		o.answers(o.does(guard, protocol.CallerUnblock, "+74957654321", ""), "not_found: This number is not blocked.")
	})
}

func TestWhoIsNeverBlocked(t *testing.T) {
	openBlocking(t, func(o *office, x *exchange) {
		for number, want := range map[string]string{
			"101":    "forbidden: \"101\" is a phone of the house",
			"123456": "forbidden: 123456 is a phone of the house", // as long as extensions may be
			// an extension that looks like a number
			"+7 495 999-99-99":        "forbidden: 8 (495) 999-99-99 is a phone",
			"sip:sales@acme":          "forbidden: \"sales\" is a phone of the house", // and one with letters
			"blocked":                 "forbidden",
			"anonymous":               "invalid: This caller withheld",
			"":                        "invalid: This caller withheld",
			"+74950000001":            "forbidden: 8 (495) 000-00-01 is protected",
			"+7 812 123-45-67":        "forbidden: 8 (812) 123-45-67 is protected",
			"+7 495 123-45-67":        "is protected", // Ivanov's
			"*99912345678901":         "invalid: ",
			"7495%":                   "forbidden",
			"7495\r\nAction: x":       "forbidden",
			strings.Repeat("7", 33):   "invalid: ",
			strings.Repeat("7", 1000): "invalid: ",
		} {
			o.answers(o.does(guard, protocol.CallerBlock, number, ""), want)
		}
		o.answers(o.does(anna, protocol.CallerBlock, "+74957654321", ""), "forbidden: You may not block callers.")
		o.answers(o.does(guard, protocol.CallerBlock, "+74957654321", strings.Repeat("x", 2000)),
			"invalid: The text is longer")
		if len(x.lists["main"])+len(x.lists["branch"])+len(x.acts) > 0 {
			t.Errorf("something was blocked: %v, %v", x.lists, x.acts)
		}
	})
}

func TestAProtectedCustomerWhoCannotBeLookedUp(t *testing.T) {
	openBlocking(t, func(o *office, x *exchange) {
		o.slow = time.Hour
		o.answers(o.does(guard, protocol.CallerBlock, "+74957654321", ""),
			"cannot tell whether this is a protected customer; please try again. retry true")
		if len(x.acts) > 0 {
			t.Error("blocked all the same")
		}
	})
}

func TestAPBXThatIsAwayIsCaughtUpWith(t *testing.T) {
	openBlocking(t, func(o *office, x *exchange) {
		x.away["branch"] = &blocking.Error{Reason: "the PBX branch is not connected"}
		o.answers(o.does(guard, protocol.CallerBlock, "+74957654321", ""),
			"blocking.partial +74957654321 true by Dora Weiss, failed [branch]. The number is not blocked "+
				"everywhere: the PBX branch is not connected. The hub tries again")
		o.expect("caller.blocked → anna boris clara")
		if len(x.on("main")) != 5 || len(x.on("branch")) != 0 || x.acts[0].State != blocking.Pending {
			t.Errorf("%v, %+v", x.lists, x.acts)
		}
		back := func() {
			for _, state := range []protocol.PBXState{protocol.PBXConnecting, protocol.PBXWorking} {
				if err := o.PBX(o.ctx, protocol.PBX{ID: "branch", State: state}); err != nil {
					t.Fatal(err)
				}
			}
			synctest.Wait()
		}
		back() // it is back, and away again at once
		if x.acts[0].State != blocking.Pending {
			t.Errorf("%+v", x.acts)
		}
		o.shown()
		delete(x.away, "branch")
		back()
		if len(x.on("branch")) != 5 || x.acts[0].State != blocking.Done {
			t.Errorf("%v, %+v", x.lists, x.acts)
		}
		o.expect("pbx → anna boris clara dora", "pbx → anna boris clara dora", "caller.blocked → anna boris clara dora")

		x.away["main"] = &blocking.Error{Reason: "the PBX main is not connected"}
		o.answers(o.does(guard, protocol.CallerUnblock, "+74957654321", ""),
			"blocking.partial +74957654321 false by Dora Weiss, failed [main]")
		delete(x.away, "main")
		if err := o.PBX(o.ctx, protocol.PBX{ID: "main", State: protocol.PBXWorking}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := append(x.on("main"), x.on("branch")...); len(got) > 0 {
			t.Errorf("still blocked: %q", got)
		}
	})
}

func TestWhereNoPBXDidItNothingIsLeftBehind(t *testing.T) {
	openBlocking(t, func(o *office, x *exchange) {
		for _, pbx := range x.PBXs() {
			x.away[pbx] = &blocking.Error{
				Reason: "the PBX " + pbx + " does not allow it", Err: errors.New("Permission denied"),
			}
		}
		o.answers(o.does(guard, protocol.CallerBlock, "+74957654321", ""),
			"invalid: The number could not be blocked: the PBX branch does not allow it; the PBX main does not "+
				"allow it. retry true")
		clear(x.away)
		if err := o.PBX(o.ctx, protocol.PBX{ID: "main", State: protocol.PBXWorking}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(x.on("main")) > 0 || x.acts[0].State != blocking.Failed {
			t.Errorf("blocked after it was told that it is not: %v, %+v", x.lists, x.acts)
		}
		for _, pbx := range x.PBXs() {
			x.away[pbx] = &blocking.Error{Reason: "the PBX " + pbx + " does not answer", Uncertain: true}
		}
		o.answers(o.does(guard, protocol.CallerBlock, "+74957654321", ""),
			"blocking.partial +74957654321 true by Dora Weiss, failed [branch main]")
	})
}

func TestTheFormInWhichACallerIsCallingIsBlockedToo(t *testing.T) {
	openBlocking(t, func(o *office, x *exchange) {
		c := rings("81074957654321", leg("101", protocol.Ringing)) // an exchange that dials Russia from Russia
		c.PBX = "branch"
		o.change(c)
		o.answers(o.does(guard, protocol.CallerBlock, "+74957654321", ""), "caller.blocked")
		if !slices.Contains(x.on("branch"), "81074957654321") || slices.Contains(x.on("main"), "81074957654321") {
			t.Errorf("%v", x.lists)
		}
	})
}

func TestCategoriesOfAllKindsOfCallers(t *testing.T) {
	for name, test := range map[string]struct{ presented, typed, key string }{
		"national":     {"84957654321", "+7 (495) 765-43-21", "+74957654321"},
		"no plus":      {"74957654321", "tel:84957654321", "+74957654321"},
		"a SIP URI":    {"sip:+74957654321@trunk.example", "4957654321", "+74957654321"},
		"an agent's":   {"102", "102", "102"},
		"another's":    {"199", "199", "199"},
		"letters":      {"reception", "sip:reception@example.com", "reception"},
		"in no plan":   {"99912345678901", "99912345678901", "99912345678901"},
		"an extension": {"84957654321", "+7 495 765-43-21 доб. 12", "+74957654321"},
	} {
		t.Run(name, func(t *testing.T) {
			open(t, nil, func(o *office) {
				set := func(a staff.Agent, number string, color protocol.Color, comment string) protocol.Message {
					m, err := protocol.New(protocol.Action, protocol.CategorySet, protocol.SetCategory{
						Number: number, Color: color, Comment: comment,
					})
					if err != nil {
						t.Fatal(err)
					}
					return o.Do(o.ctx, a, m)
				}
				seen := func() (c protocol.Call) {
					if err := o.Join(o.ctx, anna, func(s protocol.OpenedSession) { c = s.Calls[0] }); err != nil {
						t.Fatal(err)
					}
					return c
				}
				if answer := set(anna, test.typed, protocol.Yellow, " pays\tlate\n"); answer.Type == protocol.Error {
					t.Fatalf("%s", answer.Data)
				}
				o.change(rings(test.presented, leg("101", protocol.Ringing))) // noted before the call
				want := protocol.Category{
					Number: test.key, Color: protocol.Yellow, Comment: "pays late", Author: "Anna Petrova",
					Changed: o.Now().UTC(),
				}
				if got := seen().Caller.Category; got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
				set(anna, test.typed, protocol.Red, "") // and while it lasts
				if got := seen().Caller.Category; got.Color != protocol.Red || got.Comment != "" {
					t.Errorf("changed, but %+v", got)
				}
				if got := seen().Caller; name == "an agent's" &&
					(len(got.Customers) != 1 || got.Customers[0].Name != "Boris Ivanov") {
					t.Errorf("who calls is %+v", got)
				}
				for _, bad := range []protocol.Message{
					set(anna, "anonymous", protocol.Red, ""), set(anna, "", protocol.Red, ""),
					set(anna, test.typed, "pink", ""), set(anna, test.typed, protocol.Red, strings.Repeat("x", 1001)),
					set(clara, test.typed, protocol.Green, ""),
				} {
					if bad.Type != protocol.Error {
						t.Errorf("%s passed", bad.Data)
					}
				}
			})
		})
	}
}

func TestACategoryThatChangesWhileTheCallerIsLookedUp(t *testing.T) {
	open(t, nil, func(o *office) {
		o.slow = 100 * time.Millisecond
		o.change(rings("84957654321", leg("101", protocol.Ringing)))
		m, err := protocol.New(protocol.Action, protocol.CategorySet, protocol.SetCategory{
			Number: "84957654321", Color: protocol.Red,
		})
		if err != nil {
			t.Fatal(err)
		}
		o.Do(o.ctx, anna, m)
		o.store.mu.Lock()
		clear(o.store.categories) // what was read is what stood there before
		o.store.mu.Unlock()
		time.Sleep(o.slow)
		synctest.Wait()
		var c protocol.Call
		if err := o.Join(o.ctx, anna, func(s protocol.OpenedSession) { c = s.Calls[0] }); err != nil {
			t.Fatal(err)
		}
		if c.Caller.Category.Color != protocol.Red || c.Caller.Status != protocol.Unknown {
			t.Errorf("%+v", c.Caller)
		}
	})
}
