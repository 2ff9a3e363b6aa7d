package app

import (
	"net"
	"net/url"
	"os"
	"path/filepath"

	"traybell/hub/datadir"
	"traybell/hub/handout"
	"traybell/hub/join"
	"traybell/shared/release"
)

// packagedDesktops is where the package traybell-hub-desktops has its files.
const packagedDesktops = "/usr/share/traybell-hub/desktops"

func newHandout(a *App) *handout.Folder {
	keys := a.options.Keys
	if keys == nil {
		keys = release.Keys()
	}
	return handout.New(func() string {
		cfg := a.cfg.Load()
		if cfg.Downloads.Folder != "" {
			return cfg.Downloads.Folder
		}
		own := filepath.Join(cfg.DataDir, datadir.Desktops)
		if _, err := os.Stat(own); err != nil {
			return packagedDesktops
		}
		return own
	}, keys, a.log.With("part", "handout"))
}

// joinLink returns the link that sets up a desktop, for a visitor who reached the hub as host.
func (a *App) joinLink(host, extension string) string {
	name, port := host, "443" // of URLs without a port
	if h, p, err := net.SplitHostPort(host); err == nil {
		name, port = h, p
	}
	if u, err := url.Parse(a.cfg.Load().PublicURL); err == nil && u.Hostname() != "" {
		if h, p, err := join.Address(a.cfg.Load(), ""); err == nil {
			name, port = h, p
		}
	}
	return join.Link(name, port, extension, a.Fingerprint())
}
