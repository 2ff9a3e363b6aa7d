package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"traybell/hub/app"
	"traybell/hub/compile"
	"traybell/hub/replay"
	"traybell/hub/rules"
	"traybell/shared/printable"
)

type rule struct {
	Call string `help:"The call with this id; see why." placeholder:"ID"`
	From string `help:"All calls from a day or time on: 2026-11-22. Default: yesterday's." placeholder:"DAY"`
	To   string `help:"The last day, or the time before which they began." placeholder:"DAY"`
	configFlag
}

// Run prints what the rules of hub.yml did to past calls, as traces tell, and what the rules of the file
// would do.
func (r rule) Run(ctx context.Context, to streams) (err error) {
	if r.Call != "" && r.From+r.To != "" {
		return errors.New("--call is one call: leave out --from and --to")
	}
	cfg, err := r.load()
	if err != nil {
		return err
	}
	parts, err := compile.Hub(cfg)
	if err != nil {
		return err
	}
	s, err := app.OpenDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	reader := replay.Reader{Store: s, Rules: parts.Rules, Lines: parts.Lines, Numbers: parts.Numbers}
	var text strings.Builder
	if r.Call != "" {
		of, ok, err := reader.Call(ctx, r.Call)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("there is no record of the call %s; `traybell-hub why NUMBER` prints the ids of calls",
				r.Call)
		}
		writeRuling(&text, of)
	} else if err := r.period(ctx, &text, reader); err != nil {
		return err
	}
	_, err = io.WriteString(to.out, text.String())
	return err
}

// period writes the calls that a rule applied to, or would, and to how many each rule would apply.
func (r rule) period(ctx context.Context, text *strings.Builder, reader replay.Reader) error {
	from, until, err := parsePeriod(r.From, r.To)
	if err != nil {
		return err
	}
	now := time.Now()
	if r.From == "" && r.To == "" {
		until = time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
		from = until.AddDate(0, 0, -1)
	}
	if until.IsZero() {
		until = now
	}
	all, counts := 0, map[string]int{}
	if err := reader.Between(ctx, from, until, func(of replay.Ruling) error {
		all++
		applies := len(of.Did) > 0
		seen := map[string]bool{}
		for _, m := range of.Would {
			applies = applies || len(m.Applied)+len(m.Failed) > 0
			for _, a := range m.Applied {
				seen[a.Rule] = true
			}
		}
		for name := range seen {
			counts[name]++
		}
		if applies {
			writeRuling(text, of)
			text.WriteByte('\n')
		}
		return nil
	}); err != nil {
		return err
	}
	printable.Fprintf(text, "%d calls; how many each rule would apply to:\n", all)
	for _, name := range reader.Rules.Names() {
		printable.Fprintf(text, "%8d  %s\n", counts[name], name)
	}
	return nil
}

func writeRuling(text *strings.Builder, of replay.Ruling) {
	number, called := of.Number, of.DID
	if number == "" {
		number = "no number"
	}
	if called != "" {
		called = " to " + called
	}
	printable.Fprintf(text, "%s  %s%s, %s on %s  [%s]\n",
		local(of.Started), number, called, of.Direction, of.PBX, of.CallID)
	switch {
	case !of.Traced:
		text.WriteString("    did: unknown; traces are kept for a week\n")
	case len(of.Did)+len(of.Skipped) == 0:
		text.WriteString("    did: nothing\n")
	default:
		text.WriteString("    did:\n")
		writeApplied(text, of.Did, of.Skipped)
	}
	for _, m := range of.Would {
		if len(m.Applied)+len(m.Failed) == 0 {
			printable.Fprintf(text, "    would at %s: nothing new\n", m.At)
			continue
		}
		printable.Fprintf(text, "    would at %s:\n", m.At)
		writeApplied(text, m.Applied, m.Failed)
	}
}

func writeApplied(text *strings.Builder, list []rules.Applied, failed []rules.Failure) {
	for _, a := range list {
		what := strings.Join(a.Did, "; ")
		if what == "" {
			what = "earlier rules have decided"
		}
		printable.Fprintf(text, "        %s: %s\n", a.Rule, what)
	}
	for _, f := range failed {
		printable.Fprintf(text, "        %s: skipped, %s\n", f.Rule, f.Why)
	}
}
