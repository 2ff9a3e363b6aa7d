package compile

import (
	"errors"
	"log/slog"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/openid"
	"traybell/hub/remote"
)

// OpenProvider returns the provider of sign_in.oidc; nil if hub.yml has none. It does not connect.
func OpenProvider(cfg *config.Config, log *slog.Logger) (*openid.Provider, error) {
	o := cfg.SignIn.OIDC
	if o.Issuer == "" {
		return nil, nil //nolint:nilnil // as documented
	}
	roles := map[string][]string{}
	for _, r := range o.Roles {
		roles[r.Value] = r.Roles
	}
	p, err := openid.New(openid.Options{
		Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: o.ClientSecret.Reveal(), CA: o.CA, Scopes: o.Scopes,
		LoginClaim: o.Login, RolesClaim: o.Claim, Roles: roles, PublicURL: cfg.PublicURL,
		Log: log.With("part", "openid"),
	})
	var option *remote.OptionError
	if errors.As(err, &option) {
		return nil, cfg.Problem("sign_in.oidc."+option.Key, option.Err.Error())
	}
	return p, err
}

// badProvider returns the problems of sign_in.oidc.
func badProvider(cfg *config.Config) document.Problems {
	_, err := OpenProvider(cfg, slog.New(slog.DiscardHandler))
	return document.ProblemsOf(err)
}
