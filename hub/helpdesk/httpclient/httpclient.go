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
)

// MaxBody is the size limit of a reply, in bytes.
const MaxBody = 4 << 20

// DefaultTimeout is the time limit of a request, its reply included.
const DefaultTimeout = 10 * time.Second

// Options configure a Client.
type Options struct {
	URL       string // the help desk's address, to which requests add their path
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

// New returns a client; it does not connect. The error names the key help_desk.url.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err == nil && u.User != nil {
		return nil, errors.New("help_desk.url must not contain a password: use the keys for it")
	}
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("help_desk.url %q is not the address of a help desk: write it like "+
			"https://desk.example.com/path", o.URL)
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
	Path    string // below Options.URL, escaped; with its leading slash
	Query   url.Values
	JSON    any      // the body; nil: none
	Writes  bool     // it changes something: without a certain reply the outcome is uncertain
	Secrets []string // of this request, such as a session id
}

// Response is a reply with a status of 2xx.
type Response struct {
	Body        []byte
	contentType string
	failed      func(Cause, error) *Error
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
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxBody+1))
	if err != nil {
		return nil, failed(causeOf(ctx, err, true), err)
	}
	if len(body) > MaxBody {
		return nil, failed(BadReply, fmt.Errorf("the reply is longer than %d bytes", MaxBody))
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		e := failed(causeOfStatus(resp.StatusCode), statusError(resp, hide.Replace(string(body))))
		e.Status, e.Body = resp.StatusCode, body
		return nil, e
	}
	return &Response{body, resp.Header.Get("Content-Type"), failed}, nil
}

func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	address := c.base + r.Path
	if r.Query != nil {
		address += "?" + r.Query.Encode()
	}
	var body io.Reader
	if r.JSON != nil {
		encoded, err := json.Marshal(r.JSON)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, address, body)
	if err != nil {
		return nil, withoutURL(err)
	}
	maps.Copy(req.Header, c.o.Header)
	if r.JSON != nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	return req, nil
}

// JSON decodes the reply. An error is *Error.
func (r *Response) JSON(into any) error {
	if mediaType, _, _ := mime.ParseMediaType(r.contentType); mediaType == "text/html" {
		return r.failed(WebPage, errors.New("the reply is a web page"))
	}
	if len(r.Body) == 0 {
		return r.failed(NoReply, errors.New("the reply is empty"))
	}
	if err := json.Unmarshal(r.Body, into); err != nil {
		return r.failed(BadReply, fmt.Errorf("decode reply: %w", err))
	}
	return nil
}

// withoutURL takes the address out of an error: its query may contain a session.
func withoutURL(err error) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}
