package cmd

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"

	"traybell/hub/compile"
	"traybell/hub/config"
	"traybell/hub/directory"
	"traybell/hub/trace"
	"traybell/shared/phone"
	"traybell/shared/printable"
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
	parts, err := compile.Hub(cfg)
	if err != nil {
		return err
	}
	explain(parts.Numbers, n.Number, to.out)
	if read := parts.Numbers.Read(n.Number); read.Kind == phone.Internal {
		printable.Fprintf(to.out, "%s\n", bySide(cfg, read.Local))
	}
	if !n.Find {
		return nil
	}
	d := parts.Directory(slog.New(slog.DiscardHandler))
	if err := d.Refresh(ctx); err != nil {
		printable.Fprintf(to.out, "! %v\n", err)
	}
	for _, reading := range parts.Numbers.Readings(parts.Numbers.Read(n.Number)) {
		switch asked, err := d.Ask(ctx, reading); {
		case err != nil:
			printable.Fprintf(to.out, "! look-up of %s: %v\n", reading.E164, err)
		case asked:
			printable.Fprintf(to.out, "The directories with `lookup` were asked for %s.\n", reading.E164)
		}
	}
	found, err := d.Find(ctx, parts.Numbers.Read(n.Number))
	if err != nil {
		return err
	}
	listCustomers(found, to.out)
	return nil
}

// bySide says what a short number means: that depends on where the call comes from.
func bySide(cfg *config.Config, number string) string {
	var colleagues []string
	for _, a := range cfg.Agents {
		if slices.Contains(a.Extensions, number) {
			colleagues = append(colleagues, a.Name)
		}
	}
	if len(colleagues) == 0 {
		return "From a phone of the company it is a colleague's, from a trunk an outside number."
	}
	return "From a phone of the company it is " + strings.Join(colleagues, ", ") +
		"; from a trunk it is an unknown caller, whatever the directories have."
}

func explain(numbers *phone.Reader, raw string, out io.Writer) {
	n, steps := numbers.Explain(raw)
	for i, step := range steps {
		printable.Fprintf(out, "%2d. %s\n", i+1, trace.Note(step).In(trace.English))
	}
	kind := string(n.Kind)
	if n.Kind == phone.Internal {
		kind = "an extension or a short number"
	}
	printable.Fprintf(out, "%q is %s", raw, kind)
	switch {
	case n.E164 != "":
		printable.Fprintf(out, ": %s", n.E164)
	case n.Kind != phone.Withheld:
		printable.Fprintf(out, ": %q", n.Local)
	}
	if n.Extension != "" {
		printable.Fprintf(out, ", extension %s", n.Extension)
	}
	if n.Kind != phone.Withheld {
		printable.Fprintf(out, "; agents see %q", n.Display)
	}
	printable.Fprintf(out, "\n")
}

func listCustomers(found []protocol.Customer, out io.Writer) {
	switch len(found) {
	case 0:
		printable.Fprintf(out, "No customer has this number.\n")
	case directory.MaxFound:
		printable.Fprintf(out, "At least %d customers have this number:\n", len(found))
	case 1:
		printable.Fprintf(out, "1 customer has this number:\n")
	default:
		printable.Fprintf(out, "%d customers have this number:\n", len(found))
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
		printable.Fprintf(out, "  %s (%s%s)\n", strings.Join(parts, ", "), c.Directory, maybe)
	}
}
