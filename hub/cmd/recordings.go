package cmd

import (
	"context"
	"fmt"
	"text/tabwriter"

	"traybell/hub/control"
	"traybell/hub/recordings"
	"traybell/shared/printable"
)

type recorded struct {
	Number string `arg:"" help:"A number in any form."`
	Delete bool   `help:"Delete them. Only where hub.yml has delete: true."`
	configFlag
}

// Run has the running hub look for the recordings of a number, and delete them. It fails if one is kept
// that was to be deleted, or if there may be more.
func (r recorded) Run(ctx context.Context, to streams) error {
	cfg, err := r.load()
	if err != nil {
		return err
	}
	found, err := control.RecordingsOf(ctx, cfg.DataDir, r.Number, r.Delete)
	if err != nil {
		return err
	}
	files, deleted := found.Count()
	table := tabwriter.NewWriter(to.out, 0, 0, 2, ' ', 0)
	for _, f := range found.Files {
		printable.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", local(f.Started), f.Call, f.Place, f.Name, fate(f, r.Delete))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if r.Delete {
		printable.Fprintf(to.out, "Calls with this number: %d. Recordings deleted: %d of %d.\n", found.Calls, deleted,
			files)
	} else {
		printable.Fprintf(to.out, "Calls with this number: %d. Recordings: %d.\n", found.Calls, files)
	}
	for _, fault := range found.Faults {
		printable.Fprintf(to.err, "%s\n", fault)
	}
	switch {
	case r.Delete && deleted < files:
		return fmt.Errorf("not deleted: %d of %d recordings", files-deleted, files)
	case len(found.Faults) > 0:
		return fmt.Errorf("there may be more recordings of %s", r.Number)
	}
	return nil
}

func fate(f recordings.FileFate, asked bool) string {
	switch {
	case f.Deleted:
		return "deleted"
	case asked:
		return "kept: " + f.Kept
	}
	return ""
}
