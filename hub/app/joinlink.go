package app

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

	"traybell/hub/config"
	"traybell/shared/protocol"
)

// JoinLink is the link that sets up the desktop of an extension: where the hub is, its certificate,
// and whose phone it is. There is no password in it, so that it may be mailed. Server is the hub's
// name as desktops reach it; empty: as hub.yml has it, else this machine's.
func JoinLink(cfg *config.Config, extension, server string) (string, error) {
	if !slices.ContainsFunc(cfg.Agents, func(a config.Agent) bool { return slices.Contains(a.Extensions, extension) }) {
		return "", fmt.Errorf("no agent of hub.yml has the extension %s", extension)
	}
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return "", fmt.Errorf("listen %q: %w", cfg.Listen, err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = ""
	}
	if u, err := url.Parse(cfg.PublicURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
		port = cmp.Or(u.Port(), "443")
	}
	if server != "" {
		host = server
		if h, p, err := net.SplitHostPort(server); err == nil {
			host, port = h, p
		}
	}
	if host == "" {
		if host, err = os.Hostname(); err != nil {
			return "", fmt.Errorf("this machine's name: %w", err)
		}
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", fmt.Errorf("%q is no port that a desktop could connect to", port)
	}
	says := url.Values{"server": {host}, "extension": {extension}}
	if port != strconv.Itoa(protocol.DefaultPort) {
		says.Set("port", port)
	}
	if cfg.TLS.Mode == config.TLSAuto || cfg.TLS.Mode == "" { // it is made at the first start, by whom the hub runs as
		if _, err := os.Stat(filepath.Join(cfg.DataDir, "hub.pem")); errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("there is no certificate in %s yet: start the hub once, then ask again", cfg.DataDir)
		}
	}
	certificate, err := newCertificate(cfg)
	switch {
	case err != nil:
		return "", err
	case certificate != nil:
		says.Set("fingerprint", certificate.fingerprint)
	}
	return "traybell://join?" + says.Encode(), nil
}
