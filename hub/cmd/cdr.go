package cmd

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
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
	if e.From != "" {
		if from, _, err = parseTime(e.From); err != nil {
			return from, until, fmt.Errorf("--from: %w", err)
		}
	}
	if e.To != "" {
		var day bool
		if until, day, err = parseTime(e.To); err != nil {
			return from, until, fmt.Errorf("--to: %w", err)
		}
		if day {
			until = until.AddDate(0, 0, 1)
		}
	}
	if from.Before(until) {
		return from, until, nil
	}
	const layout = "2006-01-02 15:04"
	switch {
	case e.From != "" && e.To != "":
		err = fmt.Errorf("--from %s is not before --to %s: swap the two", e.From, e.To)
	case e.From != "":
		err = fmt.Errorf("--from %s is not before now (%s)", e.From, now.Format(layout))
	default:
		err = fmt.Errorf("--to %s is not after %s, the default of --from: set --from too", e.To, from.Format(layout))
	}
	return from, until, err
}

// parseTime reads a day or a time, in the local zone unless the text names one.
func parseTime(text string) (t time.Time, day bool, err error) {
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
	return t, false, fmt.Errorf("%q is neither a day (2026-11-01) nor a time (2026-11-01T08:00)", text)
}

// writeCSV writes a header, then one line per call that started in [from, until). Times are RFC
// 3339 in the zone of from.
func writeCSV(ctx context.Context, s *store.Store, out io.Writer, from, until time.Time) error {
	w := csv.NewWriter(out)
	if err := w.Write([]string{
		"started", "answered", "ended", "direction", "number", "name", "did", "extension", "agent", "ring_seconds",
		"talk_seconds", "cause", "customer", "ticket",
		"line", "customer_name", "pbx", "call", "state", "missed", "end_unseen",
	}); err != nil {
		return err
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(from.Location()).Format(time.RFC3339)
	}
	seconds := func(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
	err := s.EachRecord(ctx, from, until, func(r cdr.Record) error {
		cause := ""
		if r.Cause > 0 {
			cause = strconv.Itoa(r.Cause)
		}
		return w.Write([]string{
			at(r.Started), at(r.Answered), at(r.Ended), string(r.Direction), r.Number, plainText(r.Name), r.DID,
			r.Extension, r.Agent, seconds(r.Rang), seconds(r.Talked()), cause,
			plainText(r.Customer), r.Ticket, r.Line, plainText(r.CustomerName), r.PBX, r.CallID, string(r.State),
			strconv.FormatBool(r.Missed), strconv.FormatBool(r.EndUnseen),
		})
	})
	w.Flush()
	return errors.Join(err, w.Error())
}

// plainText keeps a spreadsheet from reading a caller's text as a formula.
func plainText(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
