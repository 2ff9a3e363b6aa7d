// Package certificate reads the hub's TLS certificate and the certificates of authorities. It
// accepts what administrators have: PEM and DER, with a byte order mark, in any order. What it
// cannot use is an error that names the file and the fix. It has no state.
package certificate

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"traybell/shared/protocol"
)

// Certificate is what the hub presents to clients. Its Leaf is set.
type Certificate struct {
	tls.Certificate
	Fingerprint string // as desktops show it
}

// OptionError is an error in one of the two files.
type OptionError struct {
	Key string // of tls in hub.yml: "cert" or "key"
	Err error
}

func (e *OptionError) Error() string { return e.Key + ": " + e.Err.Error() }

func (e *OptionError) Unwrap() error { return e.Err }

// Load reads the certificate with its chain and the private key. The chain may be in any order, and
// both may be in the same file. It proves with a handshake that the two work. Errors are
// *OptionError.
func Load(certFile, keyFile string) (*Certificate, error) {
	keys, err := readKeys(keyFile)
	if err != nil {
		return nil, &OptionError{"key", err}
	}
	list, err := readCertificates(certFile)
	if err != nil {
		return nil, &OptionError{"cert", err}
	}
	key, leaf := pair(keys, list)
	if leaf == nil {
		return nil, mismatch(certFile, keyFile, list)
	}
	c := &Certificate{
		Certificate: tls.Certificate{PrivateKey: key, Leaf: leaf}, Fingerprint: protocol.Fingerprint(leaf.Raw),
	}
	for _, each := range chain(leaf, list) {
		c.Certificate.Certificate = append(c.Certificate.Certificate, each.Raw)
	}
	if err := handshake(c.Certificate); err != nil {
		return nil, &OptionError{"cert", fmt.Errorf("%s and %s cannot be used for TLS: %w; use an RSA key of 2048 "+
			"bits or more, or an ECDSA P-256 key", certFile, keyFile, err)}
	}
	return c, nil
}

// pair returns the key and its certificate, the one that is valid longest if there are several.
func pair(keys []crypto.Signer, list []*x509.Certificate) (key crypto.Signer, leaf *x509.Certificate) {
	for _, k := range keys {
		public, ok := k.Public().(interface{ Equal(crypto.PublicKey) bool })
		for _, c := range list {
			if ok && public.Equal(c.PublicKey) && (leaf == nil || c.NotAfter.After(leaf.NotAfter)) {
				key, leaf = k, c
			}
		}
	}
	return key, leaf
}

// mismatch explains why no certificate belongs to the key.
func mismatch(certFile, keyFile string, list []*x509.Certificate) error {
	names := make([]string, len(list))
	authorities := true
	for i, c := range list {
		names[i] = cmp.Or(c.Subject.CommonName, strings.Join(c.DNSNames, ", "), c.Subject.String(), "no name")
		authorities = authorities && c.IsCA
	}
	found := strings.Join(names, "; ")
	if authorities {
		return &OptionError{"cert", fmt.Errorf("%s has only certificates of authorities (%s), not the hub's own: put "+
			"the certificate that was issued for the key into the file, before them", certFile, found)}
	}
	return &OptionError{"key", fmt.Errorf("the key in %s does not belong to the certificate in %s (%s): use the key "+
		"that the certificate was requested with, or request a new certificate", keyFile, certFile, found)}
}

// chain sorts the certificates that lead from the leaf to its authority. Other authorities follow:
// clients may use them.
func chain(leaf *x509.Certificate, list []*x509.Certificate) []*x509.Certificate {
	sorted := []*x509.Certificate{leaf}
	rest := slices.DeleteFunc(slices.Clone(list), func(c *x509.Certificate) bool {
		return c.Equal(leaf) || !c.IsCA && c.Version == 3
	})
	for last := leaf; ; {
		i := slices.IndexFunc(rest, func(c *x509.Certificate) bool { return issued(c, last) })
		if i < 0 {
			break
		}
		last = rest[i]
		sorted = append(sorted, last)
		rest = slices.Delete(rest, i, i+1)
	}
	return append(sorted, rest...)
}

func issued(authority, c *x509.Certificate) bool {
	if !bytes.Equal(authority.RawSubject, c.RawIssuer) {
		return false
	}
	err := c.CheckSignatureFrom(authority)
	var insecure x509.InsecureAlgorithmError // SHA-1
	return err == nil || errors.As(err, &insecure)
}

// handshake returns the error of a TLS handshake with the certificate.
func handshake(c tls.Certificate) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	here, there := net.Pipe()
	defer func() { _ = here.Close() }()
	answered := make(chan error, 1)
	go func() {
		defer there.Close() //nolint:errcheck // a pipe
		answered <- tls.Client(there, &tls.Config{
			InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, //nolint:gosec // Doubts verifies
		}).HandshakeContext(ctx)
	}()
	err := tls.Server(here, &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{c},
	}).HandshakeContext(ctx)
	_ = here.Close()
	if other := <-answered; err == nil {
		err = other
	}
	return err
}

// Authorities reads the certificates of authorities, for ca.
func Authorities(file string) (*x509.CertPool, error) {
	list, err := readCertificates(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, c := range list {
		pool.AddCert(c)
	}
	return pool, nil
}

func readCertificates(file string) ([]*x509.Certificate, error) {
	found, err := readFile(file)
	if err != nil {
		return nil, err
	}
	if len(found.certificates) == 0 {
		return nil, found.without("certificate", "-----BEGIN CERTIFICATE-----")
	}
	return found.certificates, nil
}

func readKeys(file string) ([]crypto.Signer, error) {
	found, err := readFile(file)
	if err != nil {
		return nil, err
	}
	switch {
	case len(found.keys) > 0:
		return found.keys, nil
	case found.encrypted:
		return nil, fmt.Errorf("the key in %s is encrypted, and the hub has no passphrase for it: run: openssl pkey "+
			"-in %[1]s -out hub.key, use that file and make it readable only by the hub's user", file)
	case len(found.certificates) > 0:
		return nil, fmt.Errorf("%s has a certificate and no private key: are `cert` and `key` swapped?", file)
	}
	return nil, found.without("private key", "-----BEGIN PRIVATE KEY-----")
}

// fileError adds the fix to an error of the file system.
func fileError(file string, err error) error {
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w: make it readable by the hub's user, for example: chgrp traybell %s && chmod 640 %[2]s",
			err, file)
	}
	return err
}
