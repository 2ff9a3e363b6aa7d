package client

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"

	"traybell/shared/protocol"
)

// certificateError is a certificate that neither the system nor the agent trusts yet, or one that
// has changed.
type certificateError struct {
	fingerprint string
	certificate *x509.Certificate
	changed     bool
	why         error // what the system has against it
}

func (u *certificateError) Error() string {
	return fmt.Sprintf("certificate %s is not trusted: %v", u.fingerprint, u.why)
}

func (u *certificateError) refused() *Problem {
	if u.changed {
		return &Problem{
			Kind: CertificateChanged, Final: true, Err: u, Fingerprint: u.fingerprint,
			Text: "The hub shows another certificate than before, so the password was not sent. If nobody renewed " +
				"it, somebody may be in between: ask your administrator. The new fingerprint is " + u.fingerprint + ".",
		}
	}
	return &Problem{
		Kind: CertificateRefused, Final: true, Err: u, Fingerprint: u.fingerprint,
		Text: "The hub's certificate is not trusted, so the password was not sent. Its fingerprint is " +
			u.fingerprint + ".",
	}
}

// tlsConfig decides about the hub's certificate inside the handshake, before anything else is sent.
func (c *Client) tlsConfig() *tls.Config {
	c.mu.Lock()
	pin := c.pin
	c.mu.Unlock()
	name := c.host()
	return &tls.Config{
		ServerName:         name,
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // VerifyConnection does it, and allows for the pin
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

// loopback tells whether a host is this computer, for Plain.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
