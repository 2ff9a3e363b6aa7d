package helpdesk

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// refusal is an error that an operation of the help desk answered with.
type refusal struct {
	Code    string `json:"ErrorCode"`
	Message string `json:"ErrorMessage"`
	route   string
}

func (r *refusal) Error() string { return r.Code + ": " + r.Message }

func (r *refusal) auth() bool { return strings.HasSuffix(r.Code, ".AuthFail") }

// "Ticket->QueueID or Ticket->Queue parameter is invalid!": the last one is the name that was sent.
var parameterName = regexp.MustCompile(`(\w+)->(\w+) parameter`)

// parameter returns the name of the ticket's field that is wrong or missing; empty where the
// refusal is about something else.
func (r *refusal) parameter() string {
	if !strings.HasSuffix(r.Code, "Parameter") {
		return ""
	}
	m := parameterName.FindStringSubmatch(r.Message)
	switch {
	case m == nil:
		return ""
	case m[1] == "Ticket":
		return m[2]
	default:
		return m[1] + "." + m[2]
	}
}

// failureKind is why there is no answer of the operation itself.
type failureKind int

const (
	unreachable  failureKind = iota // no connection came about
	untrusted                       // its certificate is not accepted
	late                            // no answer in time
	silent                          // the connection was cut, or the answer empty
	noOperation                     // the web service has no such route
	unreadable                      // the web service could not read the request, and did nothing
	moved                           // a redirect
	forbidden                       // the web server itself refuses
	notFound                        // nothing is at that address
	webPage                         // a page for people
	busy                            // later, says the web server
	serverFailed                    // an internal error
	strange                         // an answer that makes no sense
)

// failure is a request without an answer of the operation.
type failure struct {
	kind   failureKind
	sent   bool // the request, or a part of it, left
	writes bool // see request
	route  string
	err    error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func transportKind(ctx context.Context, err error, sent bool) failureKind {
	var timeout net.Error
	var unknownAuthority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &verification), errors.As(err, &unknownAuthority), errors.As(err, &hostname), errors.As(err,
		&invalid), errors.As(err, &record):
		return untrusted
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		if sent {
			return late
		}
		return unreachable
	case sent:
		return silent
	default:
		return unreachable
	}
}

// Texts that the interface answers with before it runs an operation, status 500 and text/plain.
var unreadableTexts = []string{
	"Error while decoding request content", "Unsupported request content structure", "Could not read input data",
}

func statusKind(resp *http.Response, content []byte) (failureKind, error) {
	text := oneLine(content)
	err := fmt.Errorf("HTTP %s: %s", resp.Status, text)
	switch code := resp.StatusCode; {
	case code >= 300 && code < 400:
		to, perr := resp.Location()
		if perr != nil {
			return moved, fmt.Errorf("HTTP %s", resp.Status)
		}
		return moved, fmt.Errorf("HTTP %s: it points to %s", resp.Status,
			(&url.URL{Scheme: to.Scheme, Host: to.Host, Path: to.Path}).String())
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusProxyAuthRequired:
		return forbidden, err
	case code == http.StatusNotFound, code == http.StatusGone, code == http.StatusMethodNotAllowed:
		return notFound, err
	case code == http.StatusTooManyRequests:
		return busy, err
	case code == http.StatusInternalServerError && (strings.Contains(text, "determine Operation") ||
		strings.Contains(text,
			"RouteOperationMapping")):
		return noOperation, err
	case code == http.StatusInternalServerError && containsAny(text, unreadableTexts), code >= 400 && code < 500:
		return unreadable, err
	default:
		return serverFailed, err
	}
}

// explain turns an error of this package into one for people. draft and customer are what was to be
// made, empty for a search.
func (z *Znuny) explain(err error, draft Draft, customer string) error {
	var f *failure
	var r *refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return z.explainFailure(f)
	case errors.As(err, &r):
		return &Error{Reason: z.refusalSentence(r, draft, customer), Refused: !r.auth(), Err: r}
	default:
		return &Error{Reason: "The help desk could not be asked.", Retry: true, Err: err}
	}
}

func (z *Znuny) explainFailure(f *failure) *Error {
	e := &Error{Err: f.err}
	lost := f.sent && f.writes // whatever came back, it was not the operation's own word
	switch f.kind {
	case unreachable:
		e.Reason, e.Retry = fmt.Sprintf("The help desk at %s cannot be reached.", z.host()), true
	case untrusted:
		e.Reason = fmt.Sprintf("The certificate of the help desk at %s is not trusted by the hub's computer: an "+
			"administrator must install its issuer there, or correct help_desk.url.",
			z.host())
	case late:
		e.Reason, e.Retry, e.Uncertain = fmt.Sprintf("The help desk did not answer within %v.", z.o.Timeout), true, lost
	case silent:
		e.Reason = fmt.Sprintf("The help desk ended the connection without an answer; if that happens each time, it "+
			"has no valid web service named %q, or its REST transport is incomplete.",
			z.o.WebService)
		e.Retry, e.Uncertain = true, lost
	case noOperation:
		e.Reason = fmt.Sprintf("The web service %q has no route %s: an administrator must import the one that comes "+
			"with traybell, or correct help_desk.routes.",
			z.o.WebService, f.route)
	case unreadable:
		e.Reason = "The help desk could not read the hub's request; its log and the hub's say more."
	case moved:
		e.Reason = "The help desk has another address, and the hub sends its password to no address that it was not " +
			"given: an administrator must correct help_desk.url."
	case forbidden:
		e.Reason = fmt.Sprintf("The web server of the help desk at %s does not let the hub in: an administrator "+
			"must allow its address there.",
			z.host())
	case notFound, webPage:
		e.Reason = fmt.Sprintf("There is no web service at %s: an administrator must correct help_desk.url, which "+
			"ends where index.pl would begin.",
			z.base)
	case busy:
		e.Reason, e.Retry = "The help desk is too busy; please try again later.", true
	case serverFailed:
		e.Reason, e.Retry, e.Uncertain = "The help desk had an internal error; its log says more.", true, lost
	default:
		e.Reason, e.Retry, e.Uncertain = "The help desk gave an answer that the hub does not understand.", lost, lost
	}
	return e
}

func (z *Znuny) refusalSentence(r *refusal, draft Draft, customer string) string {
	missing := strings.HasSuffix(r.Code, "MissingParameter")
	field := func(what, value, key string) string {
		if missing || value == "" {
			return fmt.Sprintf("The help desk wants to know the ticket's %s: an administrator must write %s into "+
				"the ticket template in hub.yml.",
				what, key)
		}
		return fmt.Sprintf("The %s %q does not exist in the help desk, or is not valid there: an administrator must "+
			"correct %s of the ticket template in hub.yml.",
			what, value, key)
	}
	switch {
	case r.auth():
		return fmt.Sprintf("The help desk refuses the hub's user %q: an administrator must correct "+
			"help_desk.username and its password in hub.yml.",
			z.o.Username)
	case strings.HasSuffix(r.Code, ".AccessDenied"):
		if draft.Queue == "" {
			return fmt.Sprintf("The hub's user %q may not read the ticket: an administrator of the help desk must "+
				"give it rights on the queue's group.",
				z.o.Username)
		}
		return fmt.Sprintf("The hub's user %q may not make tickets in the queue %q: an administrator of the help "+
			"desk must give it the right rw on the queue's group.",
			z.o.Username, draft.Queue)
	}
	switch p := r.parameter(); {
	case p == "QueueID", p == "Queue":
		return field("queue", draft.Queue, "queue")
	case p == "StateID", p == "State":
		return field("state", draft.State, "state")
	case p == "PriorityID", p == "Priority":
		return field("priority", draft.Priority, "priority")
	case p == "TypeID", p == "Type":
		return field("type", draft.Type, "type")
	case p == "OwnerID", p == "Owner":
		return field("owner", draft.Owner, "owner")
	case p == "CustomerUser" && customer == z.o.UnknownCustomer:
		return fmt.Sprintf("The help desk does not know the customer %q: an administrator must correct "+
			"help_desk.unknown_customer in hub.yml, or add that customer.",
			customer)
	case p == "CustomerUser":
		return fmt.Sprintf("The help desk does not know the customer %q; an administrator can name another one for "+
			"such calls in hub.yml: help_desk.unknown_customer.",
			customer)
	case strings.HasPrefix(p, "DynamicField."):
		return fmt.Sprintf("The help desk lacks a dynamic field that the hub fills (%s): an administrator must add "+
			"them there as text fields of a ticket, or correct help_desk.dynamic_fields.",
			strings.Join(z.fields(), ", "))
	case p != "":
		return fmt.Sprintf("The help desk refuses the ticket's %s: an administrator must look at its rules.",
			strings.Replace(p, ".", " ", 1))
	default:
		return "The help desk refuses: " + r.Message
	}
}

func (z *Znuny) fields() []string {
	var names []string
	for _, name := range []string{z.o.CallField, z.o.CallerField} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

func (z *Znuny) noField(name string) string {
	return fmt.Sprintf("The help desk has no dynamic field %q for tickets: an administrator must add it there as a "+
		"text field, or correct help_desk.dynamic_fields.",
		name)
}

func (z *Znuny) host() string {
	u, err := url.Parse(z.base)
	if err != nil {
		return z.base
	}
	return u.Host
}

func containsAny(text string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

// oneLine is the beginning of a reply, for the log.
func oneLine(content []byte) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(content[:min(len(content), 300)]), "?")), " ")
	if text == "" {
		return "nothing"
	}
	return text
}
