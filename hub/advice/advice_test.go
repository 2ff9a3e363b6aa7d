package advice

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func dial(err error) error {
	return fmt.Errorf("connect: %w", &net.OpError{Op: "dial", Net: "tcp", Err: err})
}

func TestFor(t *testing.T) {
	system := func(n syscall.Errno) error { return dial(os.NewSyscallError("connect", n)) }
	for want, errs := range map[string][]error{
		"the host pbx is unknown": {dial(&net.DNSError{Name: "pbx", IsNotFound: true})},
		"the DNS server does not": {
			dial(&net.DNSError{Name: "pbx", IsTimeout: true}), dial(&net.DNSError{Name: "pbx"}),
		},
		"nothing listens there":  {system(syscall.ECONNREFUSED), system(10061)},
		"no route to the host":   {system(syscall.EHOSTUNREACH), system(10065)},
		"has no route to that":   {system(syscall.ENETUNREACH), system(10051)},
		"forbids the connection": {system(syscall.EACCES), system(syscall.EPERM), system(10013)},
		"no such socket file":    {system(syscall.ENOENT)},
		"cut the connection":     {system(syscall.ECONNRESET), system(10054), system(syscall.EPIPE), dial(io.EOF)},
		"no answer": {
			system(syscall.ETIMEDOUT), dial(os.ErrDeadlineExceeded), context.DeadlineExceeded,
		},
		"authority of the":            {&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}},
		"for another name":            {x509.HostnameError{Certificate: &x509.Certificate{}, Host: "pbx"}},
		"has expired":                 {x509.CertificateInvalidError{Reason: x509.Expired}},
		"is not valid: check":         {x509.CertificateInvalidError{Reason: x509.IncompatibleUsage}},
		"with SHA-1":                  {x509.InsecureAlgorithmError(x509.SHA1WithRSA)},
		"no TLS is spoken":            {dial(tls.RecordHeaderError{Msg: "first record does not look like TLS"})},
		"ends the TLS handshake":      {dial(tls.AlertError(70))},
		"no list of authorities":      {x509.SystemRootsError{}},
		"":                            {errors.New("Authentication failed"), io.ErrClosedPipe},
		"getent hosts pbx":            {dial(&net.DNSError{Name: "pbx", IsNotFound: true})},
		"if the name has an IPv6":     {system(syscall.ENETUNREACH)},
		"which addresses it allows":   {io.ErrUnexpectedEOF},
		"and that no firewall drops":  {dial(context.DeadlineExceeded)},
		"use the port for TLS":        {tls.RecordHeaderError{}},
		"install ca-certificates, or": {x509.SystemRootsError{}},
	} {
		for _, err := range errs {
			if got := For(err); !strings.Contains(got, want) || want == "" && got != "" {
				t.Errorf("%v: %q, want %q", err, got, want)
			}
		}
	}
}

// The errors of real connections are recognised, too.
func TestForRealConnections(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("Asterisk Call Manager/11.0.0\r\n"))
			_ = c.Close()
		}
	}()
	_, err = (&tls.Dialer{}).DialContext(t.Context(), "tcp", address)
	if got := For(err); !strings.Contains(got, "no TLS is spoken") {
		t.Errorf("%v: %q", err, got)
	}
	_ = l.Close()
	_, err = new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if got := For(err); !Refused(err) || !strings.Contains(got, "nothing listens") {
		t.Errorf("%v: %q", err, got)
	}
	_, err = new(net.Dialer).DialContext(t.Context(), "tcp", "pbx.invalid:5038")
	if got := For(err); !strings.Contains(got, "pbx.invalid") {
		t.Errorf("%v: %q", err, got)
	}
}
