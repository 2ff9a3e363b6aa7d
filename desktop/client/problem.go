package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"

	"traybell/shared/protocol"

	"github.com/coder/websocket"
)

// Kind identifies a problem, for translation.
type Kind string

// The kinds.
const (
	SettingsIncomplete Kind = "settings"
	HostUnknown        Kind = "host_unknown"
	PortClosed         Kind = "port_closed"
	NoAnswer           Kind = "no_answer"
	NotAHub            Kind = "not_a_hub"
	ProxyRefused       Kind = "proxy"
	CertificateRefused Kind = "certificate_refused"
	CertificateChanged Kind = "certificate_changed"
	PasswordMissing    Kind = "password_missing"
	PasswordWrong      Kind = "password_wrong"
	PasswordShared     Kind = "password_shared" // correct, but another agent of this extension has the same one
	ProtocolDiffers    Kind = "protocol"
	Replaced           Kind = "replaced"
	EndedByAdmin       Kind = "ended"
	Busy               Kind = "busy"
	Restarting         Kind = "restarting"
	Maintained         Kind = "maintenance" // an administrator refuses sign-ins for now
	TooSlow            Kind = "too_slow"
	ConnectionLost     Kind = "connection_lost"
)

// Problem is why there is no connection.
type Problem struct { //nolint:errname // a message for the user, and an error
	Kind  Kind
	Text  string // shown to the user: what is wrong and how to fix it
	Final bool   // retrying is useless until the user acts
	Err   error  // underlying error, for the log
	// Fingerprint of the hub's certificate, for CertificateRefused and CertificateChanged.
	Fingerprint string
	About       string // what an administrator wrote, for Maintained

	wait time.Duration
}

func (p *Problem) Error() string { return p.Text }

func (p *Problem) Unwrap() error { return p.Err }

// Reasons for which this side ends a connection.
var (
	errSilent  = errors.New("the hub did not answer a ping")
	errMoved   = errors.New("this computer's address has changed")
	errGarbage = errors.New("not ACP")
	errNoOpen  = errors.New("no answer to session.open")
)

// dialProblem explains a failed attempt to connect. resp is the HTTP response, if there was one.
func (c *Client) dialProblem(resp *http.Response, err error) *Problem {
	at := net.JoinHostPort(c.host(), strconv.Itoa(c.cfg.Port))
	if p := proxyProblem(at, err); p != nil {
		return p
	}
	p := &Problem{Err: err}
	var (
		unknown *certificateError
		dns     *net.DNSError
		record  tls.RecordHeaderError
		alert   tls.AlertError
		invalid x509.CertificateInvalidError
		errno   syscall.Errno
		number  syscall.Errno
	)
	if errors.As(err, &errno) {
		number = errno
	}
	switch {
	case errors.As(err, &unknown):
	case resp != nil && resp.StatusCode == http.StatusServiceUnavailable:
		p.Kind, p.Text = Busy, "The hub is busy or stopping."
		if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 && s <= 600 {
			p.wait = time.Duration(s) * time.Second
		}
	case resp != nil:
		p.Kind, p.Text = NotAHub, fmt.Sprintf("%s is not a traybell hub (HTTP %d). Check the server and the port.", at,
			resp.StatusCode)
	case errors.As(err, &dns):
		p.Kind, p.Text = HostUnknown, fmt.Sprintf("Server %q not found. Check its name and the network.", c.cfg.Server)
	case number == syscall.ECONNREFUSED || number == 10061: // WSAECONNREFUSED
		p.Kind, p.Text = PortClosed, fmt.Sprintf("%s refuses connections. Check the port and that the hub is running.",
			at)
	case number == syscall.ENETUNREACH || number == syscall.EHOSTUNREACH || number == 10051 || number == 10065:
		p.Kind, p.Text = NoAnswer, fmt.Sprintf("%s is unreachable. Check the network.", at)
	case errors.As(err, &record), errors.As(err, &alert), errors.As(err, &invalid):
		p.Kind = NotAHub
		p.Text = fmt.Sprintf("%s is not a traybell hub: TLS failed. Check the server and the port.", at)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		p.Kind, p.Text = NoAnswer, fmt.Sprintf("%s is not responding. Check the server and the network.", at)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), number == syscall.ECONNRESET, number == 10054:
		p.Kind, p.Text = NotAHub, fmt.Sprintf("%s closes the connection at once. Check the server and the port.", at)
	default:
		p.Kind, p.Text = NotAHub, fmt.Sprintf("Cannot connect to %s: %v.", at, err)
	}
	return p
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// endProblem explains the end of a connection: session.closed counts first, then the close frame,
// then the network error.
func (c *Client) endProblem(said *protocol.ClosedSession, failed *protocol.Failure, opened bool, err error) *Problem {
	p := &Problem{Err: err}
	code, reason := protocol.CloseCode(-1), ""
	var frame websocket.CloseError
	if errors.As(err, &frame) {
		code, reason = protocol.CloseCode(frame.Code), frame.Reason
	}
	if said != nil {
		code, reason = said.Code, said.Reason
		p.wait = time.Duration(min(max(said.Wait, 0), 600)) * time.Second
	}
	if reason == "" && failed != nil {
		reason = failed.Text
	}
	p.Final = !code.ComeBack()
	or := func(text string) string {
		if reason != "" {
			return reason
		}
		return text
	}
	switch code {
	case protocol.CloseRefused:
		p.Kind, p.Text = PasswordWrong, "The extension or the password is wrong."
		if failed != nil && failed.Code == protocol.AuthShared {
			p.Kind, p.Text = PasswordShared, or(failed.Text)
		}
	case protocol.CloseReplaced:
		p.Kind, p.Text = Replaced, "You signed in again on this desktop, so this session was closed."
	case protocol.CloseEnded:
		p.Kind, p.Text = EndedByAdmin, or("An administrator ended the session.")
	case protocol.CloseInvalid:
		p.Kind, p.Text = ProtocolDiffers, "The program and the hub are incompatible: update one of them. "+reason
	case protocol.CloseRestart:
		if said != nil && said.Problem == protocol.HubMaintained {
			p.Kind, p.Text, p.About = Maintained, or("The hub is under maintenance."), said.About
			break
		}
		p.Kind, p.Text = Restarting, or("The hub is restarting.")
	case protocol.CloseSlow:
		p.Kind, p.Text = TooSlow, or("This computer was too slow for the hub.")
	case protocol.CloseBusy:
		p.Kind, p.Text = Busy, or("The hub is busy.")
	default:
		switch {
		case p.Final:
			p.Kind, p.Text = EndedByAdmin, or("The hub ended the session.")
		case errors.Is(err, errGarbage), errors.Is(err, errNoOpen) && !opened:
			p.Kind = NotAHub
			p.Text = fmt.Sprintf("%s is not a traybell hub: %v.",
				net.JoinHostPort(c.host(), strconv.Itoa(c.cfg.Port)), err)
		case errors.Is(err, errSilent):
			p.Kind, p.Text = ConnectionLost, "The hub is no longer responding."
		default:
			p.Kind, p.Text = ConnectionLost, "The connection to the hub was lost."
		}
	}
	return p
}
