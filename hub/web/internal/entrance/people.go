package entrance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"traybell/hub/access"
	"traybell/hub/signin"
	"traybell/hub/web/pages"
	"traybell/hub/web/session"
)

// Person may sign in to the pages: an administrator, or an agent, who sees what concerns the agent.
type Person struct {
	Kind     access.Kind
	Login    string
	Name     string   // empty: the login
	Names    []string // to sign in with: a login, extensions
	Password string   // argon2id, in the PHC string format
	Roles    []access.Role
}

func (p Person) id() string { return string(p.Kind) + " " + p.Login }

// people is everybody who may sign in, by id. It is immutable.
type people struct {
	byID   map[string]Person
	admins bool // there are administrators
}

// SetPeople replaces the people who may sign in. Sessions of those who are gone or have another
// password end. After an error nothing has changed.
func (d *Door) SetPeople(list []Person) error {
	next := &people{byID: make(map[string]Person, len(list))}
	accounts := make([]signin.Account, len(list))
	for i, p := range list {
		if p.Login == "" {
			return fmt.Errorf("%s %d needs a login", p.Kind, i+1)
		}
		accounts[i] = signin.Account{Login: p.id(), Hash: p.Password, Names: p.Names}
		next.byID[p.id()] = p
		next.admins = next.admins || p.Kind == access.Administrator
	}
	if err := d.guard.SetAccounts(accounts); err != nil {
		return err
	}
	d.people.Store(next)
	d.keepSessions()
	return nil
}

// EndAgent ends the sessions of an agent, and makes the tokens of the agent's browsers void.
func (d *Door) EndAgent(ctx context.Context, login string) error {
	all := d.guard.Revoke(signin.Revocation{
		Login: Person{Kind: access.Agent, Login: login}.id(), At: time.Now(),
	})
	d.sessions.Keep(func(w session.Who) bool { return w.Kind != access.Agent || w.Name != login })
	if d.keep == nil {
		return nil
	}
	if err := d.keep(ctx, all); err != nil {
		return fmt.Errorf("revoke the tokens of browsers: %w", err)
	}
	return nil
}

// Password returns the hash of an agent's password; empty if there is no such agent, or if all the
// agent's sessions were ended since a time.
func (d *Door) Password(login string, since time.Time) string {
	p := d.people.Load().byID[Person{Kind: access.Agent, Login: login}.id()]
	if d.guard.Revoked(p.id(), "", since) {
		return ""
	}
	return p.Password
}

// visit finds out who sends a request; ok is false for a stranger. A browser gets a new id if its
// session's is old.
func (d *Door) visit(w http.ResponseWriter, r *http.Request) (v pages.Visitor, ok bool) {
	if at := d.sessions.Of(w, r); at != nil {
		if p, lasts := d.stays(at.Who); lasts {
			v = pages.Visitor{Principal: at.Principal, Called: cmp.Or(p.Name, at.Name), Session: at}
			v.Roles, v.From = p.Roles, address(r) // as they are now
			return v, true
		}
	}
	if !d.closed() && ownComputer(r) {
		return pages.Visitor{Principal: access.Principal{
			Kind: access.Local, Name: "administrator", Roles: access.Roles(), From: address(r),
		}}, true
	}
	return pages.Visitor{}, false
}

// SignIns counts sign-ins.
func (d *Door) SignIns() signin.Counts { return d.guard.Counts() }

// Visitor returns who sends a request; ok is false for a stranger.
func (d *Door) Visitor(w http.ResponseWriter, r *http.Request) (p access.Principal, ok bool) {
	v, ok := d.visit(w, r)
	return v.Principal, ok
}

// Admit lets people in who may see a page: all who are signed in, or only those with a role.
func (d *Door) Admit(all bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, ok := d.visit(w, r)
		if !ok {
			d.askToSignIn(w, r)
			return
		}
		r = pages.Visit(r, v)
		if !all && !v.May(access.View) {
			d.Message(w, r, http.StatusForbidden, "error.not_yours", "error.not_yours_text")
			return
		}
		if _, err := url.ParseQuery(r.URL.RawQuery); err != nil { // a filter must not be left out
			d.Message(w, r, http.StatusBadRequest, "error.failed", "error.address")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Greet is Admit for pages that strangers see as well.
func (d *Door) Greet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if v, ok := d.visit(w, r); ok {
			r = pages.Visit(r, v)
		}
		next.ServeHTTP(w, r)
	})
}

// AdmitScrapers admits programs on the hub's computer without a password, people who may see the
// pages, and programs with the password of an administrator (HTTP Basic).
func (d *Door) AdmitScrapers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ownComputer(r) {
			next.ServeHTTP(w, r)
			return
		}
		if v, ok := d.visit(w, r); ok && v.May(access.View) {
			next.ServeHTTP(w, r)
			return
		}
		login, password, given := r.BasicAuth()
		if !given {
			askPassword(w)
			return
		}
		grant, err := d.guard.SignIn(r.Context(), signin.Attempt{
			Address: r.RemoteAddr, Name: login, Password: password,
		})
		var many *signin.TooManyError
		switch p := d.people.Load().byID[grant.Account.Login]; {
		case errors.As(err, &many):
			w.Header().Set("Retry-After", retryAfter(many))
			http.Error(w, "Too many wrong passwords. Please wait.", http.StatusTooManyRequests)
		case err != nil || !(access.Principal{Roles: p.Roles}).May(access.View):
			askPassword(w)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func askPassword(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="traybell", charset="UTF-8"`)
	http.Error(w, "The password of an administrator is needed.", http.StatusUnauthorized)
}
