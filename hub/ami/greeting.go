package ami

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"traybell/hub/advice"
)

// Permanent reports whether an error of Connect needs an administrator: a retry fails the same way.
func Permanent(err error) bool {
	var login *LoginError
	var old *UnsupportedError
	var other *NotManagerError
	var cert *CertificateError
	return errors.As(err, &login) || errors.As(err, &old) || errors.As(err, &other) || errors.As(err, &cert)
}

// Unreachable reports whether an error of Connect means that nothing answers at the address, not
// even with a refusal.
func Unreachable(err error) bool {
	var unreached *unreachedError
	return errors.As(err, &unreached) && !advice.Refused(err)
}

// unreachedError is the error of a connection that was not made.
type unreachedError struct{ error }

func (e *unreachedError) Unwrap() error { return e.error }

// NotManagerError means that something other than Asterisk's manager answers at the address.
type NotManagerError struct {
	Said string // the beginning of what came instead of the greeting
	TLS  bool   // a TLS handshake was expected
}

func (e *NotManagerError) Error() string {
	said := func(beginning string) bool { return strings.HasPrefix(e.Said, beginning) }
	switch {
	case e.TLS && said("Aster"):
		return "AMI without TLS answers there. Remove `tls: true`, or use the TLS port (tlsbindaddr in " +
			"manager.conf, usually port 5039)"
	case said("\x15\x03"): // a TLS alert, RFC 8446 section 5.1
		return "this is not a plain Asterisk manager port: it expects TLS. Write `tls: true`, or use the plain port, " +
			"usually 5038"
	}
	what := fmt.Sprintf("it greets with %q", strings.ToValidUTF8(e.Said, "?"))
	switch {
	case said("SSH-"):
		what = fmt.Sprintf("an SSH server answers there (%q)", e.Said)
	case said("HTTP/"), said("<"):
		what = fmt.Sprintf("a web server answers there (%q)", e.Said)
	case said("220"):
		what = fmt.Sprintf("a mail or FTP server answers there (%q)", e.Said)
	case said("SIP/2.0"):
		what = fmt.Sprintf("a SIP server answers there (%q)", e.Said)
	}
	return "this is not an Asterisk manager port: " + what +
		". Use the address of AMI, usually port 5038 (manager.conf: port)"
}

// CertificateError means that the PBX's certificate is not trusted.
type CertificateError struct {
	Host string // as in the address
	Err  error
}

func (e *CertificateError) Error() string {
	text := fmt.Sprintf("the PBX's certificate is not trusted: %v", e.Err)
	if fix := advice.For(e.Err); fix != "" {
		text += "; " + fix
	}
	return text
}

func (e *CertificateError) Unwrap() error { return e.Err }

// explained explains why a connection could not be made.
func explained(err error) error {
	fix := advice.For(err)
	switch {
	case fix == "":
		return err
	case advice.Refused(err):
		fix += ", and in manager.conf `enabled = yes` and `bindaddr`"
	}
	return fmt.Errorf("%s (%w)", fix, err)
}

// tlsError explains a failed handshake.
func tlsError(host string, err error) error {
	var verify *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	switch {
	case errors.As(err, &verify):
		return &CertificateError{Host: host, Err: verify.Err}
	case errors.As(err, &header):
		return &NotManagerError{Said: string(header.RecordHeader[:]), TLS: true}
	}
	return explained(err)
}

// nudged reads from a connection on which the other side should speak first. If it is silent it is
// sent an empty line, which AMI ignores and which makes most other services identify themselves.
type nudged struct {
	net.Conn
	nudge func() // nil once done
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
