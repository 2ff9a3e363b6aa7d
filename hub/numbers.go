package main

import (
	"context"
	"os"

	"traybell/hub/app"
)

type numbers struct {
	Config string `help:"The configuration." default:"/etc/traybell/hub.yml" type:"path" short:"c"`
}

func (n numbers) Run(ctx context.Context) error {
	cfg, err := app.Load(n.Config)
	if err != nil {
		return err
	}
	return app.Numbers(ctx, cfg, os.Stdout)
}
