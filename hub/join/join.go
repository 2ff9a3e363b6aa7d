// Package join makes the links that set up desktops: the hub's address, the fingerprint of its
// certificate and the extension. They hold no password, so that they can be sent by mail.
package join

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"

	"traybell/hub/config"
	"traybell/shared/protocol"
)

// Link returns the link for an extension. Fingerprint may be empty.
func Link(host, port, extension, fingerprint string) string {
	values := url.Values{"server": {host}, "extension": {extension}}
	if port != strconv.Itoa(protocol.DefaultPort) {
		values.Set("port", port)
	}
	if fingerprint != "" {
		values.Set("fingerprint", fingerprint)
	}
	return "traybell://join?" + values.Encode()
}

// Address is where desktops reach a hub: server, else public_url, else listen with this computer's
// name in place of an unspecified address.
func Address(cfg *config.Config, server string) (host, port string, err error) {
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
	if server != "" {
		host = server
		if h, p, err := net.SplitHostPort(server); err == nil {
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
