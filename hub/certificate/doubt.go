package certificate

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// soon is how long before its end a certificate is reported. Certificates of 90 days are usually
// renewed a month before.
const soon = 14 * 24 * time.Hour

// Valid returns an error outside of the certificate's period: only desktops that trust its
// fingerprint connect then.
func (c *Certificate) Valid(now time.Time) error {
	const day = time.DateOnly
	switch {
	case now.After(c.Leaf.NotAfter):
		return fmt.Errorf("the certificate expired on %s: renew it", c.Leaf.NotAfter.Format(day))
	case now.Before(c.Leaf.NotBefore):
		return fmt.Errorf("the certificate is not valid before %s: wait until then, or correct this computer's clock",
			c.Leaf.NotBefore.Format(day+" 15:04"))
	}
	return nil
}

// Doubts are the reasons why desktops may not trust the certificate, or soon will not. host is the
// name under which they connect; empty: unknown.
func (c *Certificate) Doubts(now time.Time, host string) (doubts []string) {
	say := func(format string, args ...any) { doubts = append(doubts, fmt.Sprintf(format, args...)) }
	leaf := c.Leaf
	if left := leaf.NotAfter.Sub(now); left > 0 && left < soon {
		say("the certificate expires on %s: renew it", leaf.NotAfter.Format(time.DateOnly))
	}
	if key, ok := leaf.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < 2048 {
		say("the RSA key has %d bits, which is weak: use 2048 or more", key.N.BitLen())
	}
	var list []*x509.Certificate
	for _, raw := range c.Certificate.Certificate {
		if one, err := x509.ParseCertificate(raw); err == nil {
			list = append(list, one)
		}
	}
	for i, one := range list {
		if selfSigned(one) {
			continue
		}
		switch one.SignatureAlgorithm {
		case x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.DSAWithSHA1, x509.MD5WithRSA, x509.MD2WithRSA:
			say("%s is signed with %s, which desktops refuse: have it issued with SHA-256", one.Subject,
				one.SignatureAlgorithm)
		}
		if i > 0 && now.After(one.NotAfter) {
			say("the intermediate certificate %s expired on %s: replace it", one.Subject,
				one.NotAfter.Format(time.DateOnly))
		}
	}
	switch names := slices.Clone(leaf.DNSNames); {
	case len(leaf.DNSNames)+len(leaf.IPAddresses) == 0:
		say("the certificate names no host (subjectAltName), so desktops refuse it: have it issued with one")
	case host != "" && leaf.VerifyHostname(host) != nil:
		for _, ip := range leaf.IPAddresses {
			names = append(names, ip.String())
		}
		say("the certificate is for %s, not for %s of public_url: desktops that connect to that name do not trust it",
			strings.Join(names, ", "), host)
	}
	if len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) > 0 &&
		!slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) &&
		!slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny) {
		say("the certificate is not meant for servers (extendedKeyUsage without serverAuth), so desktops refuse it")
	}
	if c.lacksIssuer(list, now) {
		say("the certificate of its authority %s is neither in the file nor known to this computer: append the "+
			"intermediate certificates, or make sure that the desktops know that authority", list[len(list)-1].Issuer)
	}
	return doubts
}

// lacksIssuer reports whether the chain ends before an authority that this computer knows.
func (c *Certificate) lacksIssuer(list []*x509.Certificate, now time.Time) bool {
	if slices.ContainsFunc(list, selfSigned) {
		return false
	}
	between := x509.NewCertPool()
	for _, one := range list[1:] {
		between.AddCert(one)
	}
	if now.After(c.Leaf.NotAfter) || now.Before(c.Leaf.NotBefore) {
		now = c.Leaf.NotAfter // Valid reports it
	}
	_, err := c.Leaf.Verify(x509.VerifyOptions{
		Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	var unknown x509.UnknownAuthorityError
	return errors.As(err, &unknown)
}

func selfSigned(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }
