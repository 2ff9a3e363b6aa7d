package ami

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
)

// Permanent reports whether an error of Connect needs an administrator: a retry fails the same way.
func Permanent(err error) bool {
	var login *LoginError
	var old *UnsupportedError
	var other *NotManagerError
	var cert *CertificateError
	return errors.As(err, &login) || errors.As(err, &old) || errors.As(err, &other) || errors.As(err, &cert)
}

// NotManagerError says that something else than Asterisk's manager answers at the address.
type NotManagerError struct {
	Said string // the beginning of what came instead of the greeting
	TLS  bool   // it came where a TLS handshake was expected
}

func (e *NotManagerError) Error() string {
	said := func(beginning string) bool { return strings.HasPrefix(e.Said, beginning) }
	switch {
	case e.TLS && said("Aster"):
		return "AMI without TLS answers there. Remove `tls: true`, or name the port that has it (tlsbindaddr in " +
			"manager.conf, usually port 5039)"
	case said("\x15\x03"): // a TLS alert, RFC 8446 section 5.1
		return "this is not a plain Asterisk manager port: what answers there wants TLS. Write `tls: true`, or name " +
			"the plain port, usually 5038"
	}
	who := fmt.Sprintf("it greets with %q", strings.ToValidUTF8(e.Said, "?"))
	switch {
	case said("SSH-"):
		who = fmt.Sprintf("an SSH server answers there (%q)", e.Said)
	case said("HTTP/"), said("<"):
		who = fmt.Sprintf("a web server answers there (%q)", e.Said)
	case said("220"):
		who = fmt.Sprintf("a mail or FTP server answers there (%q)", e.Said)
	case said("SIP/2.0"):
		who = fmt.Sprintf("a SIP server answers there (%q)", e.Said)
	}
	return "this is not an Asterisk manager port: " + who +
		". Give the address of AMI, usually port 5038 (manager.conf: port)"
}

// CertificateError says that the PBX's certificate proves nothing.
type CertificateError struct {
	Host string // as it was connected to
	Err  error
}

func (e *CertificateError) Error() string {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	mend := ""
	switch {
	case errors.As(e.Err, &unknown):
		mend = "; name the authority's certificate, or this one, in `ca`"
	case errors.As(e.Err, &host):
		mend = "; write a name that is in the certificate as the address"
	case errors.As(e.Err, &invalid) && invalid.Reason == x509.Expired:
		mend = "; let the PBX have one that is valid now"
	}
	return fmt.Sprintf("the PBX's certificate proves nothing to the hub: %v%s", e.Err, mend)
}

func (e *CertificateError) Unwrap() error { return e.Err }

// unreachable puts into words why nobody was reached.
func unreachable(err error) error {
	var name *net.DNSError
	var network net.Error
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return fmt.Errorf("no machine has the name %s: %w", name.Name, err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("nothing listens there; does Asterisk run, with `enabled = yes` in manager.conf, at this "+
			"port? (%w)",
			err)
	case errors.As(err, &network) && network.Timeout():
		return fmt.Errorf("there is no answer; is the machine on, and does no firewall keep the hub out? (%w)", err)
	}
	return err
}

// tlsError puts what went wrong in a handshake into words.
func tlsError(host string, err error) error {
	var verify *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	switch {
	case errors.As(err, &verify):
		return &CertificateError{Host: host, Err: verify.Err}
	case errors.As(err, &header):
		return &NotManagerError{Said: string(header.RecordHeader[:]), TLS: true}
	}
	return err
}

// nudged reads from a connection on which the other side ought to speak first. Where it says
// nothing it is sent an empty line, which is nothing to AMI and makes most other services say what
// they are.
type nudged struct {
	net.Conn
	nudge func() // nil once it was done
}

func (n *nudged) Read(b []byte) (int, error) {
	got, err := n.Conn.Read(b)
	if n.nudge == nil || got > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		return got, err
	}
	n.nudge()
	n.nudge = nil
	return n.Conn.Read(b)
}
