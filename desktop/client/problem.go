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

// Kind names a problem, for a translation.
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
	PasswordShared     Kind = "password_shared" // it is right, and another agent's of this extension too
	ProtocolDiffers    Kind = "protocol"
	Replaced           Kind = "replaced"
	EndedByAdmin       Kind = "ended"
	Busy               Kind = "busy"
	Restarting         Kind = "restarting"
	TooSlow            Kind = "too_slow"
	ConnectionLost     Kind = "connection_lost"
)

// Problem is why there is no connection.
type Problem struct { //nolint:errname // what people are told, and an error beside it
	Kind  Kind
	Text  string // a sentence for people: what is wrong and, where it helps, what to do
	Final bool   // trying again is of no use until somebody has done something
	Err   error  // what the system said, for the log
	// Fingerprint is the certificate's that the hub shows, for CertificateRefused and
	// CertificateChanged.
	Fingerprint string

	wait time.Duration
}

func (p *Problem) Error() string { return p.Text }

func (p *Problem) Unwrap() error { return p.Err }

// lost are the ends that this side makes.
var (
	errSilent  = errors.New("the hub did not answer a ping")
	errMoved   = errors.New("this computer's address is gone")
	errGarbage = errors.New("what came is not ACP")
	errNoOpen  = errors.New("no answer to session.open")
)

// whyNot explains a connection that could not be made. resp is the answer of whatever is there, if
// it spoke HTTP.
func (c *Client) whyNot(resp *http.Response, err error) *Problem {
	at := net.JoinHostPort(c.host(), strconv.Itoa(c.cfg.Port))
	if p := noWayThrough(at, err); p != nil {
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
		p.Kind, p.Text = NotAHub, fmt.Sprintf("%s answers, but not as a Traybell hub (HTTP %d). Check the server "+
			"and the port.",
			at, resp.StatusCode)
	case errors.As(err, &dns):
		p.Kind, p.Text = HostUnknown, fmt.Sprintf("The server %q is not known. Check its name, and whether the "+
			"network is up.",
			c.cfg.Server)
	case number == syscall.ECONNREFUSED || number == 10061: // WSAECONNREFUSED
		p.Kind, p.Text = PortClosed, fmt.Sprintf("Nothing listens at %s. Check the port, and whether the hub runs.", at)
	case number == syscall.ENETUNREACH || number == syscall.EHOSTUNREACH || number == 10051 || number == 10065:
		p.Kind, p.Text = NoAnswer, fmt.Sprintf("There is no way to %s. Check the network.", at)
	case errors.As(err, &record), errors.As(err, &alert), errors.As(err, &invalid):
		p.Kind, p.Text = NotAHub, fmt.Sprintf("%s answers, but not as a Traybell hub: it does not speak TLS as one. "+
			"Check the server and the port.",
			at)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		p.Kind, p.Text = NoAnswer, fmt.Sprintf("%s does not answer. Check the server and the network.", at)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), number == syscall.ECONNRESET, number == 10054:
		p.Kind, p.Text = NotAHub, fmt.Sprintf("%s hangs up at once. Check the server and the port.", at)
	default:
		p.Kind, p.Text = NotAHub, fmt.Sprintf("%s could not be reached: %v.", at, err)
	}
	return p
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// whyEnded explains a connection that was there: what the hub said last counts, then its close
// frame, then what happened to the wire.
func (c *Client) whyEnded(said *protocol.ClosedSession, failed *protocol.Failure, opened bool, err error) *Problem {
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
		p.Kind, p.Text = Replaced, "You have signed in again on this desktop, so this connection was ended."
	case protocol.CloseEnded:
		p.Kind, p.Text = EndedByAdmin, or("An administrator ended the session.")
	case protocol.CloseInvalid:
		p.Kind, p.Text = ProtocolDiffers, "The hub does not understand this program; one of the two is too old or "+
			"too new. "+reason
	case protocol.CloseRestart:
		p.Kind, p.Text = Restarting, or("The hub restarts.")
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
			p.Text = fmt.Sprintf("%s answers, but not as a Traybell hub: %v.",
				net.JoinHostPort(c.host(), strconv.Itoa(c.cfg.Port)), err)
		case errors.Is(err, errSilent):
			p.Kind, p.Text = ConnectionLost, "The hub does not answer any more."
		default:
			p.Kind, p.Text = ConnectionLost, "The connection to the hub was lost."
		}
	}
	return p
}
