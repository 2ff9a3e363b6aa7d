package app

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/config"
	"traybell/hub/store"
)

// newRecords returns the store of call records, which writes the monthly file if hub.yml enables it.
func newRecords(cfg *config.Config, s *store.Store) (cdr.Store, cdr.Rules) {
	file := cdr.File{Format: cdr.Format(cfg.CDR.Format)}
	if cfg.CDR.File {
		file.Folder = cfg.DataDir
	}
	return s.Records(file), cdr.Rules{Grace: cfg.CDR.Grace, Retain: cfg.CDR.Retention}
}

// ExportCDR writes the calls that began from and before to as CSV, oldest first: a header line,
// then a line per call. Times are RFC 3339 in the zone of from. It may be called while a hub works
// on the same database.
func ExportCDR(ctx context.Context, cfg *config.Config, out io.Writer, from, to time.Time) (err error) {
	s, err := openKept(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
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
	err = s.EachRecord(ctx, from, to, func(r cdr.Record) error {
		cause := ""
		if r.Cause > 0 {
			cause = strconv.Itoa(r.Cause)
		}
		return w.Write([]string{
			at(r.Started), at(r.Answered), at(r.Ended), string(r.Direction), r.Number, harmless(r.Name), r.DID,
			r.Extension, r.Agent, seconds(r.Rang), seconds(r.Talked()), cause,
			harmless(r.Customer), r.Ticket, r.Line, harmless(r.CustomerName), r.PBX, r.CallID, string(r.State),
			strconv.FormatBool(r.Missed), strconv.FormatBool(r.EndUnseen),
		})
	})
	w.Flush()
	return errors.Join(err, w.Error())
}

// harmless keeps a text that strangers have chosen from being a formula where the file is opened as
// a spreadsheet.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
