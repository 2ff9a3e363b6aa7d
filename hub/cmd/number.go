package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"traybell/hub/app"
	"traybell/hub/directory"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

type number struct {
	Number string `arg:"" help:"As the PBX presents it: a number, a name, a SIP URI."`
	configFlag
	Region string `help:"Read the number for this country (RU, DE), without a configuration."`
	Find   bool   `help:"Read the directories and look the number up."`
}

// Run prints step by step how the region and the CallerID rules read a number, and, with --find,
// the customers that have it.
func (n number) Run(ctx context.Context, to streams) error {
	if n.Region != "" && n.Find {
		return errors.New("--find needs a configuration and --region excludes one: use only one of them")
	}
	if n.Region != "" {
		numbers, err := phone.NewReader(n.Region, nil)
		if err != nil {
			return err
		}
		explain(numbers, n.Number, to.out)
		return nil
	}
	cfg, err := n.load()
	if err != nil {
		return err
	}
	parts, err := app.Compile(cfg)
	if err != nil {
		return err
	}
	explain(parts.Numbers, n.Number, to.out)
	if !n.Find {
		return nil
	}
	d := parts.Directory(slog.New(slog.DiscardHandler))
	if err := d.Refresh(ctx); err != nil {
		fmt.Fprintf(to.out, "! %v\n", err)
	}
	found, err := d.Find(ctx, parts.Numbers.Read(n.Number))
	if err != nil {
		return err
	}
	listCustomers(found, to.out)
	return nil
}

func explain(numbers *phone.Reader, raw string, out io.Writer) {
	n, steps := numbers.Explain(raw)
	for i, step := range steps {
		fmt.Fprintf(out, "%2d. %s\n", i+1, step)
	}
	fmt.Fprintf(out, "%q is %s", raw, n.Kind)
	switch {
	case n.E164 != "":
		fmt.Fprintf(out, ": %s", n.E164)
	case n.Kind != phone.Withheld:
		fmt.Fprintf(out, ": %q", n.Local)
	}
	if n.Extension != "" {
		fmt.Fprintf(out, ", extension %s", n.Extension)
	}
	if n.Kind != phone.Withheld {
		fmt.Fprintf(out, "; agents see %q", n.Display)
	}
	fmt.Fprintln(out)
}

func listCustomers(found []protocol.Customer, out io.Writer) {
	switch len(found) {
	case 0:
		fmt.Fprintln(out, "No customer has this number.")
	case directory.MaxFound:
		fmt.Fprintf(out, "At least %d customers have this number:\n", len(found))
	case 1:
		fmt.Fprintln(out, "1 customer has this number:")
	default:
		fmt.Fprintf(out, "%d customers have this number:\n", len(found))
	}
	for _, c := range found {
		var parts []string
		for _, text := range []string{c.Login, c.Name, c.Company, c.Email} {
			if text != "" {
				parts = append(parts, text)
			}
		}
		maybe := ""
		if c.Maybe {
			maybe = ", possible match: only the last digits agree"
		}
		fmt.Fprintf(out, "  %s (%s%s)\n", strings.Join(parts, ", "), c.Directory, maybe)
	}
}
