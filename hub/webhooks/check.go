package webhooks

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"

	"traybell/hub/advice"
)

// Check resolves the host of a webhook and connects to it, with TLS if it has that. It sends
// nothing.
func Check(ctx context.Context, w Webhook) (works string, err error) {
	u, err := url.Parse(w.URL)
	if err != nil {
		return "", errors.New("the URL is not valid")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	address := net.JoinHostPort(u.Hostname(), port)
	dial := dialer()
	var conn net.Conn
	if u.Scheme == "https" {
		conn, err = (&tls.Dialer{NetDialer: dial, Config: w.TLS}).DialContext(ctx, "tcp", address)
	} else {
		conn, err = dial.DialContext(ctx, "tcp", address)
	}
	if err != nil {
		if fix := advice.For(err); fix != "" {
			return "", fmt.Errorf("%w; %s", err, fix)
		}
		return "", err
	}
	defer conn.Close()
	return "connected to " + conn.RemoteAddr().String(), nil
}
