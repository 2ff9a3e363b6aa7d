package cmd

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"traybell/hub/app"
	"traybell/hub/audit"
	"traybell/shared/printable"
)

type auditCmd struct {
	Text string `arg:"" optional:"" help:"Words that a change must have: a login, an address, an action, a number. Default: all changes."`
	From string `help:"Begin of the period: 2026-11-01 or 2026-11-01T08:00." placeholder:"TIME"`
	To   string `help:"End of the period: the last day, or a time (exclusive)." placeholder:"TIME"`
	Last int    `help:"The maximum number of changes." default:"50" short:"n"`
	configFlag
}

// Run prints who changed what and what was refused, newest last, in local time.
func (a auditCmd) Run(ctx context.Context, to streams) (err error) {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	search := audit.Search{Text: a.Text, Limit: max(a.Last, 1)}
	if search.From, search.Until, err = parsePeriod(a.From, a.To); err != nil {
		return err
	}
	s, err := app.OpenDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	found, err := s.SearchAudit(ctx, search)
	if err != nil {
		return err
	}
	var text strings.Builder
	if len(found.Entries) == 0 {
		text.WriteString("No such changes.\n")
	}
	slices.Reverse(found.Entries)
	for _, e := range found.Entries {
		writeChange(&text, e)
	}
	_, err = io.WriteString(to.out, text.String())
	return err
}

func writeChange(text *strings.Builder, e audit.Entry) {
	who := e.Kind
	for _, more := range []string{e.Who, e.From} {
		if more != "" {
			who += " " + more
		}
	}
	what := strings.TrimSpace(e.Action + " " + e.Object)
	printable.Fprintf(text, "%s  %s  %s%s\n", local(e.At), who, what, because(e.Detail))
	if e.Error != "" {
		printable.Fprintf(text, "%21sNOT DONE%s\n", "", because(e.Error))
	}
}
