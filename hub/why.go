package main

import (
	"context"
	"os"

	"traybell/hub/app"
	"traybell/hub/config"
)

type why struct {
	Call   string `arg:"" optional:"" help:"A number in any form, or a call's id. The last calls where left out."`
	Agent  string `help:"How it went with the agent of this login." placeholder:"LOGIN"`
	Last   int    `help:"How many calls at most." default:"5" short:"n"`
	Config string `help:"The configuration." default:"/etc/traybell/hub.yml" type:"path" short:"c"`
}

func (w why) Run(ctx context.Context) error {
	cfg, err := config.Load(w.Config)
	if err != nil {
		return err
	}
	return app.Why(ctx, cfg, app.WhyOptions{Call: w.Call, Agent: w.Agent, Last: w.Last}, os.Stdout)
}

type tail struct {
	Config string `help:"The configuration." default:"/etc/traybell/hub.yml" type:"path" short:"c"`
}

func (t tail) Run(ctx context.Context) error {
	cfg, err := config.Load(t.Config)
	if err != nil {
		return err
	}
	return app.Tail(ctx, cfg, os.Stdout)
}
