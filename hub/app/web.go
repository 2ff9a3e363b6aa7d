package app

import (
	"net"
	"os"

	"traybell/hub/config"
	"traybell/hub/web"
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

func admins(cfg *config.Config) []web.Admin {
	list := make([]web.Admin, len(cfg.Admins))
	for i, a := range cfg.Admins {
		list[i] = web.Admin{Login: a.Login, Password: a.Password.Reveal()}
	}
	return list
}
