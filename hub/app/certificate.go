package app

import (
	"crypto/tls"
	"fmt"

	"traybell/hub/agents"
	"traybell/hub/config"
	"traybell/shared/protocol"
)

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
