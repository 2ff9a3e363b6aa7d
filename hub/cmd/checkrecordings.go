package cmd

import (
	"context"

	"traybell/hub/app"
	"traybell/hub/cdr"
	"traybell/hub/compile"
	"traybell/hub/config"
	"traybell/hub/recordings"
	"traybell/hub/recordings/convert"
)

// recentCalls is the number of answered calls whose recordings are looked for.
const recentCalls = 20

// checkRecordings says whether recordings can be read, and of how many of the last calls there are some.
func checkRecordings(ctx context.Context, cfg *config.Config, p compile.Parts, r *report) {
	if len(p.Recordings.Sources) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	r.print("recordings:")
	var recent []cdr.Record
	var notes recordings.Notes
	if s, err := app.OpenDatabase(ctx, cfg); err == nil { // computer.Check reports an error
		defer func() { _ = s.Close() }() // only read
		notes = s
		page, err := s.FindRecords(ctx, cdr.Query{Limit: 10 * recentCalls})
		if err != nil {
			r.fail("%v", err)
		}
		for _, call := range page.Records {
			if !call.Answered.IsZero() && len(recent) < recentCalls {
				recent = append(recent, call)
			}
		}
	}
	r.results(recordings.Trial(ctx, p.Recordings, notes, recent, convert.Installed()))
}
