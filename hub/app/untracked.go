package app

import (
	"context"
	"fmt"
	"regexp"

	"traybell/hub/config"
	"traybell/hub/store"
	"traybell/hub/tracking"
	"traybell/hub/web"
)

// UntrackedNumbers returns the numbers that were called and have no tracking entry in cfg.
func UntrackedNumbers(ctx context.Context, cfg *config.Config, s *store.Store) ([]web.UntrackedNumber, error) {
	numbers, err := newReader(cfg)
	if err != nil {
		return nil, err
	}
	lines, shown := make([]tracking.Line, len(cfg.Tracking)), len(cfg.Tracking) == 0
	for i, t := range cfg.Tracking {
		lines[i] = line(t)
		shown = shown || t.Number == "*"
	}
	tracked, err := tracking.New(lines, numbers)
	if err != nil {
		return nil, err
	}
	counted, err := s.UntrackedNumbers(ctx)
	if err != nil {
		return nil, err
	}
	var list []web.UntrackedNumber
	for _, u := range counted {
		if !tracked.Has(u.Number) {
			list = append(list, web.UntrackedNumber{
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

// untrackedPages implements web.Untracked.
type untrackedPages struct{ *App }

func (a untrackedPages) UntrackedNumbers(ctx context.Context) ([]web.UntrackedNumber, error) {
	return UntrackedNumbers(ctx, a.cfg.Load(), a.store)
}
