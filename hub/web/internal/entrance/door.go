// Package entrance decides who may see a page: it has the sign-in, the people who may sign in and
// what they may reach.
package entrance

import (
	"context"
	"sync/atomic"

	"traybell/hub/signin"
	"traybell/hub/web/pages"
	"traybell/hub/web/session"
)

// Options configure a Door.
type Options struct {
	Pages     *pages.Renderer
	People    []Person         // see SetPeople
	Passwords signin.Elsewhere // nil: passwords of signin.Ask are wrong
	TokenKey  []byte           // see signin.New
	PublicURL func() string    // under which browsers reach the hub; nil: unknown
	// Revoked are the revocations of tokens of browsers; KeepRevoked keeps them for the next process,
	// nil: it does not
	Revoked     []signin.Revocation
	KeepRevoked func(ctx context.Context, all []signin.Revocation) error
}

// Door lets people in who may see a page. Make it with New.
type Door struct {
	*pages.Renderer
	publicURL func() string
	keep      func(ctx context.Context, all []signin.Revocation) error // may be nil
	guard     *signin.Guard
	sessions  *session.Table
	people    atomic.Pointer[people]
	provider  atomic.Pointer[provider] // nil: none
	answers   *signin.Failures         // of a provider, also those of others
}

// New returns an error if a person's password is not an argon2id hash.
func New(o Options) (*Door, error) {
	d := &Door{
		Renderer: o.Pages, publicURL: o.PublicURL, keep: o.KeepRevoked, guard: signin.New(pageRules, o.TokenKey),
		answers: signin.NewFailures(pageRules.Address),
	}
	if d.publicURL == nil {
		d.publicURL = func() string { return "" }
	}
	d.guard.SetElsewhere(o.Passwords)
	d.guard.Revoke(o.Revoked...)
	d.sessions = session.New(d.secure)
	if err := d.SetPeople(o.People); err != nil {
		return nil, err
	}
	return d, nil
}

// Alive reports whether a session has not ended.
func (d *Door) Alive(s *session.Session) bool { return d.sessions.Alive(s) }
