package app

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"time"

	"traybell/hub/agents"
	"traybell/hub/callpage"
	"traybell/hub/signin"
	"traybell/shared/protocol"
)

// newPages creates what opens pages of calls.
func newPages(ctx context.Context, a *App) (*callpage.Service, error) {
	secret, err := a.store.TokenKey(ctx)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "pages of calls", signin.KeyLength)
	return callpage.New(callpage.Options{
		Rules: func() callpage.Rules {
			r := a.desk.Rules()
			return callpage.Rules{Staff: r.Staff, Lines: r.Lines, Links: r.Links}
		},
		Send: func(login, extension string, m protocol.Message) bool {
			return a.agents.SendOne(login, extension, m)
		},
		Hide:     func(c protocol.Call) protocol.Call { return a.hidden.Hide(c) },
		Password: func(login string, since time.Time) string { return a.pages.Password(login, since) },
		Key:      key, Log: a.log.With("part", "pages"), Now: time.Now,
	}), err
}

// pageCommands are what pages of calls may do.
func pageCommands(a *App) *callpage.Commands {
	return &callpage.Commands{
		Service: a.callPages, Desk: a.desk, Staff: a.desk.Staff, Audit: a.audit, Now: time.Now,
	}
}

// openPages opens what is due for an agent who signs in. The session begins on another goroutine.
func openPages(a *App, p agents.Presence) {
	if p.In {
		go a.callPages.SignedIn(p.Login)
	}
}
