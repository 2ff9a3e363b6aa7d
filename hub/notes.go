package main

import (
	"context"
	"os"

	"traybell/hub/app"
	"traybell/hub/config"
)

type notes struct {
	Number string `arg:"" help:"In any form."`
	Config string `help:"The configuration." default:"/etc/traybell/hub.yml" type:"path" short:"c"`
}

func (n notes) Run(ctx context.Context) error {
	cfg, err := config.Load(n.Config)
	if err != nil {
		return err
	}
	return app.Notes(ctx, cfg, n.Number, os.Stdout)
}
