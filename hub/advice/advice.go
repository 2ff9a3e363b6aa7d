// Package advice is how an administrator fixes a connection that failed: to a PBX, a help desk, an
// LDAP or SQL server. It is pure.
package advice

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
)

// The errors of Windows (winsock2.h), whose numbers differ from those of package syscall.
const (
	errWindowsAccess      syscall.Errno = 10013
	errWindowsNetwork     syscall.Errno = 10051
	errWindowsReset       syscall.Errno = 10054
	errWindowsRefused     syscall.Errno = 10061
	errWindowsUnreachable syscall.Errno = 10065
)

// For returns what to check after a failed connection; empty if the error is of another kind.
func For(err error) string {
	var name *net.DNSError
	var network net.Error
	if text := certificate(err); text != "" {
		return text
	}
	switch {
	case errors.As(err, &name):
		return unresolved(name)
	case Refused(err):
		return "nothing listens there: check that the server is running, its address and its port"
	case is(err, syscall.EHOSTUNREACH, errWindowsUnreachable):
		return "no route to the host: check that the machine is on, that this computer is in its network or VPN, and " +
			"that no firewall rejects the hub"
	case is(err, syscall.ENETUNREACH, errWindowsNetwork):
		return "this computer has no route to that network: check its network, gateway and VPN; if the name has an " +
			"IPv6 address only, whether this computer has IPv6"
	case is(err, syscall.EACCES, errWindowsAccess), is(err, syscall.EPERM):
		return "a firewall or security policy of this computer forbids the connection"
	case is(err, syscall.ENOENT):
		return "no such socket file: check its path and that the server is running"
	case is(err, syscall.ECONNRESET, errWindowsReset), is(err, syscall.EPIPE), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF):
		return "the server or a firewall cut the connection: check that the port is the right one, the server's log " +
			"and which addresses it allows"
	case errors.As(err, &network) && network.Timeout():
		return "no answer: check that the machine is on, its address, and that no firewall drops what the hub sends"
	}
	return ""
}

// Refused reports whether nothing listens at the address.
func Refused(err error) bool { return is(err, syscall.ECONNREFUSED, errWindowsRefused) }

func is(err error, numbers ...syscall.Errno) bool {
	return slices.ContainsFunc(numbers, func(n syscall.Errno) bool { return errors.Is(err, n) })
}

func unresolved(name *net.DNSError) string {
	if name.IsNotFound {
		return fmt.Sprintf("the host %s is unknown: check its name, and the DNS of this computer with: getent hosts %s",
			name.Name, name.Name)
	}
	return fmt.Sprintf("the DNS server does not answer for %s: check the DNS of this computer (/etc/resolv.conf), or "+
		"use an IP address", name.Name)
}

// certificate is about TLS.
func certificate(err error) string {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var roots x509.SystemRootsError
	var insecure x509.InsecureAlgorithmError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var verify *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unknown):
		return "the authority of the certificate is not known: put its certificate, or the server's own, in `ca`, or " +
			"install it on this computer"
	case errors.As(err, &host):
		return "the certificate is for another name: use a name that is in the certificate as the address"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate has expired or is not valid yet: renew it on the server, and check the clocks"
	case errors.As(err, &roots):
		return "this computer has no list of authorities: install ca-certificates, or set `ca`"
	case errors.As(err, &insecure):
		return "the certificate is signed with SHA-1: have it issued with SHA-256"
	case errors.As(err, &invalid), errors.As(err, &verify):
		return "the server's certificate is not valid: check its chain and what it may be used for"
	case errors.As(err, &record):
		return "no TLS is spoken there: use the port for TLS, or a connection without it"
	case errors.As(err, &alert), strings.Contains(err.Error(), "tls: protocol version not supported"):
		return "the server ends the TLS handshake: it needs TLS 1.2 or later, or asks for a client certificate"
	}
	return ""
}
