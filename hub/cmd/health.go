package cmd

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"traybell/hub/config"
	"traybell/shared/printable"
)

// healthWithin is how long the hub may take to answer.
const healthWithin = 4 * time.Second

type health struct{ configFlag }

// Run asks the hub on this computer, as a container has no program that could.
func (h health) Run(ctx context.Context, to streams) error {
	cfg, err := h.load()
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen %q: %w", cfg.Listen, err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "https"
	if cfg.TLS.Mode == config.TLSOff {
		scheme = "http"
	}
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // it is this computer
	}}
	resp, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("the hub does not answer: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if text, err := io.ReadAll(io.LimitReader(resp.Body, 100)); err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the hub answers %s: %.100s", resp.Status, text)
	}
	_, err = printable.Fprintf(to.out, "ok\n")
	return err
}
