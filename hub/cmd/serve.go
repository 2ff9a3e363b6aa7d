package cmd

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"traybell/hub/app"
	"traybell/hub/compile"
	"traybell/hub/logging"
)

type serve struct {
	configFlag
	Verbose bool `help:"Log debug messages." short:"v"`
}

// Run runs the hub until ctx ends. SIGHUP reloads hub.yml.
func (s serve) Run(ctx context.Context, version build, to streams) error {
	cfg, err := compile.Load(s.Config)
	if err != nil {
		return err
	}
	log, err := logging.New(cfg, to.err, s.Verbose, time.Now)
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // lines are not buffered
	for _, w := range cfg.Warnings() {
		w.Excerpt = ""
		log.Warn("hub.yml", "warning", w)
	}
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	defer signal.Stop(reload)
	return app.Serve(ctx, app.Options{
		Config: cfg, Version: string(version), Log: log.Logger, File: s.Config, ReloadNow: reload,
		PrepareLog: log.Prepare,
	})
}
