package entrance

import (
	"errors"
	"net/http"

	"traybell/hub/access"
	"traybell/hub/openid"
	"traybell/hub/signin"
	"traybell/hub/web/session"
)

// provided marks the Proof of a session by the provider.
const provided = "openid "

// provider signs administrators in; its sessions have the proof.
type provider struct {
	*openid.Provider
	proof string
}

// SetProvider replaces the provider of identities; nil: none. Sessions with another proof end.
func (d *Door) SetProvider(p *openid.Provider, proof string) {
	if p == nil {
		d.provider.Store(nil)
	} else {
		d.provider.Store(&provider{p, provided + proof})
	}
	d.keepSessions()
}

// keepSessions ends the sessions that stays refuses.
func (d *Door) keepSessions() {
	d.sessions.Keep(func(w session.Who) bool {
		_, ok := d.stays(w)
		return ok
	})
}

// stays reports whether a session lasts: its person is there and has the same password, or its
// provider is the same. p has the roles. Each request asks, since a password may change while it is
// being verified.
func (d *Door) stays(w session.Who) (p Person, ok bool) {
	if by := d.provider.Load(); by != nil && w.Proof == by.proof {
		return Person{Roles: w.Roles}, true
	}
	p, known := d.people.Load().byID[Person{Kind: w.Kind, Login: w.Principal.Name}.id()]
	return p, known && p.Password == w.Proof
}

// closed reports whether the pages need a sign-in everywhere, also on the hub's computer.
func (d *Door) closed() bool { return d.people.Load().admins || d.provider.Load() != nil }

// StartProvider sends a browser to the provider.
func (d *Door) StartProvider(w http.ResponseWriter, r *http.Request) {
	to := within(r.URL.Query().Get("to"))
	p := d.provider.Load()
	if p == nil {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	if err := p.Start(w, r, to); err != nil {
		d.showSignIn(w, r, http.StatusServiceUnavailable, signInPage{To: to, Error: "signin.provider_away"})
	}
}

// FinishProvider signs in the person whom the provider has verified.
func (d *Door) FinishProvider(w http.ResponseWriter, r *http.Request) {
	p := d.provider.Load()
	if p == nil {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	// Anyone may send answers. Each one with a code is asked about at the provider, which would refuse
	// all of the hub's requests if there were too many.
	if wait := d.answers.Failed(r.RemoteAddr); wait > 0 {
		w.Header().Set("Retry-After", retryAfter(&signin.TooManyError{Wait: wait}))
		d.showSignIn(w, r, http.StatusTooManyRequests, signInPage{Error: "signin.too_many"})
		return
	}
	who, to, err := p.Finish(w, r)
	if err != nil {
		problem, status := "signin.provider_refused", http.StatusForbidden
		switch {
		case errors.Is(err, openid.ErrAway):
			problem, status = "signin.provider_away", http.StatusServiceUnavailable
		case errors.Is(err, openid.ErrStale):
			problem, status = "signin.provider_stale", http.StatusBadRequest
		case errors.Is(err, openid.ErrNoRole):
			problem = "signin.provider_no_role"
		}
		if status == http.StatusForbidden {
			d.guard.Count(signin.ErrWrong)
		}
		d.showSignIn(w, r, status, signInPage{Error: problem})
		return
	}
	d.guard.Count(nil)
	in := session.Who{Proof: p.proof}
	in.Kind, in.Name, in.From = access.Administrator, who.Login, address(r)
	for _, role := range who.Roles {
		in.Roles = append(in.Roles, access.Role(role))
	}
	d.sessions.Begin(w, r, in)
	d.Log.Info("signed in to the pages by OpenID", "login", who.Login, "from", r.RemoteAddr)
	http.Redirect(w, r, within(to), http.StatusSeeOther)
}
