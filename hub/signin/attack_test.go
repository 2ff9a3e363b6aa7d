package signin

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// office has one agent per extension, 1000, 1001 and so on, each with a desktop of the same number.
type office struct {
	*Guard
	t    testing.TB
	list []Account
}

const officeAddress = "192.0.2.1:1"

func newOffice(t testing.TB, agents int) *office {
	t.Helper()
	h := cheap(t, "right")
	o := &office{t: t}
	for i := range agents {
		o.list = append(o.list, Account{Login: fmt.Sprint("agent", i), Names: []string{fmt.Sprint(1000 + i)}, Hash: h})
	}
	key := make([]byte, KeyLength)
	rand.Read(key)
	o.restart(key)
	return o
}

// restart replaces the guard as a restart of the hub does.
func (o *office) restart(key []byte) {
	o.t.Helper()
	o.Guard = New(desktops, key)
	if err := o.SetAccounts(o.list); err != nil {
		o.t.Fatal(err)
	}
}

// in signs agent i in from an address, and returns the new token.
func (o *office) in(i int, address, token string) (next string, err error) {
	name := o.list[i].Names[0]
	grant, err := o.SignIn(o.t.Context(), Attempt{
		Address: address, Name: name, Password: "right", Device: name, Token: token,
	})
	return o.Token(grant), err
}

// guess tries a wrong password; true means that it was verified.
func (o *office) guess(a Attempt) bool {
	a.Password = "wrong"
	_, err := o.SignIn(o.t.Context(), a)
	return errors.Is(err, ErrWrong)
}

// One address invents names, as fast as it can. The right passwords of 638 others all pass.
func TestInventedNamesDoNotRefuseOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 638)
		invented, refused := 0, 0
		guess := func() {
			invented++
			o.guess(Attempt{Address: "198.51.100.1:1", Name: fmt.Sprint("invented ", invented)})
		}
		for range desktops.Address.Burst {
			guess()
		}
		time.Sleep(time.Second / 2) // from now on a guess is allowed between two sweeps
		for i := range o.list {
			for range 1500 {
				guess()
			}
			time.Sleep(100 * time.Millisecond)
			if _, err := o.in(i, fmt.Sprintf("203.0.%d.%d:1", i/250, 1+i%250), ""); err != nil {
				refused++
			}
		}
		if refused > 0 {
			t.Errorf("%d of %d right passwords from other addresses refused, %d names invented", refused, len(o.list),
				invented)
		}
		if n := len(o.failures.kept); n > sweepFrom {
			t.Errorf("%d limits are kept", n)
		}
	})
}

// Colleagues of a guesser, behind the same address, were in before: they come back, also after a
// restart of the hub, and so does one who is away for a week.
func TestColleaguesBehindTheGuessersAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 30)
		tokens := make([]string, len(o.list))
		for i := range o.list {
			var err error
			if tokens[i], err = o.in(i, officeAddress, ""); err != nil {
				t.Fatal(err)
			}
		}
		attack := func() {
			t.Helper()
			for o.guess(Attempt{Address: officeAddress, Name: "1029"}) {
			}
			for i := range 1000 {
				o.guess(Attempt{Address: officeAddress, Name: fmt.Sprint(1000 + i)})
			}
			if _, err := o.in(0, officeAddress, ""); !errors.As(err, new(*TooManyError)) {
				t.Errorf("the address is not limited: %v", err)
			}
		}
		allIn := func(when string) {
			t.Helper()
			for i := range o.list {
				next, err := o.in(i, officeAddress, tokens[i])
				if err != nil {
					t.Errorf("%s: agent %d: %v", when, i, err)
				}
				tokens[i] = next
			}
		}
		attack()
		allIn("during the attack")
		o.restart(o.key)
		attack()
		before := o.Verified()
		allIn("after a restart")
		if again := o.Verified() - before; again > 0 {
			t.Errorf("%d passwords were verified again", again)
		}
		time.Sleep(7 * 24 * time.Hour)
		attack()
		allIn("after a week")
	})
}

// Many addresses guess at one extension. Its agent comes in with the token of the desktop, and
// without one from an address that the agent was at lately.
func TestManyAddressesDoNotLockAnAgentOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 2)
		token, err := o.in(0, officeAddress, "")
		if err != nil {
			t.Fatal(err)
		}
		for i := range 200 {
			for range 10 {
				o.guess(Attempt{Address: fmt.Sprintf("198.51.100.%d:1", i), Name: "1000"})
			}
		}
		if _, err := o.in(0, "203.0.113.9:1", ""); !errors.As(err, new(*TooManyError)) {
			t.Errorf("guesses from all addresses are not limited: %v", err)
		}
		if _, err := o.in(0, officeAddress, ""); err != nil {
			t.Errorf("from an address of the agent: %v", err)
		}
		if _, err := o.in(0, "203.0.113.9:1", token); err != nil {
			t.Errorf("on the agent's desktop, elsewhere: %v", err)
		}
		if _, err := o.in(1, "203.0.113.9:1", ""); err != nil {
			t.Errorf("another agent: %v", err)
		}
	})
}

// A provider's customer with an IPv6 network has 256 or 65,536 times /64: they count together.
func TestNetworksOfIPv6CountTogether(t *testing.T) {
	for _, test := range []struct {
		name string
		from func(i int) string
		who  func(i int) string
		most int
	}{
		{
			"one extension, from a /56", func(i int) string { return fmt.Sprintf("[2001:db8:1:%x::1]:1", i%256) },
			func(int) string { return "1000" }, desktops.Pair.Burst,
		},
		{
			"one extension, from a /48", func(i int) string { return fmt.Sprintf("[2001:db8:1:%x::1]:1", i) },
			func(int) string { return "1000" }, desktops.Pair.Burst,
		},
		{
			"many extensions, from a /64", func(i int) string { return fmt.Sprintf("[2001:db8:1::%x]:1", i) },
			func(i int) string { return fmt.Sprint(i) }, desktops.Address.Burst,
		},
		{
			"many extensions, from a /56", func(i int) string { return fmt.Sprintf("[2001:db8:1:%x::1]:1", i%256) },
			func(i int) string { return fmt.Sprint(i) }, 2 * desktops.Address.Burst,
		},
		{
			"many extensions, from a /48", func(i int) string { return fmt.Sprintf("[2001:db8:1:%x::1]:1", i*16) },
			func(i int) string { return fmt.Sprint(i) }, 4 * desktops.Address.Burst,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, 1)
				verified := 0
				for i := range 4000 {
					if o.guess(Attempt{Address: test.from(i), Name: test.who(i)}) {
						verified++
					}
				}
				if verified != test.most {
					t.Errorf("%d guesses of 4000 were verified, want %d", verified, test.most)
				}
			})
		})
	}
}

// A password that two agents of an extension share can be tried no more often than a wrong one.
func TestSharedPasswordCountsAsFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := guard(t, desktops,
			Account{Login: "anna", Names: []string{"200"}, Hash: cheap(t, "spring")},
			Account{Login: "boris", Names: []string{"200"}, Hash: cheap(t, "spring")})
		for i := range 100 {
			if _, wait, _ := g.tryAs("192.0.2.1:1", "200", "", "spring"); wait > 0 {
				if i != desktops.Pair.Burst {
					t.Errorf("limited after %d", i)
				}
				return
			}
		}
		t.Error("not limited")
	})
}

// Who steals a desktop's token without the password may guess as often as from an address. It does
// not concern the agent's other desktops, and a new password ends it.
func TestStolenToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := anna(t)
		g := guard(t, desktops, list...)
		in := func(device, token, password string) (string, error) {
			grant, err := g.SignIn(t.Context(), Attempt{
				Address: officeAddress, Name: "101", Password: password, Device: device, Token: token,
			})
			return g.Token(grant), err
		}
		stolen, err := in("laptop", "", "anna's")
		if err != nil {
			t.Fatal(err)
		}
		other, err := in("desk", "", "anna's")
		if err != nil {
			t.Fatal(err)
		}
		for i := range desktops.Pair.Burst {
			if _, err := in("laptop", stolen, fmt.Sprint("guess", i)); !errors.Is(err, ErrWrong) {
				t.Fatalf("guess %d: %v", i, err)
			}
		}
		if _, err := in("laptop", stolen, "anna's"); !errors.As(err, new(*TooManyError)) {
			t.Errorf("guesses with a token are not limited: %v", err)
		}
		if _, err := in("desk", other, "anna's"); err != nil {
			t.Errorf("the other desktop: %v", err)
		}
		list[0].Hash = cheap(t, "new")
		if err := g.SetAccounts(list); err != nil {
			t.Fatal(err)
		}
		if i, _ := g.holder(Attempt{Device: "laptop", Token: stolen}, list); i >= 0 {
			t.Error("the token still counts after a new password")
		}
		if _, err := in("laptop", stolen, "anna's"); !errors.Is(err, ErrWrong) {
			t.Errorf("the old password: %v", err)
		}
	})
}

func TestTokenIsBound(t *testing.T) {
	const elsewhere = "198.51.100.7:1"
	type attempt struct {
		Attempt
		g *Guard
	}
	for _, test := range []struct {
		name            string
		change          func(a *attempt)
		counts, resumes bool
	}{
		{"as issued", func(*attempt) {}, true, true},
		{"other port and address of the network", func(a *attempt) { a.Address = "192.0.2.200:9" }, true, true},
		{"other network", func(a *attempt) { a.Address = elsewhere }, true, false},
		{"other password", func(a *attempt) { a.Password = "wrong" }, true, false},
		{"other device", func(a *attempt) { a.Device = "laptop" }, false, false},
		{"no device", func(a *attempt) { a.Device = "" }, false, false},
		{"other agent", func(a *attempt) { a.Name = "102" }, false, false},
		{"another hub's key", func(a *attempt) { a.g = guard(t, desktops, a.g.byName["101"]...) }, false, false},
		{"four days old", func(*attempt) { time.Sleep(4 * 24 * time.Hour) }, true, false},
		{"a hundred days old", func(*attempt) { time.Sleep(100 * 24 * time.Hour) }, false, false},
		{"altered", func(a *attempt) { a.Token = a.Token[:20] + string(a.Token[20]^1) + a.Token[21:] }, false, false},
		{"cut", func(a *attempt) { a.Token = a.Token[:30] }, false, false},
		{"not a token", func(a *attempt) { a.Token = "{}\x00" }, false, false},
		{"an agent of the extension has a new password", func(a *attempt) {
			set(t, a.g, Account{Login: "boris", Names: []string{"101", "102"}, Hash: cheap(t, "new")})
		}, true, false},
		{"the agent was removed", func(a *attempt) { a.g.accounts = accounts{} }, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				list := append(anna(t), Account{
					Login: "boris", Names: []string{"101", "102"}, Hash: cheap(t, "boris's"),
				})
				a := attempt{
					Attempt{Address: officeAddress, Name: "101", Password: "anna's", Device: "desk"},
					guard(t, desktops, list...),
				}
				grant, err := a.g.SignIn(t.Context(), a.Attempt)
				if err != nil {
					t.Fatal(err)
				}
				if a.Token = a.g.Token(grant); len(a.Token) != 55 {
					t.Fatalf("token %q", a.Token)
				}
				test.change(&a)
				candidates := a.g.of(a.Attempt)
				holder, token := a.g.holder(a.Attempt, candidates)
				if counts := holder >= 0; counts != test.counts {
					t.Fatalf("counts: %v", counts)
				}
				if test.counts && a.g.resumes(token, a.g.grant(a.Attempt, candidates[holder],
					candidates)) != test.resumes {
					t.Errorf("resumes: %v", !test.resumes)
				}
			})
		})
	}
}

// set replaces an account.
func set(t *testing.T, g *Guard, account Account) {
	t.Helper()
	list := slices.Clone(g.byName["101"])
	i := slices.IndexFunc(list, func(a Account) bool { return a.Login == account.Login })
	list[i] = account
	if err := g.SetAccounts(list); err != nil {
		t.Fatal(err)
	}
}

// The hub's clock was wrong: a token of the future counts only as long as it is nearly now.
func TestTokenOfTheFuture(t *testing.T) {
	g := guard(t, desktops, anna(t)...)
	for ahead, counts := range map[time.Duration]bool{time.Minute: true, time.Hour: false} {
		var text string
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(24 * time.Hour)
			time.Sleep(ahead)
			text = g.Token(Grant{Account: anna(t)[0], device: "desk"})
		})
		synctest.Test(t, func(*testing.T) {
			time.Sleep(24 * time.Hour)
			if _, ok := parse(text); ok != counts {
				t.Errorf("%v ahead: %v", ahead, ok)
			}
		})
	}
}

// A colleague signs in on a desktop that has another agent's token.
func TestColleagueOnTheSameDesktop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := guard(t, desktops,
			Account{Login: "anna", Names: []string{"200"}, Hash: cheap(t, "anna's")},
			Account{Login: "boris", Names: []string{"200"}, Hash: cheap(t, "boris's")})
		token := ""
		for range 3 {
			for _, login := range []string{"anna", "boris"} {
				grant, err := g.SignIn(t.Context(), Attempt{
					Address: officeAddress, Name: "200", Password: login + "'s", Device: "desk", Token: token,
				})
				if err != nil || grant.Account.Login != login {
					t.Errorf("%s is %q: %v", login, grant.Account.Login, err)
				}
				token = g.Token(grant)
			}
		}
	})
}
