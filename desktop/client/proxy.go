package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
)

// proxyError is a proxy's refusal.
type proxyError struct {
	proxy  string // host and port, without credentials
	status string // status of its response
}

func (e *proxyError) Error() string {
	return fmt.Sprintf("proxy %s: %s", e.proxy, e.status)
}

// setProxy configures the proxy of a transport. It is a tunnel: TLS with the hub is end to end.
func (c *Client) setProxy(t *http.Transport) {
	if c.cfg.Proxy == nil {
		return
	}
	t.Proxy = func(r *http.Request) (*url.URL, error) { return c.cfg.Proxy(r.URL) }
	t.OnProxyConnectResponse = func(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
		if answer.StatusCode != http.StatusOK {
			return &proxyError{proxy: proxy.Host, status: answer.Status}
		}
		return nil
	}
}

// proxyProblem explains a failure at the proxy, or returns nil.
func proxyProblem(at string, err error) *Problem {
	var refused *proxyError
	var op *net.OpError
	p := &Problem{Kind: ProxyRefused, Err: err}
	switch {
	case errors.As(err, &refused):
		p.Text = fmt.Sprintf("The proxy %s blocks %s (%s). Ask your administrator or add the server to NO_PROXY.",
			refused.proxy, at, refused.status)
	case errors.As(err, &op) && op.Op == "proxyconnect": // set by net/http
		p.Text = fmt.Sprintf("The proxy for %s is not responding. Check HTTPS_PROXY or add the server to NO_PROXY.",
			at)
	default:
		return nil
	}
	return p
}
