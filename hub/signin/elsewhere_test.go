package signin

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// company is a directory: passwords by credential.
type company struct {
	passwords map[string]string
	err       error
	asked     int
}

func (c *company) Verify(_ context.Context, credential, password string) (bool, error) {
	c.asked++
	if c.err != nil {
		return false, c.err
	}
	return c.passwords[credential] == password && password != "", nil
}

func elsewhereGuard(t *testing.T, accounts ...Account) (*Guard, *company) {
	t.Helper()
	c := &company{passwords: map[string]string{"olga 1": "olga's", "olga 2": "new", "piotr 1": "piotr's"}}
	g := New(desktops, nil)
	g.SetElsewhere(c)
	if err := g.SetAccounts(accounts); err != nil {
		t.Fatal(err)
	}
	return g, c
}

func TestPasswordsElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		olga := Account{Login: "olga", Names: []string{"101"}, Hash: Ask("olga 1")}
		g, c := elsewhereGuard(t, olga, Account{Login: "anna", Names: []string{"102"}, Hash: cheap(t, "anna's")})
		in := func(a Attempt) error {
			a.Address = officeAddress
			_, err := g.SignIn(t.Context(), a)
			return err
		}
		for _, wrong := range []string{"", "wrong", "anna's"} {
			if err := in(Attempt{Name: "101", Password: wrong}); !errors.Is(err, ErrWrong) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		if err := in(Attempt{Name: "101", Password: "olga's"}); err != nil {
			t.Error(err)
		}
		if err := in(Attempt{Name: "102", Password: "anna's"}); err != nil {
			t.Error(err)
		}
		asked := c.asked
		if err := in(Attempt{Name: "101", Password: "olga's"}); err != nil || c.asked != asked {
			t.Errorf("asked again after a moment: %d, %v", c.asked-asked, err)
		}
		time.Sleep(rememberAnswer)
		if err := in(Attempt{Name: "101", Password: "olga's"}); err != nil || c.asked != asked+1 {
			t.Errorf("not asked after %s: %v", rememberAnswer, err)
		}
		time.Sleep(rememberAnswer)
		c.err = ErrAway
		if err := in(Attempt{Name: "101", Password: "olga's"}); !errors.Is(err, ErrAway) {
			t.Errorf("away: %v", err)
		}
	})
}

// An outage of the directory is no failed attempt: it locks no one out.
func TestOutageElsewhereIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, c := elsewhereGuard(t, Account{Login: "olga", Names: []string{"101"}, Hash: Ask("olga 1")})
		attempt := Attempt{Address: officeAddress, Name: "101", Password: "olga's", Device: "desk"}
		grant, err := g.SignIn(t.Context(), attempt)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(rememberAnswer)
		c.err = ErrAway
		for _, token := range []string{"", g.Token(grant)} {
			attempt.Token = token
			for range 1000 {
				if _, err := g.SignIn(t.Context(), attempt); !errors.Is(err, ErrAway) {
					t.Fatal(err)
				}
			}
		}
		c.err = nil
		if _, err := g.SignIn(t.Context(), attempt); err != nil {
			t.Errorf("after the outage: %v", err)
		}
	})
}

// A token does not stand for a password that another computer may have changed.
func TestTokenDoesNotReplaceThePasswordElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		olga := Account{Login: "olga", Names: []string{"101"}, Hash: Ask("olga 1")}
		g, c := elsewhereGuard(t, olga)
		attempt := Attempt{Address: officeAddress, Name: "101", Password: "olga's", Device: "desk"}
		grant, err := g.SignIn(t.Context(), attempt)
		if err != nil {
			t.Fatal(err)
		}
		attempt.Token = g.Token(grant)
		time.Sleep(rememberAnswer)
		c.passwords["olga 1"] = "changed"
		if _, err := g.SignIn(t.Context(), attempt); !errors.Is(err, ErrWrong) {
			t.Errorf("the old password with a token: %v", err)
		}
		// once the hub has read the change, the token is void
		olga.Hash = Ask("olga 2")
		if err := g.SetAccounts([]Account{olga}); err != nil {
			t.Fatal(err)
		}
		if i, _ := g.holder(attempt, []Account{olga}); i >= 0 {
			t.Error("the token counts after a new password")
		}
		attempt.Password = "new"
		if _, err := g.SignIn(t.Context(), attempt); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}

// The password of one is never tried as that of another: a directory would lock the others out.
func TestSharedNameNeedsALoginElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, c := elsewhereGuard(t,
			Account{Login: "olga", Names: []string{"200"}, Hash: Ask("olga 1")},
			Account{Login: "piotr", Names: []string{"200"}, Hash: Ask("piotr 1")})
		attempt := Attempt{Address: officeAddress, Name: "200", Password: "olga's"}
		if _, err := g.SignIn(t.Context(), attempt); !errors.Is(err, ErrUnclear) || c.asked > 0 {
			t.Errorf("%v, asked %d times", err, c.asked)
		}
		attempt.Login = "olga"
		if _, err := g.SignIn(t.Context(), attempt); err != nil || c.asked != 1 {
			t.Errorf("%v, asked %d times", err, c.asked)
		}
		for i := range 1000 {
			attempt.Login = ""
			if _, err := g.SignIn(t.Context(), attempt); errors.As(err, new(*TooManyError)) {
				return
			} else if i == 999 {
				t.Errorf("not limited: %v", err)
			}
		}
	})
}

func TestGuessesElsewhereAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, c := elsewhereGuard(t, Account{Login: "olga", Names: []string{"101"}, Hash: Ask("olga 1")})
		for range 1000 {
			_, _ = g.SignIn(t.Context(), Attempt{Address: officeAddress, Name: "101", Password: "guess"})
		}
		if c.asked != desktops.Pair.Burst {
			t.Errorf("asked %d times, the limit is %d", c.asked, desktops.Pair.Burst)
		}
	})
}
