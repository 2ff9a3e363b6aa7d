package visibility

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"traybell/hub/admin"
	"traybell/hub/compile"
	"traybell/hub/config"
	"traybell/hub/store"
	"traybell/hub/trace"
)

// guessedEndpoints returns the endpoints in the traces of calls that the hub judged without
// evidence, except those that cfg names, and the lines of hub.yml that name them.
func guessedEndpoints(ctx context.Context, cfg *config.Config, s *store.Store,
) (list []admin.Guessed, yaml []string, err error) {
	traces, err := s.GuessedTraces(ctx)
	if err != nil {
		return nil, nil, err
	}
	agents := compile.Staff(cfg)
	guesses := trace.Guesses(traces)
	for _, p := range cfg.PBX {
		rules := compile.Endpoints(p, agents)
		trunks, extensions := slices.Clone(p.Trunks), slices.Clone(p.Extensions)
		for _, g := range guesses {
			if g.PBX != p.ID || !rules.Guessed(g.Endpoint) {
				continue
			}
			list = append(list, admin.Guessed(g))
			_, name, _ := strings.Cut(g.Endpoint, "/")
			names := &trunks
			if g.Inside {
				names = &extensions
			}
			if !slices.Contains(*names, name) {
				*names = append(*names, name)
			}
		}
		if len(trunks)+len(extensions) == len(p.Trunks)+len(p.Extensions) {
			continue
		}
		yaml = append(yaml, "  - id: "+p.ID)
		if len(trunks) > 0 {
			yaml = append(yaml, "    trunks: ["+quoted(trunks)+"]")
		}
		if len(extensions) > 0 {
			yaml = append(yaml, "    extensions: ["+quoted(extensions)+"]")
		}
	}
	slices.SortStableFunc(list, func(a, b admin.Guessed) int { return cmp.Compare(b.Calls, a.Calls) })
	return list, yaml, nil
}

func quoted(entries []string) string {
	list := make([]string, len(entries))
	for i, e := range entries {
		list[i] = strconv.Quote(e)
	}
	return strings.Join(list, ", ")
}
