package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
)

// proxyError is a proxy that does not let us through.
type proxyError struct {
	proxy  string // its host and port, without what it is signed in to with
	status string // its answer
}

func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy %s answered %s", e.proxy, e.status)
}

// through gives a transport the proxy that is to be used. The TLS with the hub goes through it
// whole, so that it sees neither password nor calls.
func (c *Client) through(t *http.Transport) {
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

// noWayThrough explains a connection that failed at the proxy, and is nil where it did not.
func noWayThrough(at string, err error) *Problem {
	var refused *proxyError
	var op *net.OpError
	p := &Problem{Kind: ProxyRefused, Err: err}
	switch {
	case errors.As(err, &refused):
		p.Text = fmt.Sprintf("The proxy %s lets nobody through to %s (%s). Ask your administrator, or name the "+
			"server in NO_PROXY.",
			refused.proxy, at, refused.status)
	case errors.As(err, &op) && op.Op == "proxyconnect": // net/http's name for it
		p.Text = fmt.Sprintf("The proxy that should lead to %s does not answer. Check HTTPS_PROXY, or name the "+
			"server in NO_PROXY.",
			at)
	default:
		return nil
	}
	return p
}
