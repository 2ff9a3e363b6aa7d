package main

import (
	"context"
	"errors"
	"os"

	"traybell/hub/app"
	"traybell/hub/config"
)

type number struct {
	Number string `arg:"" help:"As the PBX presents it: a number, a name, a SIP URI."`
	Config string `help:"The configuration, whose region and CallerID rules count." default:"/etc/traybell/hub.yml" type:"path" short:"c"`
	Region string `help:"Read it for this country (RU, DE) instead, by no configuration."`
	Find   bool   `help:"Also look it up in the directories, which are read for it."`
}

func (n number) Run(ctx context.Context) error {
	if n.Region != "" && n.Find {
		return errors.New("--find looks into the directories of a configuration, and --region wants none: leave out " +
			"one of them")
	}
	if n.Region != "" {
		return app.NumberOf(n.Region, n.Number, os.Stdout)
	}
	cfg, err := config.Load(n.Config)
	if err != nil {
		return err
	}
	return app.Number(ctx, cfg, n.Number, n.Find, os.Stdout)
}
