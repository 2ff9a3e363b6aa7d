package agents

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/desk"
)

func anna(t *testing.T) []desk.Agent {
	return []desk.Agent{{Login: "anna", Extensions: []string{"101"}, Password: cheap(t, "anna's")}}
}

func TestFailuresAreLimitedByAddressAndExtensionAndForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2)
		if err := g.setAgents(anna(t)); err != nil {
			t.Fatal(err)
		}
		guess := func(address string) (bool, time.Duration) {
			_, ok, wait := g.signIn(address, "101", "guess")
			return ok, wait
		}
		for i := range pairBurst {
			if ok, wait := guess("192.0.2.1:1000"); ok || wait != 0 {
				t.Fatalf("guess %d: %v, %v", i, ok, wait)
			}
		}
		if _, wait := guess("192.0.2.1:1001"); wait != pairEvery {
			t.Errorf("waits %v", wait)
		}
		if _, ok, _ := g.signIn("192.0.2.1:1002", "101", "anna's"); ok {
			t.Error("the limit does not hold for the right password: it can be guessed")
		}
		if _, ok, _ := g.signIn("192.0.2.2:1000", "101", "anna's"); !ok {
			t.Error("a stranger's guesses locked the agent out")
		}
		if _, wait := guess("[2001:db8::1]:5"); wait != 0 {
			t.Error(wait)
		}
		time.Sleep(pairEvery)
		if _, ok, wait := g.signIn("192.0.2.1:1003", "101", "anna's"); !ok {
			t.Errorf("waited, and still: %v", wait)
		}
		time.Sleep(time.Hour)
		g.forget(time.Now())
		if n := len(g.limits); n != 0 {
			t.Errorf("%d limits are kept for nobody", n)
		}
	})
}

func TestAnExtensionIsLimitedFromEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2)
		if err := g.setAgents(anna(t)); err != nil {
			t.Fatal(err)
		}
		for i := range 200 {
			if _, _, wait := g.signIn(fmt.Sprintf("192.0.2.%d:1", i), "101", "guess"); wait > 0 {
				if i != extensionBurst {
					t.Errorf("after %d", i)
				}
				return
			}
		}
		t.Error("200 addresses may guess at one extension")
	})
}

// An office behind one address comes back: nobody who knows the password waits.
func TestSuccessCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var list []desk.Agent
		h := cheap(t, "same")
		for i := range 500 {
			list = append(list, desk.Agent{Login: fmt.Sprint("a", i), Extensions: []string{fmt.Sprint(i)}, Password: h})
		}
		g := newGate(2)
		if err := g.setAgents(list); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			for i := range list {
				if _, ok, wait := g.signIn("192.0.2.1:1", fmt.Sprint(i), "same"); !ok {
					t.Fatalf("%d: %v", i, wait)
				}
			}
		}
	})
}

func TestLimitsAreBounded(t *testing.T) {
	g := newGate(1)
	for i := range 3 * mostLimits {
		g.limit(fmt.Sprint("a ", i))
	}
	if n := len(g.limits); n > mostLimits+3 {
		t.Errorf("%d limits", n)
	}
}

func TestVerifyingIsBounded(t *testing.T) {
	g := newGate(1)
	if err := g.setAgents(anna(t)); err != nil {
		t.Fatal(err)
	}
	g.places <- struct{}{} // one is being verified
	g.waiting.Store(waitingSignIns)
	if _, _, wait := g.signIn("192.0.2.1:1", "101", "anna's"); wait == 0 {
		t.Error("no end of waiting")
	}
	g.waiting.Store(0)
	<-g.places
	if _, ok, _ := g.signIn("192.0.2.1:1", "101", "anna's"); !ok {
		t.Error("nobody gets in")
	}
}

func TestAPasswordThatWasRightIsNoLongerAfterAChange(t *testing.T) {
	g := newGate(1)
	list := anna(t)
	if err := g.setAgents(list); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := g.signIn("192.0.2.1:1", "101", "anna's"); !ok {
		t.Fatal("not in")
	}
	list[0].Password = cheap(t, "new")
	if err := g.setAgents(list); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := g.signIn("192.0.2.1:1", "101", "anna's"); ok {
		t.Error("the old password is remembered")
	}
}

func TestAnAgentWithoutAHashIsRefused(t *testing.T) {
	for _, bad := range []string{"", "secret", "$argon2id$v=19$m=64,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=1,p=0$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"} {
		err := newGate(1).setAgents([]desk.Agent{{Login: "anna", Password: bad}})
		if err == nil || !strings.Contains(err.Error(), "agent anna") || (bad != "" && strings.Contains(err.Error(), bad)) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestWhoIsOneParty(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7:4711": "192.0.2.7", "[::ffff:192.0.2.7]:1": "192.0.2.7", "[2001:db8:1:2:3::4]:1": "2001:db8:1:2::/64", "[fe80::1%eth0]:1": "fe80::/64", "pipe": "pipe",
	} {
		if got := network(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

func TestAHashThatWasMadeHereLetsIn(t *testing.T) {
	hash, err := HashPassword("long and secret")
	if err != nil {
		t.Fatal(err)
	}
	g := newGate(1)
	if err := g.setAgents([]desk.Agent{{Login: "anna", Extensions: []string{"101"}, Password: hash}}); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := g.signIn("192.0.2.1:1", "101", "long and secret"); !ok {
		t.Error("not in")
	}
}
