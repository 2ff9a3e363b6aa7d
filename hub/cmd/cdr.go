package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"traybell/hub/app"
	"traybell/hub/cdr"
	"traybell/hub/store"
)

type cdrCmd struct {
	Export export `cmd:"" help:"Print the calls of a period as CSV."`
}

type export struct {
	configFlag
	From string `help:"Begin of the period: 2026-11-01 or 2026-11-01T08:00. Default: the first of this month."`
	To   string `help:"End of the period: the last day, or a time (exclusive). Default: now."`
}

// Run prints the calls that started in the period as CSV, oldest first.
func (e export) Run(ctx context.Context, to streams) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	from, until, err := e.period(time.Now())
	if err != nil {
		return err
	}
	s, err := app.OpenDatabase(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return writeCSV(ctx, s, to.out, from, until)
}

// period is what the flags say; until is exclusive.
func (e export) period(now time.Time) (from, until time.Time, err error) {
	from, until = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.Local), now
	begin, end, err := parsePeriod(e.From, e.To)
	if err != nil {
		return from, until, err
	}
	if e.From != "" {
		from = begin
	}
	if e.To != "" {
		until = end
	}
	if from.Before(until) {
		return from, until, nil
	}
	const layout = "2006-01-02 15:04"
	if e.From != "" {
		return from, until, fmt.Errorf("--from %s is not before now (%s)", e.From, now.Format(layout))
	}
	return from, until, fmt.Errorf("--to %s is not after %s, the default of --from: set --from too", e.To,
		from.Format(layout))
}

// writeCSV writes a header, then one line per call that started in [from, until). Times are RFC
// 3339 in the zone of from.
func writeCSV(ctx context.Context, s *store.Store, out io.Writer, from, until time.Time) error {
	w := cdr.NewTable(out, from.Location())
	if err := w.Header(); err != nil {
		return err
	}
	err := s.EachRecord(ctx, from, until, w.Write)
	return errors.Join(err, w.Flush())
}
