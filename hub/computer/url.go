package computer

import (
	"net"
	"os"

	"traybell/hub/config"
)

// PublicURL is the address of the hub's pages for browsers: public_url, or the listen address with
// this machine's name in place of an unspecified address. Empty if address is not valid.
func PublicURL(cfg *config.Config, address string) string {
	if cfg.PublicURL != "" {
		return cfg.PublicURL
	}
	scheme := "https"
	if cfg.TLS.Mode == config.TLSOff {
		scheme = "http"
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		if host, err = os.Hostname(); err != nil {
			host = "localhost"
		}
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}
