// Package demo runs a hub without setup: with its own hub.yml and customers, and a simulated PBX
// that speaks AMI and places a call every few seconds.
package demo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/app"
	"traybell/hub/config"
	"traybell/hub/signin"
)

//go:embed hub.yml.tmpl
var hubYAML string

//go:embed customers.csv
var customers []byte

// Options configure the demo.
type Options struct {
	Dir     string // for its files; created if missing
	Listen  string // the hub's address
	Version string
	// gets what a desktop needs when the hub is ready: lines of "key: value", then an empty line
	Out   io.Writer
	Log   *slog.Logger
	Every time.Duration // the mean time between two calls; 0: five seconds
}

// The account of the demo.
const (
	extension = "101"
	password  = "traybell"
)

// Run runs the demo until ctx ends.
func Run(ctx context.Context, o Options) (err error) {
	pbx, err := amitest.New(amitest.Options{})
	if err != nil {
		return fmt.Errorf("start simulated PBX: %w", err)
	}
	defer pbx.Close()
	path, err := write(o, pbx.Addr())
	if err != nil {
		return err
	}
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	hub, err := app.New(ctx, app.Options{Config: cfg, File: path, Version: o.Version, Log: o.Log})
	if err != nil {
		return err
	}
	if err := hub.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Stop()) }() //nolint:contextcheck // ctx has ended
	_, err = fmt.Fprintf(o.Out,
		"hub: %s\nextension: %s\npassword: %s\nfingerprint: %s\ntickets: https://%s/tickets\npbx: %s\nconfig: %s\n\n",
		hub.Addr(), extension, password, hub.Fingerprint(), hub.Addr(), pbx.Addr(), path)
	if err != nil {
		return err
	}
	if err := pbx.WaitClients(ctx, 1); err != nil {
		return ended(err)
	}
	every := o.Every
	if every == 0 {
		every = 5 * time.Second
	}
	return ended(pbx.Simulate(ctx, amitest.Plan{
		DIDs: []string{"74950000001", "74950000002"}, Extensions: []string{"101", "102"}, Queue: "support",
		// with this seed the first call is from a customer
		Every: every, RingFor: 5 * time.Second, TalkFor: 10 * time.Second, Seed: 2,
		Callers: []amitest.Caller{
			{Number: "79161234567", Name: "Иван Петров"},
			{Number: "442079460123", Name: "Alice Brown"},
			{Number: "74955550117", Name: "Acme"},
			{Number: "79269998877"},
			{},
			{Number: "12025550147", Name: "BOB MILLER"},
		},
	}))
}

func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// write creates the demo's folder and returns the path of its hub.yml.
func write(o Options, pbx string) (string, error) {
	hash, err := signin.Hash(password)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Join(o.Dir, "data"), 0o700); err != nil {
		return "", fmt.Errorf("create folder: %w", err)
	}
	t, err := template.New("hub.yml").Option("missingkey=error").Parse(hubYAML)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	values := map[string]string{
		"Listen": o.Listen, "PBX": pbx, "Username": amitest.Username, "Secret": amitest.Secret, "Hash": hash,
		"Extension": extension,
	}
	if err := t.Execute(&text, values); err != nil {
		return "", err
	}
	path := filepath.Join(o.Dir, "hub.yml")
	for file, content := range map[string][]byte{
		path: []byte(text.String()), filepath.Join(o.Dir, "customers.csv"): customers,
	} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return "", fmt.Errorf("write files: %w", err)
		}
	}
	return path, nil
}
