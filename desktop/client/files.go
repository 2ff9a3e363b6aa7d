package client

import (
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Files returns what fetches files of a hub, and its URL. The hub's certificate must be trusted
// already: the agent is not asked.
func Files(cfg Config) (*http.Client, *url.URL) {
	c := New(cfg, nil)
	transport := &http.Transport{
		TLSClientConfig: c.tlsConfig(), DialContext: (&net.Dialer{Timeout: dialWithin}).DialContext,
		TLSHandshakeTimeout: dialWithin, ResponseHeaderTimeout: shakeWithin, IdleConnTimeout: time.Minute,
	}
	c.setProxy(transport)
	hub := &url.URL{Scheme: "https", Host: net.JoinHostPort(c.host(), strconv.Itoa(c.cfg.Port))}
	if cfg.Plain {
		hub.Scheme = "http"
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, hub
}
