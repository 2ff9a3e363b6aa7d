package app

import (
	"fmt"
	"log/slog"
	"reflect"

	"traybell/hub/compile"
	"traybell/hub/config"
	"traybell/hub/config/watch"
	"traybell/hub/web"
)

// provider is what the pages' provider depends on.
type provider struct {
	of         config.OIDCSignIn
	url, proof string // proof is empty before the first configuration
}

// use gives the pages the provider of a configuration, unless they have it. Sessions of another one
// end.
func (p *provider) use(cfg *config.Config, pages *web.Server, log *slog.Logger) error {
	o := cfg.SignIn.OIDC
	proof := fmt.Sprintf("%q %q %q %q %v %x", o.Issuer, o.ClientID, o.Login, o.Claim, o.Roles,
		watch.Sum([]string{o.CA}))
	if reflect.DeepEqual(p.of, o) && p.url == cfg.PublicURL && p.proof == proof {
		return nil
	}
	opened, err := compile.OpenProvider(cfg, log)
	if err != nil {
		return err
	}
	*p = provider{of: o, url: cfg.PublicURL, proof: proof}
	pages.SetProvider(opened, proof)
	return nil
}
