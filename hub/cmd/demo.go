package cmd

import (
	"context"
	"log/slog"
	"time"

	"traybell/hub/demo"
	"traybell/shared/loglimit"
)

type demoCmd struct {
	Dir    string        `help:"The folder for the demo's files." default:"${temp}/traybell-demo" type:"path"`
	Listen string        `help:"The hub's address." default:"127.0.0.1:11010"`
	Every  time.Duration `help:"The mean time between two calls." default:"5s"`
}

// Run runs the demo until ctx ends.
func (d demoCmd) Run(ctx context.Context, version build, to streams) error {
	return demo.Run(ctx, demo.Options{
		Dir: d.Dir, Listen: d.Listen, Version: string(version), Every: d.Every, Out: to.out,
		Log: slog.New(loglimit.New(slog.NewTextHandler(to.err, loglimit.Options(slog.LevelInfo)), loglimit.Hub,
			time.Now)),
	})
}
