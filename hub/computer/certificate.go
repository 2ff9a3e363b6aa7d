package computer

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"traybell/hub/certificate"
	"traybell/hub/config"
	"traybell/hub/datadir"
)

// Fingerprint is the fingerprint of the certificate that a hub with this configuration presents;
// empty if TLS is off. It creates the hub's own certificate if it does not exist.
func Fingerprint(cfg *config.Config) (string, error) {
	c, err := LoadCertificate(cfg, certificate.Own)
	if c == nil {
		return "", err
	}
	return c.Fingerprint, err
}

// LoadCertificate reads the certificate; nil if TLS is off. own returns the hub's own certificate.
func LoadCertificate(cfg *config.Config, own func(dir string) (*certificate.Certificate, error),
) (*certificate.Certificate, error) {
	switch cfg.TLS.Mode {
	case config.TLSOff:
		return nil, nil //nolint:nilnil // no certificate
	case config.TLSFiles:
		c, err := certificate.Load(cfg.TLS.Cert, cfg.TLS.Key)
		var option *certificate.OptionError
		if errors.As(err, &option) {
			return nil, cfg.Problem("tls."+option.Key, option.Err.Error())
		}
		if err == nil {
			err = datadir.CheckKey(cfg)
		}
		return c, err
	}
	return own(cfg.DataDir)
}

// RenewedCertificate is the certificate for a reload; before is the current one. A bad certificate
// is an error even if it has to wait for a restart. Another one than before must be valid now: the
// one before is better than an expired one.
func RenewedCertificate(cfg, running *config.Config, before *certificate.Certificate,
) (*certificate.Certificate, error) {
	if cfg.TLS.Mode != config.TLSFiles {
		return before, nil
	}
	c, err := LoadCertificate(cfg, certificate.Own)
	switch {
	case err != nil:
		return nil, err
	case running.TLS.Mode != config.TLSFiles:
		return before, nil
	case c.Fingerprint == before.Fingerprint:
		return c, nil
	}
	if err := c.Valid(time.Now()); err != nil {
		return nil, cfg.Problem("tls.cert",
			fmt.Sprintf("%s: %v; the hub keeps the certificate before", cfg.TLS.Cert, err))
	}
	return c, nil
}

// Doubts are the reasons why desktops may not trust the certificate.
func Doubts(cfg *config.Config, c *certificate.Certificate) []string {
	if c == nil || cfg.TLS.Mode != config.TLSFiles {
		return nil // desktops trust the hub's own by its fingerprint
	}
	host := ""
	if u, err := url.Parse(cfg.PublicURL); err == nil {
		host = u.Hostname()
	}
	return c.Doubts(time.Now(), host)
}

// LogDoubts logs what desktops may not like.
func LogDoubts(log *slog.Logger, cfg *config.Config, c *certificate.Certificate) {
	if c == nil {
		return
	}
	if err := c.Valid(time.Now()); err != nil {
		log.Error("certificate not valid, only desktops that trust its fingerprint connect", "error", err)
	}
	for _, doubt := range Doubts(cfg, c) {
		log.Warn("certificate", "warning", doubt)
	}
}
