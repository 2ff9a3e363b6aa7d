package compile

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/ldapserver"
	"traybell/hub/people"
	"traybell/hub/people/ldap"
	"traybell/hub/remote"
	"traybell/hub/signin"
)

// People returns the source of sign_in.ldap, checked as far as that is possible without the
// server. It is nil if hub.yml has none.
func People(cfg *config.Config) (people.Source, error) {
	l := cfg.SignIn.LDAP
	if l.URL == "" {
		return nil, nil //nolint:nilnil // as documented
	}
	o := ldap.Options{
		Options: ldapserver.Options{
			URL: l.URL, StartTLS: l.StartTLS, CA: l.CA, BindDN: l.BindDN, Password: l.Password.Reveal(),
			BaseDN: l.BaseDN, Scope: l.Scope, Filter: l.Filter,
		},
		Login: l.Login, Name: l.Name, Extension: l.Extension, NoExtension: config.ExtensionProblem,
	}
	for _, g := range l.Groups {
		o.Groups = append(o.Groups, ldap.Group{DN: g.Group, Teams: g.Teams, Rights: g.Rights, Roles: g.Roles})
	}
	source, err := ldap.New(o)
	var option *remote.OptionError
	if errors.As(err, &option) {
		return nil, cfg.Problem("sign_in.ldap."+option.Key, option.Err.Error())
	}
	return source, err
}

// badPeople returns the problems of sign_in.ldap.
func badPeople(cfg *config.Config) document.Problems {
	_, err := People(cfg)
	return document.ProblemsOf(err)
}

// OpenPeople returns the directory of sign_in.ldap, with nothing read; nil if hub.yml has none.
func OpenPeople(cfg *config.Config, log *slog.Logger) (*people.Directory, error) {
	source, err := People(cfg)
	if source == nil {
		return nil, err
	}
	return people.Open(people.Options{Source: source, Log: log.With("part", "people")}), nil
}

// WithPeople returns a configuration with people of a directory as agents, if they have an
// extension, and otherwise as admins, if they have a role. hub.yml has precedence: logins and
// extensions of its agents are left to them. doubts says what was left out.
func WithPeople(cfg *config.Config, list []people.Person) (all *config.Config, doubts []string) {
	n := *cfg
	n.Agents, n.Admins = slices.Clone(cfg.Agents), slices.Clone(cfg.Admins)
	agents, admins, taken := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, a := range cfg.Agents {
		agents[strings.ToLower(a.Login)] = true
		for _, e := range a.Extensions {
			taken[e] = true
		}
	}
	for _, a := range cfg.Admins {
		admins[strings.ToLower(a.Login)], taken[a.Login] = true, true
	}
	holders := map[string][]string{} // logins by extension
	doubt := func(format string, values ...any) { doubts = append(doubts, fmt.Sprintf(format, values...)) }
	for _, p := range list {
		login := strings.ToLower(p.Login)
		if agents[login] {
			doubt("%s is an agent of hub.yml; the account of the directory is not used", p.Login)
			continue
		}
		password := document.NewSecret(signin.Ask(p.Credential()))
		var extensions []string
		for _, e := range p.Extensions {
			switch {
			case taken[e]:
				doubt("extension %s of %s is left to the agent or admin of hub.yml who has it", e, p.Login)
			case len(holders[e]) == config.Sharing:
				doubt("extension %s of %s has %d agents already, which is the maximum", e, p.Login, config.Sharing)
			default:
				extensions = append(extensions, e)
				holders[e] = append(holders[e], p.Login)
			}
		}
		switch {
		case len(extensions) > 0:
			n.Agents = append(n.Agents, config.Agent{
				Login: p.Login, Name: p.Name, Extensions: extensions, Password: password, Teams: p.Teams,
				Rights: p.Rights, Roles: p.Roles,
			})
		case len(p.Roles) == 0:
			doubt("%s has neither an extension nor a role, so cannot sign in", p.Login)
		case admins[login]:
			doubt("%s is an admin of hub.yml; the account of the directory is not used", p.Login)
		default:
			n.Admins = append(n.Admins, config.Admin{Login: p.Login, Password: password, Roles: p.Roles})
		}
	}
	for _, a := range n.Agents[len(cfg.Agents):] {
		for _, e := range a.Extensions {
			if logins := holders[e]; len(logins) > 1 && logins[0] == a.Login {
				doubt("extension %s is shared by %s of the directory, so they cannot sign in with it: the hub would "+
					"try the password of one as the others and lock them out; give each an extension of their own", e,
					strings.Join(logins, ", "))
			}
		}
	}
	return &n, doubts
}
