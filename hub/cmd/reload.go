package cmd

import (
	"context"

	"traybell/hub/control"
	"traybell/shared/printable"
)

type reload struct{ configFlag }

// Run has the running hub read hub.yml now, and waits for the result.
func (r reload) Run(ctx context.Context, to streams) error {
	cfg, err := r.load()
	if err != nil {
		return err
	}
	if err := control.Reload(ctx, cfg.DataDir); err != nil {
		return err
	}
	printable.Fprintf(to.out, "%s was read and is in use.\n", r.Config)
	return nil
}
