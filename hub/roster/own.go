package roster

import (
	"fmt"
	"slices"

	"traybell/hub/config"
	"traybell/hub/config/document"
)

// WithPassword returns the text of hub.yml with another hash for the password of an agent, as Apply
// does. cfg is the configuration of the text.
func WithPassword(cfg *config.Config, path string, text []byte, login, hash string) ([]byte, error) {
	i := slices.IndexFunc(cfg.Agents, func(a config.Agent) bool { return a.Login == login })
	if i < 0 {
		return nil, fmt.Errorf("%s has no agent %q", path, login)
	}
	a := planned{old: i, want: cfg.Agents[i], what: []string{"password"}}
	a.want.Password, a.want.PasswordFile = document.NewSecret(hash), ""
	return (&Plan{cfg: cfg, agents: []planned{a}}).Apply(path, text)
}
