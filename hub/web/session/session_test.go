package session

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/access"
)

// browser keeps cookies as a browser does.
type browser struct {
	t     *testing.T
	table *Table
	tls   bool
	jar   map[string]string
	last  *http.Cookie // that the hub set
}

func newBrowser(t *testing.T, table *Table, tls bool) *browser {
	return &browser{t: t, table: table, tls: tls, jar: map[string]string{}}
}

func (b *browser) request() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://hub/", nil) //nolint:noctx // a synctest bubble has no context
	for name, value := range b.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return r
}

func (b *browser) do(with func(w http.ResponseWriter, r *http.Request)) {
	b.t.Helper()
	w := httptest.NewRecorder()
	with(w, b.request())
	b.last = nil
	for _, c := range w.Result().Cookies() { //nolint:bodyclose // a recorder's
		b.last = c
		if c.MaxAge < 0 {
			delete(b.jar, c.Name)
		} else {
			b.jar[c.Name] = c.Value
		}
	}
}

func (b *browser) signIn(name string) (s *Session) {
	b.t.Helper()
	b.do(func(w http.ResponseWriter, r *http.Request) {
		s = b.table.Begin(w, r, Who{Principal: access.Principal{Kind: access.Administrator, Name: name}, Proof: name})
	})
	return s
}

func (b *browser) of() (s *Session) {
	b.t.Helper()
	b.do(func(w http.ResponseWriter, r *http.Request) { s = b.table.Of(w, r) })
	return s
}

func ended(s *Session) bool {
	select {
	case <-s.Ended():
		return true
	default:
		return false
	}
}

func table() *Table { return New(func(*http.Request) bool { return false }) }

func TestCookieIsOutOfReachOfScriptsAndOtherSites(t *testing.T) {
	for _, tls := range []bool{false, true} {
		b := newBrowser(t, New(func(*http.Request) bool { return tls }), tls)
		b.signIn("root")
		c := b.last
		want := map[bool]string{false: "traybell", true: "__Host-traybell"}[tls]
		if c.Name != want || !c.HttpOnly || c.Secure != tls || c.SameSite != http.SameSiteLaxMode || c.Path != "/" ||
			c.Domain != "" || len(c.Value) < 26 {
			t.Errorf("TLS %t: %v", tls, c)
		}
	}
}

// An id that an attacker put into the browser never becomes that of a session, and the session
// before a sign-in ends with it.
func TestSignInNeverKeepsAnID(t *testing.T) {
	table := table()
	b := newBrowser(t, table, false)
	b.jar["traybell"] = "chosen-by-an-attacker"
	if b.of() != nil {
		t.Fatal("an invented id has a session")
	}
	b.signIn("root")
	if b.jar["traybell"] == "chosen-by-an-attacker" {
		t.Error("the invented id became that of the session")
	}
	before := b.jar["traybell"]
	first := b.of()
	second := b.signIn("boss")
	if !ended(first) || ended(second) || b.of() != second {
		t.Error("the second sign-in did not replace the first session")
	}
	thief := newBrowser(t, table, false)
	thief.jar["traybell"] = before
	if thief.of() != nil {
		t.Error("the id before the sign-in opens a session")
	}
}

func TestIDChangesWhileASessionLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, table(), false)
		s := b.signIn("root")
		first := b.jar["traybell"]
		time.Sleep(rotate - time.Second)
		if b.of() != s || b.jar["traybell"] != first {
			t.Fatal("the id changed too early")
		}
		late := newBrowser(t, b.table, false)
		late.jar["traybell"] = first
		time.Sleep(time.Second)
		if b.of() != s || b.jar["traybell"] == first {
			t.Fatal("the id did not change")
		}
		if late.of() != s || late.last != nil {
			t.Error("a request that was on its way is refused, or changes the id again")
		}
		time.Sleep(grace + time.Second)
		if late.of() != nil {
			t.Error("the old id is good for longer")
		}
		if b.of() != s {
			t.Error("the new id is not good")
		}
	})
}

func TestSessionsRunOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, table(), false)
		s := b.signIn("root")
		time.Sleep(idle - time.Second)
		if b.table.find(b.request()) != s || !b.table.Alive(s) {
			t.Fatal("it ran out too early")
		}
		time.Sleep(time.Second) // that was no use
		if b.table.Alive(s) || b.of() != nil {
			t.Error("an idle session lasts")
		}
		b = newBrowser(t, b.table, false)
		s = b.signIn("root")
		for range int(longest/time.Hour) - 1 {
			time.Sleep(time.Hour)
			if b.of() != s {
				t.Fatal("a session in use ran out")
			}
		}
		time.Sleep(time.Hour)
		if b.of() != nil || !ended(s) {
			t.Error("a session in use lasts forever")
		}
	})
}

func TestSignOut(t *testing.T) {
	b := newBrowser(t, table(), false)
	s := b.signIn("root")
	other := newBrowser(t, b.table, false)
	other.signIn("root")
	copied := b.jar["traybell"]
	b.do(b.table.End)
	if !ended(s) || b.jar["traybell"] != "" || b.of() != nil {
		t.Error("not signed out")
	}
	b.jar["traybell"] = copied
	if b.of() != nil {
		t.Error("the cookie is good after the sign-out")
	}
	if other.of() == nil {
		t.Error("the other browser is signed out as well")
	}
}

func TestAccountsThatChangeSignOut(t *testing.T) {
	table := table()
	root, boss := newBrowser(t, table, false), newBrowser(t, table, false)
	gone, stays := root.signIn("root"), boss.signIn("boss")
	table.Keep(func(w Who) bool { return w.Proof != "root" })
	if !ended(gone) || root.of() != nil || ended(stays) || boss.of() != stays {
		t.Error("the wrong sessions ended")
	}
}

func TestSessionsAreBounded(t *testing.T) {
	table := table()
	first := newBrowser(t, table, false)
	oldest := first.signIn("root")
	for i := range mostOfOne {
		if ended(oldest) {
			t.Fatalf("ended after %d more", i)
		}
		newBrowser(t, table, false).signIn("root")
	}
	if !ended(oldest) {
		t.Error("one person may have any number of sessions")
	}
	for i := range most {
		newBrowser(t, table, false).signIn(fmt.Sprint("agent", i))
	}
	if n := len(table.sessions); n != most {
		t.Errorf("%d sessions", n)
	}
	if n := len(table.byID); n != most {
		t.Errorf("%d ids", n)
	}
}
