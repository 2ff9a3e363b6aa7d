package app

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"

	"traybell/hub/agents"
	"traybell/hub/config"
	"traybell/hub/desk"
	"traybell/hub/helpdesk"
	"traybell/hub/web"
	"traybell/shared/protocol"
)

func newHelpDesk(cfg *config.Config, list helpdesk.List, address string, log *slog.Logger) (desk.HelpDesk, error) {
	h := cfg.HelpDesk
	if h.Type == config.Builtin {
		return helpdesk.NewBuiltin(list, pages(cfg, address), log), nil
	}
	z, err := newZnuny(cfg, log)
	if err != nil {
		return nil, cfg.Problem("help_desk", err.Error())
	}
	return z, nil
}

func newZnuny(cfg *config.Config, log *slog.Logger) (*helpdesk.Znuny, error) {
	h := cfg.HelpDesk
	return helpdesk.NewZnuny(helpdesk.ZnunyOptions{
		URL: h.URL, WebService: h.Webservice, Username: h.Username, Password: h.Password.Reveal(), Version: h.Version, UnknownCustomer: h.UnknownCustomer,
		CallField: h.DynamicFields.Call, CallerField: h.DynamicFields.Number,
		Routes:  helpdesk.ZnunyRoutes{Session: h.Routes.Session, Create: h.Routes.Create, Search: h.Routes.Search, Get: h.Routes.Get, Update: h.Routes.Update},
		Timeout: h.Timeout, Log: log.With("part", "help desk"),
	})
}

// pages is the hub's own address as browsers reach it: public_url, or the address that it listens on, with this machine's name where that is every address.
func pages(cfg *config.Config, address string) string {
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

// certificate is what the hub shows to who connects.
type certificate struct {
	tls.Certificate
	fingerprint string
}

// newCertificate reads the certificate, or makes the hub's own; nil where TLS is off.
func newCertificate(cfg *config.Config) (*certificate, error) {
	var cert tls.Certificate
	var fingerprint string
	var err error
	switch cfg.TLS.Mode {
	case config.TLSOff:
		return nil, nil //nolint:nilnil // there is none
	case config.TLSFiles:
		if cert, err = tls.LoadX509KeyPair(cfg.TLS.Cert, cfg.TLS.Key); err != nil {
			return nil, cfg.Problem("tls.cert", fmt.Sprintf("the certificate cannot be used: %v", err))
		}
		fingerprint = protocol.Fingerprint(cert.Certificate[0])
	default:
		if cert, fingerprint, err = agents.OwnCertificate(cfg.DataDir); err != nil {
			return nil, err
		}
	}
	return &certificate{cert, fingerprint}, nil
}
