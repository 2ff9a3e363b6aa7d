package app

import (
	"crypto/tls"
	"fmt"

	"traybell/hub/agents"
	"traybell/hub/config"
	"traybell/shared/protocol"
)

// certificate is what the hub presents to clients.
type certificate struct {
	tls.Certificate
	fingerprint string
}

// Fingerprint is the fingerprint of the certificate that a hub with this configuration presents;
// empty if TLS is off. It creates the hub's own certificate if it does not exist.
func Fingerprint(cfg *config.Config) (string, error) {
	c, err := newCertificate(cfg)
	if c == nil {
		return "", err
	}
	return c.fingerprint, err
}

// newCertificate reads the certificate or creates the hub's own; nil if TLS is off.
func newCertificate(cfg *config.Config) (*certificate, error) {
	var cert tls.Certificate
	var fingerprint string
	var err error
	switch cfg.TLS.Mode {
	case config.TLSOff:
		return nil, nil //nolint:nilnil // no certificate
	case config.TLSFiles:
		if cert, err = tls.LoadX509KeyPair(cfg.TLS.Cert, cfg.TLS.Key); err != nil {
			return nil, cfg.Problem("tls.cert", fmt.Sprintf("cannot load the certificate: %v", err))
		}
		fingerprint = protocol.Fingerprint(cert.Certificate[0])
	default:
		if cert, fingerprint, err = agents.OwnCertificate(cfg.DataDir); err != nil {
			return nil, err
		}
	}
	return &certificate{cert, fingerprint}, nil
}
