package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"traybell/hub/app"
	"traybell/hub/config"
	"traybell/shared/protocol"
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
	_, err = fmt.Fprintln(to.out, link)
	return err
}

// link holds the hub's address, the fingerprint of its certificate and the extension. It holds no
// password, so that it can be sent by mail.
func (j joinLink) link(cfg *config.Config) (string, error) {
	if !slices.ContainsFunc(cfg.Agents, func(a config.Agent) bool {
		return slices.Contains(a.Extensions, j.Extension)
	}) {
		return "", fmt.Errorf("no agent in hub.yml has the extension %s", j.Extension)
	}
	host, port, err := j.address(cfg)
	if err != nil {
		return "", err
	}
	values := url.Values{"server": {host}, "extension": {j.Extension}}
	if port != strconv.Itoa(protocol.DefaultPort) {
		values.Set("port", port)
	}
	if cfg.TLS.Mode == config.TLSAuto || cfg.TLS.Mode == "" {
		// the hub creates it, so that it belongs to the hub's user
		if _, err := os.Stat(filepath.Join(cfg.DataDir, "hub.pem")); errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("no certificate in %s yet: start the hub once, then try again", cfg.DataDir)
		}
	}
	fingerprint, err := app.Fingerprint(cfg)
	if err != nil {
		return "", err
	}
	if fingerprint != "" {
		values.Set("fingerprint", fingerprint)
	}
	return "traybell://join?" + values.Encode(), nil
}

// address is where desktops reach the hub: --server, else public_url, else listen with this
// machine's name in place of an unspecified address.
func (j joinLink) address(cfg *config.Config) (host, port string, err error) {
	host, port, err = net.SplitHostPort(cfg.Listen)
	if err != nil {
		return "", "", fmt.Errorf("listen %q: %w", cfg.Listen, err)
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = ""
	}
	if u, err := url.Parse(cfg.PublicURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
		port = cmp.Or(u.Port(), "443")
	}
	if j.Server != "" {
		host = j.Server
		if h, p, err := net.SplitHostPort(j.Server); err == nil {
			host, port = h, p
		}
	}
	if host == "" {
		if host, err = os.Hostname(); err != nil {
			return "", "", fmt.Errorf("read the host name: %w", err)
		}
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", "", fmt.Errorf("%q is not a valid port", port)
	}
	return host, port, nil
}
