package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"traybell/hub/app"
	"traybell/hub/config"
)

type cdr struct {
	Export export `cmd:"" help:"Print the calls of a time as CSV."`
}

type export struct {
	Config string `help:"The configuration." default:"/etc/traybell/hub.yml" type:"path" short:"c"`
	From   string `help:"The day or moment from which calls are wanted: 2026-11-01, or 2026-11-01T08:00. The first of this month where left out."`
	To     string `help:"The day that is the last, or the moment before which they began. Now where left out."`
}

func (e export) Run(ctx context.Context) error {
	cfg, err := config.Load(e.Config)
	if err != nil {
		return err
	}
	now := time.Now()
	from, to := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.Local), now
	if e.From != "" {
		if from, _, err = moment(e.From); err != nil {
			return fmt.Errorf("--from: %w", err)
		}
	}
	if e.To != "" {
		var day bool
		if to, day, err = moment(e.To); err != nil {
			return fmt.Errorf("--to: %w", err)
		}
		if day {
			to = to.AddDate(0, 0, 1)
		}
	}
	if !from.Before(to) {
		const layout = "2006-01-02 15:04"
		switch {
		case e.From != "" && e.To != "":
			return fmt.Errorf("--from %s is not before --to %s: swap the two", e.From, e.To)
		case e.From != "":
			return fmt.Errorf("--from %s is not before now (%s)", e.From, now.Format(layout))
		}
		return fmt.Errorf("--to %s is not after %s, where the export begins without --from: name the day with --from",
			e.To, from.Format(layout))
	}
	return app.ExportCDR(ctx, cfg, os.Stdout, from, to)
}

// moment reads a day or a moment, in this machine's zone where it names none.
func moment(text string) (t time.Time, day bool, err error) {
	if t, err = time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return t, true, nil
	}
	for _, layout := range []string{
		"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05", time.RFC3339,
	} {
		if t, err = time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, false, nil
		}
	}
	return t, false, fmt.Errorf("%q is neither a day such as 2026-11-01 nor a moment such as 2026-11-01T08:00", text)
}
