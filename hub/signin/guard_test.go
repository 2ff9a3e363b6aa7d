package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/argon2id"
)

var desktops = Rules{
	Address: Limit{time.Second, 60}, Pair: Limit{6 * time.Second, 10}, Name: Limit{time.Second, 50}, AtOnce: 2,
}

// cheap returns a hash with minimal cost.
func cheap(t testing.TB, password string) string {
	t.Helper()
	h, err := argon2id.CreateHash(password,
		&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func anna(t *testing.T) []Account {
	return []Account{{Login: "anna", Names: []string{"101"}, Hash: cheap(t, "anna's")}}
}

func guard(t testing.TB, rules Rules, list ...Account) *Guard {
	t.Helper()
	g := New(rules, nil)
	if err := g.SetAccounts(list); err != nil {
		t.Fatal(err)
	}
	return g
}

// tryAs returns the login, or the time to wait.
func (g *Guard) tryAs(address, name, login, password string) (who string, wait time.Duration, err error) {
	grant, err := g.SignIn(context.Background(), Attempt{
		Address: address, Name: name, Login: login, Password: password,
	})
	var many *TooManyError
	if errors.As(err, &many) {
		wait = many.Wait
	}
	return grant.Account.Login, wait, err
}

func TestFailuresAreLimitedByAddressAndNameAndExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := guard(t, desktops, anna(t)...)
		for i := range desktops.Pair.Burst {
			if _, _, err := g.tryAs("192.0.2.1:1000", "101", "", "guess"); !errors.Is(err, ErrWrong) {
				t.Fatalf("guess %d: %v", i, err)
			}
		}
		if _, wait, _ := g.tryAs("192.0.2.1:1001", "101", "", "guess"); wait != desktops.Pair.Every {
			t.Errorf("waits %v", wait)
		}
		if who, _, _ := g.tryAs("192.0.2.1:1002", "101", "", "anna's"); who != "" {
			t.Error("the limit does not hold for the right password: it can be guessed")
		}
		if who, _, err := g.tryAs("192.0.2.2:1000", "101", "", "anna's"); who != "anna" {
			t.Errorf("a stranger's guesses locked the agent out: %v", err)
		}
		if who, _, _ := g.tryAs("192.0.2.1:1002", "101", "", "anna's"); who != "" {
			t.Error("the limit does not hold for a password that was right before: it can be guessed, and quickly")
		}
		if _, _, err := g.tryAs("[2001:db8::1]:5", "101", "", "guess"); !errors.Is(err, ErrWrong) {
			t.Error(err)
		}
		time.Sleep(desktops.Pair.Every)
		if who, wait, _ := g.tryAs("192.0.2.1:1003", "101", "", "anna's"); who != "anna" {
			t.Errorf("waited, and still: %v", wait)
		}
		time.Sleep(time.Hour)
		for i := range sweepFrom {
			time.Sleep(sweepEvery)
			_, _, _ = g.tryAs(fmt.Sprintf("198.51.100.%d:1", i), "101", "", "anna's")
		}
		if n := len(g.failures.kept); n > sweepFrom+3 {
			t.Errorf("%d limits without failures", n)
		}
	})
}

func TestFailuresAreLimitedByNameFromAllAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := guard(t, desktops, anna(t)...)
		for i := range 200 {
			if _, wait, _ := g.tryAs(fmt.Sprintf("192.0.2.%d:1", i), "101", "", "guess"); wait > 0 {
				if i != desktops.Name.Burst {
					t.Errorf("after %d", i)
				}
				return
			}
		}
		t.Error("200 addresses may guess at one extension")
	})
}

// An office behind one address can reconnect at once.
func TestSuccessCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var list []Account
		h := cheap(t, "same")
		for i := range 500 {
			list = append(list, Account{Login: fmt.Sprint("a", i), Names: []string{fmt.Sprint(i)}, Hash: h})
		}
		g := guard(t, desktops, list...)
		for range 3 {
			for i := range list {
				if who, wait, err := g.tryAs("192.0.2.1:1", fmt.Sprint(i), "", "same"); who != list[i].Login {
					t.Fatalf("%d: %v, %v", i, wait, err)
				}
			}
		}
	})
}

// Eight agents share a phone: the password or the login identifies them, and no others can sign in.
func TestSharedPhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var list []Account
		for i := range 8 {
			list = append(list, Account{
				Login: fmt.Sprint("agent", i), Names: []string{"200", fmt.Sprint(300 + i)},
				Hash: cheap(t, fmt.Sprint("secret", i)),
			})
		}
		g := guard(t, desktops, list...)
		for range 2 { // the second time from memory
			for i := range list {
				for _, login := range []string{"", list[i].Login} {
					who, _, err := g.tryAs("192.0.2.1:1", "200", login, fmt.Sprint("secret", i))
					if who != list[i].Login {
						t.Errorf("%d signed in as %q: %v", i, who, err)
					}
				}
			}
		}
		for _, bad := range [][3]string{
			{"200", "agent1", "secret2"},
			{"301", "agent2", "secret2"},
			{"301", "", "secret2"},
			{"200", "stranger", "secret2"},
			{"200", "", "other"},
		} {
			if who, _, err := g.tryAs("192.0.2.9:1", bad[0], bad[1], bad[2]); !errors.Is(err, ErrWrong) {
				t.Errorf("%v: %q, %v", bad, who, err)
			}
		}
	})
}

// Two agents of an extension have the same password. Only with their logins they can sign in.
func TestTwoAgentsWithTheSamePassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := guard(t, desktops,
			Account{Login: "anna", Names: []string{"200"}, Hash: cheap(t, "spring")},
			Account{Login: "boris", Names: []string{"200", "201"}, Hash: cheap(t, "spring")},
			Account{Login: "vera", Names: []string{"200"}, Hash: cheap(t, "autumn")})
		refused := func(when string) {
			t.Helper()
			who, _, err := g.tryAs("192.0.2.1:1", "200", "", "spring")
			var alike *AlikeError
			if !errors.As(err, &alike) || !slices.Equal(alike.Logins, []string{"anna", "boris"}) || who != "" {
				t.Errorf("%s: %q, %v", when, who, err)
			} else if strings.Contains(err.Error(), "spring") {
				t.Errorf("error contains the password: %v", err)
			}
		}
		refused("at first")
		for _, login := range []string{"anna", "boris"} {
			if who, _, err := g.tryAs("192.0.2.1:1", "200", login, "spring"); who != login {
				t.Errorf("%s by login: %q, %v", login, who, err)
			}
			refused("after " + login + " came in by login")
		}
		if who, _, err := g.tryAs("192.0.2.1:1", "201", "", "spring"); who != "boris" {
			t.Errorf("boris on his own extension: %q, %v", who, err)
		}
		refused("after boris came in elsewhere")
		if who, _, err := g.tryAs("192.0.2.1:1", "200", "", "autumn"); who != "vera" {
			t.Errorf("vera: %q, %v", who, err)
		}
	})
}

// The duration of a failure must not depend on the name: each verifies the same number of hashes
// with the same cost.
func TestEveryFailureCostsTheSame(t *testing.T) {
	var list []Account
	for i := range 4 {
		list = append(list, Account{
			Login: fmt.Sprint("agent", i), Names: []string{"200"}, Hash: cheap(t, fmt.Sprint("secret", i)),
		})
	}
	list = append(list, Account{Login: "anna", Names: []string{"101"}, Hash: list[0].Hash})
	g := guard(t, desktops, list...)
	verified := map[argon2id.Params]int{} // by cost
	g.compare = func(password, hash string) (bool, error) {
		params, _, _, err := argon2id.DecodeHash(hash)
		if err != nil {
			t.Error(err)
			return false, err
		}
		verified[*params]++
		return argon2id.ComparePasswordAndHash(password, hash)
	}
	for _, c := range []struct {
		name, login, password string
		want                  int
	}{
		// the maximum of agents per name
		{"200", "", "guess", 4},
		{"101", "", "guess", 4},
		{"999", "", "guess", 4},
		// one with a login
		{"200", "agent3", "guess", 1},
		{"200", "stranger", "guess", 1},
		{"999", "agent3", "guess", 1},
		{"200", "", "secret0", 4},
		{"101", "", "secret0", 1}, // success ends early
		{"200", "", "secret0", 0},
		{"101", "", "secret0", 0}, // the second time from memory
	} {
		clear(verified)
		_, _, _ = g.tryAs("192.0.2.1:1", c.name, c.login, c.password)
		total := 0
		for _, n := range verified {
			total += n
		}
		if total != c.want || len(verified) > 1 {
			t.Errorf("%s %s %s verifies %v, want %d of one cost", c.name, c.login, c.password, verified, c.want)
		}
	}
}

func TestLimitsAreBounded(t *testing.T) {
	l := newLimits()
	for i := range 3 * mostLimits {
		tries, _ := l.try(limited{fmt.Sprint("a ", i, strings.Repeat("x", 1000)), desktops.Address})
		l.tried(tries, true)
	}
	if n := len(l.kept); n > mostLimits {
		t.Errorf("%d limits", n)
	}
	for k := range l.kept {
		if len(k) > mostKey {
			t.Fatalf("a key of %d bytes is kept", len(k))
		}
	}
}

func TestVerifyingIsBounded(t *testing.T) {
	g := guard(t, Rules{desktops.Address, desktops.Pair, desktops.Name, 1}, anna(t)...)
	if err := g.queue.enter(t.Context(), false, "192.0.2.9"); err != nil { // one verification in progress
		t.Fatal(err)
	}
	g.queue.strangers.waiting = mostWaiting
	g.queue.strangers.sources = []*source{{name: "192.0.2.9", waiting: []*waiting{{}}}}
	if _, wait, _ := g.tryAs("192.0.2.1:1", "101", "", "anna's"); wait == 0 {
		t.Error("no end of waiting")
	}
	g.queue.strangers = lane{}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.SignIn(gone, Attempt{
		Address: "192.0.2.1:1", Name: "101", Password: "anna's",
	}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled sign-in: %v", err)
	}
	g.queue.leave()
	if who, _, _ := g.tryAs("192.0.2.1:1", "101", "", "anna's"); who != "anna" {
		t.Error("sign-in failed")
	}
}

func TestOldPasswordFailsAfterAChange(t *testing.T) {
	list := anna(t)
	g := guard(t, desktops, list...)
	if who, _, _ := g.tryAs("192.0.2.1:1", "101", "", "anna's"); who != "anna" {
		t.Fatal("not in")
	}
	list[0].Hash = cheap(t, "new")
	if err := g.SetAccounts(list); err != nil {
		t.Fatal(err)
	}
	if who, _, _ := g.tryAs("192.0.2.1:1", "101", "", "anna's"); who != "" {
		t.Error("the old password is remembered")
	}
}

func TestAccountWithoutAHashIsRefused(t *testing.T) {
	for _, bad := range []string{
		"", "secret", "$argon2id$v=19$m=64,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=1,p=0$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
	} {
		err := New(desktops, nil).SetAccounts([]Account{{Login: "anna", Hash: bad}})
		if err == nil || !strings.Contains(err.Error(), "anna") || (bad != "" && strings.Contains(err.Error(), bad)) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestLimitKeyOfAnAddress(t *testing.T) {
	for address, want := range map[string][]string{
		"192.0.2.7:4711":        {"192.0.2.7"},
		"[::ffff:192.0.2.7]:1":  {"192.0.2.7"},
		"[2001:db8:1:2:3::4]:1": {"2001:db8:1:2::/64", "2001:db8:1::/56", "2001:db8:1::/48"},
		"[fe80::1%eth0]:1":      {"fe80::/64", "fe80::/56", "fe80::/48"},
		"pipe":                  {"pipe"},
	} {
		if got := networks(address); !slices.Equal(got, want) || Site(address) != want[len(want)-1] {
			t.Errorf("%s: %v, site %s", address, got, Site(address))
		}
	}
}

func TestGeneratedHashIsAccepted(t *testing.T) {
	hash, err := Hash("long and secret")
	if err != nil {
		t.Fatal(err)
	}
	g := guard(t, desktops, Account{Login: "anna", Names: []string{"101"}, Hash: hash})
	if who, _, _ := g.tryAs("192.0.2.1:1", "101", "", "long and secret"); who != "anna" {
		t.Error("not in")
	}
}

// BenchmarkARefusal measures a failed sign-in without and with eight agents per extension.
func BenchmarkARefusal(b *testing.B) {
	for _, share := range []int{1, 8} {
		b.Run(fmt.Sprint("agents=", share), func(b *testing.B) {
			var list []Account
			for i := range share {
				hash, err := Hash(fmt.Sprint("secret", i))
				if err != nil {
					b.Fatal(err)
				}
				list = append(list, Account{Login: fmt.Sprint(i), Names: []string{"200"}, Hash: hash})
			}
			endless := Limit{time.Nanosecond, 1 << 30}
			g := guard(b, Rules{endless, endless, endless, 2}, list...)
			b.ReportAllocs()
			for b.Loop() {
				_, _, _ = g.tryAs("192.0.2.1:1", "200", "", "guess")
			}
		})
	}
}
