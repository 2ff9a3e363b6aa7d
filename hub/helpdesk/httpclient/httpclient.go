// Package httpclient is the HTTP client of help desks. For each request that fails it reports
// whether the help desk may have carried it out.
//
// It honours the proxy variables of the environment and the system's certificate authorities,
// limits the time and size of replies, follows no redirect, and keeps secrets out of its errors.
package httpclient

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"traybell/hub/helpdesk"
	"traybell/shared/bounded"
)

// MaxBody is the size limit of a reply, in bytes.
const MaxBody = 4 << 20

// DefaultTimeout is the time limit of a request, its reply included.
const DefaultTimeout = 10 * time.Second

// Options configure a Client.
type Options struct {
	URL       string // the help desk's address
	API       string // path of its interface below URL, to which requests add theirs; may be empty
	Header    http.Header
	Secrets   []string          // texts that no error may contain; those of Header must be among them
	Timeout   time.Duration     // 0: DefaultTimeout
	Transport http.RoundTripper // nil: http.DefaultTransport
}

// Client sends requests to one help desk. Its methods may be called concurrently.
type Client struct {
	o    Options
	base string // without query, fragment and trailing slash
	host string
	http http.Client
}

// New returns a client; it does not connect. The error is a *helpdesk.OptionError of the key url.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err == nil && u.User != nil {
		return nil, &helpdesk.OptionError{
			Key: "url",
			Err: errors.New("it must not contain a password: use the keys for it"),
		}
	}
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, &helpdesk.OptionError{Key: "url", Err: fmt.Errorf("%q is not the address of a help desk: write it "+
			"like https://desk.example.com/path", o.URL)}
	}
	u.RawQuery, u.Fragment = "", ""
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	return &Client{o: o, base: strings.TrimRight(u.String(), "/"), host: u.Host, http: http.Client{
		Transport: o.Transport,
		// A redirect would send the secrets to another address, and turn a POST into a GET.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// URL is the help desk's address without a trailing slash.
func (c *Client) URL() string { return c.base }

// Request is one request.
type Request struct {
	Method  string
	Path    string // below Options.API, escaped; with its leading slash
	Query   url.Values
	Header  http.Header // of this request; it replaces those of Options
	JSON    any         // the body; nil: none
	Form    url.Values  // the body as a form, if JSON is nil
	Writes  bool        // it changes something: without a certain reply the outcome is uncertain
	Secrets []string    // of this request, such as a session id
}

// Response is a reply with a status of 2xx.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	failed func(Cause, error) *Error
	writes bool
}

// Do sends a request and reads its reply. An error is *Error.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	// The transport calls the trace from another goroutine.
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	hide := redactor(slices.Concat(c.o.Secrets, r.Secrets))
	failed := func(cause Cause, err error) *Error {
		return &Error{Cause: cause, Uncertain: r.Writes && sent.Load() && cause.loses(), Err: hide.error(err)}
	}
	req, err := c.request(ctx, r)
	if err != nil {
		return nil, failed(BadReply, err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, failed(causeOf(ctx, err, sent.Load()), withoutURL(err))
	}
	defer resp.Body.Close()
	body, err := bounded.ReadAll(resp.Body, MaxBody)
	if large := (*bounded.TooLargeError)(nil); errors.As(err, &large) {
		return nil, failed(BadReply, fmt.Errorf("the reply is longer than %d bytes", MaxBody))
	}
	if err != nil {
		return nil, failed(causeOf(ctx, err, true), err).created(r.Writes && resp.StatusCode == http.StatusCreated)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		text := hide.Replace(string(body))
		e := failed(causeOfStatus(resp), statusError(resp, text))
		e.Status, e.Body = resp.StatusCode, []byte(text)
		return nil, e
	}
	return &Response{resp.StatusCode, resp.Header, body, failed, r.Writes}, nil
}

// Ask sends a request and decodes its reply, unless into is nil. An error is *Error.
func (c *Client) Ask(ctx context.Context, r Request, into any) error {
	resp, err := c.Do(ctx, r)
	if err != nil || into == nil {
		return err
	}
	return resp.JSON(into)
}

// Get is Ask for a GET.
func (c *Client) Get(ctx context.Context, path string, query url.Values, into any) error {
	return c.Ask(ctx, Request{Method: http.MethodGet, Path: path, Query: query}, into)
}

func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	address := c.base + c.o.API + r.Path
	if r.Query != nil {
		address += "?" + r.Query.Encode()
	}
	var body io.Reader
	var contentType string
	switch {
	case r.JSON != nil:
		encoded, err := json.Marshal(r.JSON)
		if err != nil {
			return nil, err
		}
		body, contentType = bytes.NewReader(encoded), "application/json; charset=utf-8"
	case r.Form != nil:
		body, contentType = strings.NewReader(r.Form.Encode()), "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, address, body)
	if err != nil {
		return nil, withoutURL(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	maps.Copy(req.Header, c.o.Header)
	maps.Copy(req.Header, r.Header)
	return req, nil
}

// JSON decodes the reply. An error is *Error.
func (r *Response) JSON(into any) error {
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType == "text/html" {
		return r.bad(WebPage, errors.New("the reply is a web page"))
	}
	if len(r.Body) == 0 {
		return r.bad(NoReply, errors.New("the reply is empty"))
	}
	err := json.Unmarshal(r.Body, into)
	switch begin := excerpt(string(r.Body[:min(len(r.Body), 60)])); {
	case err == nil:
		return nil
	case json.Valid(r.Body):
		return r.bad(BadReply, fmt.Errorf("the reply has another form than expected, it begins with %q", begin))
	case strings.HasPrefix(begin, "<") && !r.writes: // of a program that fails, it may follow a change
		return r.bad(WebPage, errors.New("the reply is a web page"))
	default:
		return r.bad(BadReply, fmt.Errorf("the reply is not JSON, it begins with %q", begin))
	}
}

// Bad is the error for a reply that makes no sense.
func (r *Response) Bad(err error) error { return r.bad(BadReply, err) }

// Unread is Bad for a reply that says, however it does, that the request was carried out.
func (r *Response) Unread(err error) error { return r.failed(BadReply, err).created(r.writes) }

// bad is an error of the reply. The status 201 says that something was created, whatever follows.
func (r *Response) bad(cause Cause, err error) error {
	return r.failed(cause, err).created(r.writes && r.Status == http.StatusCreated)
}

// created marks the error of a request that was carried out.
func (e *Error) created(yes bool) *Error {
	e.Created, e.Uncertain = yes, e.Uncertain || yes
	return e
}

// withoutURL takes the address out of an error: its query may contain a session.
func withoutURL(err error) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}
