package client

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"

	"traybell/shared/protocol"
)

// certificateError is a certificate which is not trusted by the system or the agent, or has
// changed.
type certificateError struct {
	fingerprint string
	certificate *x509.Certificate
	changed     bool
	why         error // error of the system's verification
}

func (u *certificateError) Error() string {
	return fmt.Sprintf("certificate %s is not trusted: %v", u.fingerprint, u.why)
}

func (u *certificateError) refused() *Problem {
	if u.changed {
		return &Problem{
			Kind: CertificateChanged, Final: true, Err: u, Fingerprint: u.fingerprint,
			Text: "The hub's certificate has changed, so the password was not sent. Unless it was renewed, " +
				"someone may be intercepting the connection: ask your administrator. New fingerprint: " + u.fingerprint,
		}
	}
	return &Problem{
		Kind: CertificateRefused, Final: true, Err: u, Fingerprint: u.fingerprint,
		Text: "The hub's certificate is not trusted, so the password was not sent. Fingerprint: " +
			u.fingerprint,
	}
}

// tlsConfig verifies the hub's certificate during the handshake, before anything else is sent.
func (c *Client) tlsConfig() *tls.Config {
	c.mu.Lock()
	pin := c.pin
	c.mu.Unlock()
	name := c.host()
	return &tls.Config{
		ServerName:         name,
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // VerifyConnection verifies it, with the pin
		VerifyConnection: func(s tls.ConnectionState) error {
			leaf := s.PeerCertificates[0]
			fingerprint := protocol.Fingerprint(leaf.Raw)
			if protocol.SameFingerprint(pin, fingerprint) {
				return nil
			}
			options := x509.VerifyOptions{DNSName: name, Roots: c.cfg.Roots, Intermediates: x509.NewCertPool()}
			for _, i := range s.PeerCertificates[1:] {
				options.Intermediates.AddCert(i)
			}
			_, err := leaf.Verify(options)
			if err == nil {
				return nil
			}
			return &certificateError{fingerprint: fingerprint, certificate: leaf, changed: pin != "", why: err}
		},
	}
}

// loopback reports whether host is this computer.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
