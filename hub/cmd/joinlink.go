package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"traybell/hub/computer"
	"traybell/hub/config"
	"traybell/hub/join"
	"traybell/shared/printable"
)

type joinLink struct {
	Extension string `arg:"" help:"The extension of the agent whose desktop is to be set up."`
	Server    string `help:"The hub's name or address as desktops reach it; default: from hub.yml." placeholder:"HOST[:PORT]"`
	configFlag
}

// Run prints the link.
func (j joinLink) Run(to streams) error {
	cfg, err := j.load()
	if err != nil {
		return err
	}
	link, err := j.link(cfg)
	if err != nil {
		return err
	}
	_, err = printable.Fprintf(to.out, "%s\n", link)
	return err
}

func (j joinLink) link(cfg *config.Config) (string, error) {
	if !slices.ContainsFunc(cfg.Agents, func(a config.Agent) bool {
		return slices.Contains(a.Extensions, j.Extension)
	}) {
		return "", fmt.Errorf("no agent in hub.yml has the extension %s", j.Extension)
	}
	host, port, err := join.Address(cfg, j.Server)
	if err != nil {
		return "", err
	}
	if cfg.TLS.Mode == config.TLSAuto || cfg.TLS.Mode == "" {
		// the hub creates it, so that it belongs to the hub's user
		if _, err := os.Stat(filepath.Join(cfg.DataDir, "hub.pem")); errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("no certificate in %s yet: start the hub once, then try again", cfg.DataDir)
		}
	}
	fingerprint, err := computer.Fingerprint(cfg)
	if err != nil {
		return "", err
	}
	return join.Link(host, port, j.Extension, fingerprint), nil
}
