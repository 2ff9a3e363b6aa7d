package desk

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/shared/protocol"
)

// card returns the only call that Anna sees.
func (o *office) card() (c protocol.Call) {
	o.t.Helper()
	if err := o.Join(o.ctx, anna, func(s protocol.OpenedSession) { c = s.Calls[0] }); err != nil {
		o.t.Fatal(err)
	}
	return c
}

func TestCategoriesOfAllKindsOfNumbers(t *testing.T) {
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
				set := func(number string, color protocol.Color, comment string) error {
					return o.SetCategory(o.ctx, anna, protocol.SetCategory{
						Number: number, Color: color, Comment: comment,
					})
				}
				if err := set(test.typed, protocol.Yellow, " pays\tlate\n"); err != nil {
					t.Fatal(err)
				}
				call := rings(test.presented, leg("101", protocol.Ringing))
				if name == "an agent's" {
					call.Direction = protocol.Internal
				}
				o.change(call) // set before the call
				want := protocol.Category{
					Number: test.key, Color: protocol.Yellow, Comment: "pays late", Author: "Anna Petrova",
					Changed: time.Now().UTC(),
				}
				if got := o.card().Caller.Category; got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
				if err := set(test.typed, protocol.Red, ""); err != nil { // during the call
					t.Fatal(err)
				}
				if got := o.card().Caller.Category; got.Color != protocol.Red || got.Comment != "" {
					t.Errorf("changed, but %+v", got)
				}
				if got := o.card().Caller; name == "an agent's" &&
					(len(got.Customers) != 1 || got.Customers[0].Name != "Boris Ivanov") {
					t.Errorf("the caller is %+v", got)
				}
				for _, bad := range []error{
					set("anonymous", protocol.Red, ""), set("", protocol.Red, ""), set(test.typed, "pink", ""),
					set(test.typed, protocol.Red, strings.Repeat("x", 1001)),
					set(strings.Repeat("1", 300), protocol.Red, ""),
				} {
					if bad == nil {
						t.Error("a bad category is accepted")
					}
				}
			})
		})
	}
}

func TestCategoryChangesDuringTheLookup(t *testing.T) {
	open(t, nil, func(o *office) {
		o.slow = 100 * time.Millisecond
		o.change(rings("84957654321", leg("101", protocol.Ringing)))
		err := o.SetCategory(o.ctx, anna, protocol.SetCategory{Number: "84957654321", Color: protocol.Red})
		if err != nil {
			t.Fatal(err)
		}
		o.store.mu.Lock()
		clear(o.store.categories) // the lookup reads the old category
		o.store.mu.Unlock()
		time.Sleep(o.slow)
		synctest.Wait()
		if c := o.card(); c.Caller.Category.Color != protocol.Red || c.Caller.Status != protocol.Unknown {
			t.Errorf("%+v", c.Caller)
		}
	})
}

func TestCategoryIsSentToAllAgents(t *testing.T) {
	open(t, nil, func(o *office) {
		o.change(rings("84951234567", leg("101", protocol.Ringing)))
		o.shown()
		if err := o.SetCategory(o.ctx, anna, protocol.SetCategory{
			Number: "+7 495 123-45-67", Color: protocol.Red, Comment: "shouts",
		}); err != nil {
			t.Fatal(err)
		}
		o.expect("category → anna boris clara", "ringing known → anna")
	})
}
