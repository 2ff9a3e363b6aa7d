package httpclient

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"traybell/hub/advice"
	"traybell/hub/helpdesk"
)

// Error is a request that failed.
type Error struct {
	Cause     Cause
	Uncertain bool   // the help desk may have carried out the request
	Created   bool   // uncertain, but it says that it has carried it out
	Status    int    // of the reply; 0: there was none, or its status was 2xx
	Body      []byte // of a reply whose status was not 2xx, without secrets
	Err       error  // without secrets
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Lacks is the error for a reply without something; wrote is whether the request was to change
// something.
func Lacks(what string, wrote bool) error {
	return &Error{Cause: BadReply, Uncertain: wrote, Err: fmt.Errorf("no %s in the reply", what)}
}

// Cause is why a request failed.
type Cause int

// The causes. "Uncertain" marks those after which a request that writes may have been carried out,
// provided that it was sent.
const (
	Unreachable Cause = iota // no connection
	Untrusted                // certificate not accepted
	TimedOut                 // sent, but no complete reply in time; uncertain
	NoReply                  // connection lost, or empty reply; uncertain
	Redirected               // 3xx
	Denied                   // 401, 403, 407
	NotFound                 // 404, 405, 410
	Busy                     // 429, or 503 with Retry-After
	Rejected                 // any other 4xx
	ServerError              // 5xx and any other status; uncertain
	WebPage                  // a page for people instead of JSON
	BadReply                 // a reply that makes no sense; uncertain
)

func (c Cause) loses() bool {
	return c == TimedOut || c == NoReply || c == ServerError || c == BadReply
}

func causeOf(ctx context.Context, err error, sent bool) Cause {
	var timeout net.Error
	var unknownAuthority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &verification), errors.As(err, &unknownAuthority), errors.As(err, &hostname),
		errors.As(err, &invalid), errors.As(err, &record):
		return Untrusted
	case !sent:
		return Unreachable
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return TimedOut
	default:
		return NoReply
	}
}

func causeOfStatus(resp *http.Response) Cause {
	switch status := resp.StatusCode; {
	case status >= 300 && status < 400:
		return Redirected
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusProxyAuthRequired:
		return Denied
	case status == http.StatusNotFound, status == http.StatusGone, status == http.StatusMethodNotAllowed:
		return NotFound
	case status == http.StatusTooManyRequests,
		status == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "":
		return Busy
	case status >= 400 && status < 500:
		return Rejected
	default:
		return ServerError
	}
}

func statusError(resp *http.Response, body string) error {
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		to, err := resp.Location()
		if err != nil {
			return fmt.Errorf("HTTP %s", resp.Status)
		}
		return fmt.Errorf("HTTP %s: redirect to %s", resp.Status,
			&url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}) // the query may contain secrets
	}
	return fmt.Errorf("HTTP %s: %s", resp.Status, excerpt(body))
}

// excerpt is the beginning of a reply, on one line.
func excerpt(body string) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(body[:min(len(body), 300)], "?")), " ")
	if text == "" {
		return "(empty)"
	}
	return text
}

// fix is the advice on an error of the connection.
func fix(err error) string {
	if text := advice.For(err); text != "" {
		return ": " + text
	}
	return ""
}

// Explain returns an error for administrators; nil and a *helpdesk.Error stay as they are. better
// returns a better Reason than that for every help desk, or an empty one; it may be nil.
func (c *Client) Explain(err error, better func(*Error) string) error {
	var failed *Error
	var known *helpdesk.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case !errors.As(err, &failed):
		return &helpdesk.Error{Reason: "The help desk could not be asked.", Retry: true, Err: err}
	}
	e := c.explain(failed)
	if better != nil {
		e.Reason = cmp.Or(better(failed), e.Reason)
	}
	return e
}

func (c *Client) explain(e *Error) *helpdesk.Error {
	h := &helpdesk.Error{Uncertain: e.Uncertain, Created: e.Created, Err: e.Err}
	switch e.Cause {
	case Unreachable:
		h.Reason, h.Retry = fmt.Sprintf("The help desk at %s cannot be reached%s.", c.host, fix(e.Err)), true
	case Untrusted:
		h.Reason = fmt.Sprintf("The TLS connection to the help desk at %s failed%s.", c.host, fix(e.Err))
	case TimedOut:
		h.Reason, h.Retry = fmt.Sprintf("The help desk did not answer within %v.", c.o.Timeout), true
	case NoReply:
		h.Reason, h.Retry = "The help desk ended the connection without an answer.", true
	case Redirected:
		h.Reason = "The help desk has a new address, and the hub does not send its password there: an " +
			"administrator must correct help_desk.url."
	case Denied:
		h.Reason = fmt.Sprintf("The web server of the help desk at %s does not let the hub in: an administrator "+
			"must give it access.", c.host)
	case NotFound, WebPage:
		h.Reason = fmt.Sprintf("There is no help desk at %s: an administrator must correct help_desk.url.", c.base)
	case Busy:
		h.Reason, h.Retry = "The help desk is too busy; please try again later.", true
	case Rejected:
		h.Reason = "The help desk could not read the hub's request; see its log and the hub's."
	case ServerError:
		h.Reason, h.Retry = "The help desk had an internal error; see its log.", true
	default:
		h.Reason, h.Retry = "The help desk gave an answer that the hub does not understand.", e.Uncertain
	}
	return h
}

// hider replaces secrets by stars.
type hider struct{ *strings.Replacer }

func redactor(secrets []string) hider {
	var pairs []string
	for _, s := range secrets {
		if s != "" {
			pairs = append(pairs, s, "***", url.QueryEscape(s), "***")
		}
	}
	return hider{strings.NewReplacer(pairs...)}
}

func (h hider) error(err error) error {
	if text := h.Replace(err.Error()); text != err.Error() {
		return &redacted{text, err}
	}
	return err
}

// redacted is an error without the secrets in its text.
type redacted struct {
	text string
	err  error
}

func (r *redacted) Error() string { return r.text }
func (r *redacted) Unwrap() error { return r.err }
