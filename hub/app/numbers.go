package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"text/tabwriter"

	"traybell/hub/config"
	"traybell/hub/store"
	"traybell/hub/tracking"
	"traybell/hub/web"
)

func line(t config.Line) tracking.Line {
	return tracking.Line{
		Number: t.Number, Name: t.Name, Comment: t.Comment, Teams: t.Teams, Agents: t.Agents, Show: tracking.Show(t.Show),
		Template: t.Ticket,
	}
}

// untracked returns the numbers that were called and that tracking, as it is now, does not name.
func untracked(ctx context.Context, cfg *config.Config, s *store.Store) ([]web.UntrackedNumber, error) {
	numbers, err := newReader(cfg) // as the desk reads them
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

// enterable are the numbers that tracking takes as they are.
var enterable = regexp.MustCompile(`^[A-Za-z0-9.*#+-][A-Za-z0-9._*#+-]*$`)

// entry is the line of hub.yml that tracks a number; empty where it cannot be tracked.
func entry(number string) string {
	if number == "*" || !enterable.MatchString(number) {
		return ""
	}
	return fmt.Sprintf("  - {number: %q, name: %q}", number, number)
}

// Numbers tells out the numbers that were called and that tracking does not name, the most called
// first, and the lines of hub.yml that would track them. It may be called while a hub works on the
// same database.
func Numbers(ctx context.Context, cfg *config.Config, out io.Writer) (err error) {
	s, err := openKept(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	list, err := untracked(ctx, cfg, s)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		_, err = fmt.Fprintln(out, "Every number that was called so far is tracked by an entry of its own.")
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "calls\tnumber\tPBX\tfirst\tlast\tshown to")
	for _, n := range list {
		number, who := n.Number, "nobody"
		if number == "" {
			number = "(the PBX told none)"
		}
		switch {
		case n.Alone:
			who = "those whose phone rings"
		case n.Shown:
			who = "those whose phone rings or whom * names"
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", n.Calls, number, n.PBX, local(n.First), local(n.Last), who)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if entries := web.Entries(list); len(entries) > 0 {
		_, err = fmt.Fprintf(out, "\nTo track them, enter in hub.yml:\n\ntracking:\n%s\n", strings.Join(entries, "\n"))
	}
	return err
}

// untrackedPages shows them to the pages.
type untrackedPages struct{ *App }

func (a untrackedPages) UntrackedNumbers(ctx context.Context) ([]web.UntrackedNumber, error) {
	return untracked(ctx, a.cfg.Load(), a.store)
}
