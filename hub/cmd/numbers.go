package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"traybell/hub/app"
	"traybell/hub/web"
)

type numbers struct{ configFlag }

// Run lists the numbers that were called and have no tracking entry, most calls first, and the
// lines to add to hub.yml.
func (n numbers) Run(ctx context.Context, to streams) (err error) {
	cfg, err := app.Load(n.Config)
	if err != nil {
		return err
	}
	s, err := app.OpenDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	list, err := app.UntrackedNumbers(ctx, cfg, s)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		_, err = fmt.Fprintln(to.out, "Every number that was called has a tracking entry.")
		return err
	}
	table := tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "calls\tnumber\tPBX\tfirst\tlast\tshown to")
	for _, u := range list {
		number, agents := u.Number, "no agent"
		if number == "" {
			number = "(none)"
		}
		switch {
		case u.Alone:
			agents = "agents whose phone rings"
		case u.Shown:
			agents = "agents whose phone rings or who are in the * entry"
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", u.Calls, number, u.PBX, local(u.First), local(u.Last), agents)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if entries := web.Entries(list); len(entries) > 0 {
		_, err = fmt.Fprintf(to.out, "\nTo track them, add to hub.yml:\n\ntracking:\n%s\n", strings.Join(entries, "\n"))
	}
	return err
}
