package cmd

import (
	"context"
	"log/slog"
	"time"

	"traybell/hub/compile"
	"traybell/hub/config"
)

// checkPeople reads the people of sign_in.ldap as serve does. It returns the configuration with
// them.
func checkPeople(ctx context.Context, cfg *config.Config, p compile.Parts, r *report) (*config.Config, compile.Parts) {
	d, err := compile.OpenPeople(cfg, slog.New(slog.DiscardHandler))
	if d == nil || err != nil { // Compile has reported the error
		return cfg, p
	}
	r.print("people of the directory (%s):", cfg.SignIn.LDAP.URL)
	if _, err := d.Read(ctx); err != nil {
		r.fail("%v", err)
		return cfg, p
	}
	all, doubts := compile.WithPeople(cfg, d.People())
	s := d.Status()
	r.print("  ✓ %s, %s, read in %s", count(len(all.Agents)-len(cfg.Agents), "agent", "agents"),
		count(len(all.Admins)-len(cfg.Admins), "administrator", "administrators"), s.Took.Round(time.Millisecond))
	for _, problem := range append(s.Problems, doubts...) {
		r.print("  ! %s", problem)
	}
	if s.More > 0 {
		r.print("  ! and %d more", s.More)
	}
	parts, err := compile.Hub(all)
	if err != nil {
		r.fail("%v", shown(err))
		return cfg, p
	}
	return all, parts
}

// checkProvider reads the configuration of the provider of sign_in.oidc.
func checkProvider(ctx context.Context, cfg *config.Config, r *report) {
	p, err := compile.OpenProvider(cfg, slog.New(slog.DiscardHandler))
	if p == nil || err != nil { // Compile has reported the error
		return
	}
	r.print("OpenID Connect (%s):", cfg.SignIn.OIDC.Issuer)
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	if err := p.Check(ctx); err != nil {
		r.fail("%v", err)
		return
	}
	r.print("  ✓ its configuration is read; the client and its secret are tried at the first sign-in")
}
