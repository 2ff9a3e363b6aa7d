package visibility

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"traybell/hub/admin"
	"traybell/hub/compile"
	"traybell/hub/config"
	"traybell/hub/store"
)

// Unnamed returns the numbers that were called and have no tracking entry in cfg, the endpoints that
// it may have to name, and the lines to add.
func Unnamed(ctx context.Context, cfg *config.Config, s *store.Store) (u admin.Unnamed, err error) {
	if u.Numbers, err = untrackedNumbers(ctx, cfg, s); err != nil {
		return u, err
	}
	u.Tracking = entries(u.Numbers)
	u.Endpoints, u.PBX, err = guessedEndpoints(ctx, cfg, s)
	return u, err
}

// entries returns the lines of hub.yml that track the numbers, without duplicates. If tracking is
// empty, the last line keeps all other calls visible.
func entries(list []admin.Untracked) (lines []string) {
	for _, n := range list {
		if n.YAML != "" && !slices.Contains(lines, n.YAML) {
			lines = append(lines, n.YAML)
		}
	}
	if len(lines) > 0 && list[0].Alone {
		lines = append(lines, `  - {number: "*"}   # all others; without this line no agent sees their calls`)
	}
	return lines
}

func untrackedNumbers(ctx context.Context, cfg *config.Config, s *store.Store) ([]admin.Untracked, error) {
	numbers, err := compile.Reader(cfg)
	if err != nil {
		return nil, err
	}
	tracked, bad := compile.Lines(cfg, numbers)
	if len(bad) > 0 {
		return nil, bad
	}
	shown := len(cfg.Tracking) == 0 || slices.ContainsFunc(cfg.Tracking, func(l config.Line) bool {
		return l.Number == "*"
	})
	counted, err := s.UntrackedNumbers(ctx)
	if err != nil {
		return nil, err
	}
	var list []admin.Untracked
	for _, u := range counted {
		if !tracked.Has(u.Number) {
			list = append(list, admin.Untracked{
				PBX: u.PBX, Number: u.Number, Calls: u.Calls, First: u.First, Last: u.Last, Shown: shown,
				YAML: entry(u.Number), Alone: len(cfg.Tracking) == 0,
			})
		}
	}
	return list, nil
}

// trackable matches the numbers that a tracking entry can name.
var trackable = regexp.MustCompile(`^[A-Za-z0-9.*#+-][A-Za-z0-9._*#+-]*$`)

// entry is the line of hub.yml that tracks a number; empty if it cannot be tracked.
func entry(number string) string {
	if number == "*" || !trackable.MatchString(number) {
		return ""
	}
	return fmt.Sprintf("  - {number: %q, name: %q}", number, number)
}
