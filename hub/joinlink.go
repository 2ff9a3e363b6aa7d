package main

import (
	"fmt"

	"traybell/hub/app"
	"traybell/hub/config"
)

type joinLink struct {
	Extension string `arg:"" help:"Of the agent whose desktop is to be set up."`
	Server    string `help:"The hub's name or address as desktops reach it, with a port where that differs; else as hub.yml has it." placeholder:"HOST[:PORT]"`
	Config    string `help:"The configuration." default:"/etc/traybell/hub.yml" type:"path" short:"c"`
}

func (j joinLink) Run() error {
	cfg, err := config.Load(j.Config)
	if err != nil {
		return err
	}
	link, err := app.JoinLink(cfg, j.Extension, j.Server)
	if err != nil {
		return err
	}
	fmt.Println(link)
	return nil
}
