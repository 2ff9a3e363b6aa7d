package app

import (
	"context"

	"traybell/hub/signin"
	"traybell/hub/store"
)

// The names under which revocations of tokens are stored.
const (
	revokedSetting  = "revoked_tokens"   // of desktops
	browsersSetting = "revoked_browsers" // of browsers
)

// revocations are the revocations of tokens in the database, under a name.
type revocations struct {
	store *store.Store
	name  string
}

func (r revocations) load(ctx context.Context) (list []signin.Revocation, err error) {
	_, err = r.store.Setting(ctx, r.name, &list)
	return list, err
}

func (r revocations) keep(ctx context.Context, list []signin.Revocation) error {
	return r.store.SetSetting(ctx, r.name, list)
}
