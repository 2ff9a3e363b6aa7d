package cmd

import (
	"context"
	"errors"
	"io"
	"strings"
	"text/tabwriter"

	"traybell/hub/admin"
	"traybell/hub/app"
	"traybell/hub/compile"
	"traybell/hub/visibility"
	"traybell/shared/printable"
)

type numbers struct{ configFlag }

// Run lists the numbers that were called and have no tracking entry, most calls first, the
// endpoints that the hub had to guess, and the lines to add to hub.yml.
func (n numbers) Run(ctx context.Context, to streams) (err error) {
	cfg, err := compile.Load(n.Config)
	if err != nil {
		return err
	}
	s, err := app.OpenDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	found, err := visibility.Unnamed(ctx, cfg, s)
	if err != nil {
		return err
	}
	if err := writeUntracked(to.out, found); err != nil {
		return err
	}
	return writeGuessed(to.out, found)
}

func writeUntracked(out io.Writer, found admin.Unnamed) error {
	if len(found.Numbers) == 0 {
		_, err := printable.Fprintf(out, "Every number that was called has a tracking entry.\n")
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	printable.Fprintf(table, "calls\tnumber\tPBX\tfirst\tlast\tshown to\n")
	for _, u := range found.Numbers {
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
		printable.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", u.Calls, number, u.PBX, local(u.First), local(u.Last),
			agents)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var err error
	if len(found.Tracking) > 0 {
		_, err = printable.Fprintf(out, "\nTo track them, add to hub.yml:\n\ntracking:\n%s\n",
			printable.Lines(strings.Join(found.Tracking, "\n")))
	}
	return err
}

func writeGuessed(out io.Writer, found admin.Unnamed) error {
	if len(found.Endpoints) == 0 {
		return nil
	}
	printable.Fprintf(out,
		"\nNothing in their calls shows whether these endpoints are phones of the company or trunks:\n\n")
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	printable.Fprintf(table, "calls\tendpoint\tPBX\tlast\ttaken for\n")
	for _, g := range found.Endpoints {
		side := "a trunk"
		if g.Inside {
			side = "a phone"
		}
		printable.Fprintf(table, "%d\t%s\t%s\t%s\t%s: %s\n", g.Calls, g.Endpoint, g.PBX, local(g.Last), side, g.Why)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := printable.Fprintf(out, "\nCorrect these lists and put them into hub.yml:\n\npbx:\n%s\n",
		printable.Lines(strings.Join(found.PBX, "\n")))
	return err
}
