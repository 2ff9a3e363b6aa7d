package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"traybell/hub/config"
	"traybell/hub/directory"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Number tells out, step by step, how a number as the PBX presents it is read by hub.yml's region
// and CallerID rules, and, with find, who in the directories has it.
func Number(ctx context.Context, cfg *config.Config, raw string, find bool, out io.Writer) error {
	p, err := compile(cfg)
	if err != nil {
		return err
	}
	explain(p.numbers, raw, out)
	if !find {
		return nil
	}
	d := newDirectory(p.feeds, p.numbers, slog.New(slog.DiscardHandler))
	if err := d.Refresh(ctx); err != nil {
		fmt.Fprintf(out, "! %v\n", err)
	}
	found, err := d.Find(ctx, p.numbers.Read(raw))
	if err != nil {
		return err
	}
	tellFound(found, out)
	return nil
}

// NumberOf does the same without a hub.yml: for a region, and without rules.
func NumberOf(region, raw string, out io.Writer) error {
	numbers, err := phone.NewReader(region, nil)
	if err != nil {
		return err
	}
	explain(numbers, raw, out)
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

func tellFound(found []protocol.Customer, out io.Writer) {
	switch len(found) {
	case 0:
		fmt.Fprintln(out, "Nobody in the directories has it.")
	case directory.MaxFound:
		fmt.Fprintf(out, "At least %d customers have it:\n", len(found))
	case 1:
		fmt.Fprintln(out, "One customer has it:")
	default:
		fmt.Fprintf(out, "%d customers have it:\n", len(found))
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
			maybe = ", perhaps: only the end of the number is the same"
		}
		fmt.Fprintf(out, "  %s (%s%s)\n", strings.Join(parts, ", "), c.Directory, maybe)
	}
}
