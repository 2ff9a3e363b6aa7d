package directory

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"
)

const (
	connectWithin = 10 * time.Second // for a server to take the connection
	stallAfter    = time.Minute      // without a row, after which a reading is given up
)

// OptionError says which key of a directory in hub.yml cannot be used.
type OptionError struct {
	Key string // as in hub.yml: "dsn", "filter"
	Err error
}

func (e *OptionError) Error() string { return e.Key + ": " + e.Err.Error() }

func (e *OptionError) Unwrap() error { return e.Err }

// stallWatch ends a reading in which nothing moves: a server that takes the question and never
// answers, a line that a firewall has forgotten.
type stallWatch struct {
	cause  func() error // why the reading was called off, nil while it goes on
	cancel context.CancelCauseFunc
	timer  *time.Timer
	after  time.Duration
	rows   int
}

type stallError struct{ after time.Duration }

func (e *stallError) Error() string {
	return fmt.Sprintf("the server sent nothing for %s; is it overloaded, or does a firewall drop the line?", e.after)
}

func watchStall(parent context.Context, after time.Duration) (*stallWatch, context.Context) {
	ctx, cancel := context.WithCancelCause(parent)
	w := &stallWatch{cause: func() error { return context.Cause(ctx) }, cancel: cancel, after: after}
	w.timer = time.AfterFunc(after, func() { cancel(&stallError{after}) })
	return w, ctx
}

// progress is told of every row.
func (w *stallWatch) progress() {
	if w.rows++; w.rows%64 == 1 {
		w.timer.Reset(w.after)
	}
}

func (w *stallWatch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// stalled returns why the reading was given up, nil where it was not.
func (w *stallWatch) stalled() error {
	var e *stallError
	if errors.As(w.cause(), &e) {
		return e
	}
	return nil
}

func readCA(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate in PEM (-----BEGIN CERTIFICATE-----)", path)
	}
	return roots, nil
}

const mendCertificate = "name the certificate authority's file in ca, and the server by the name that its " +
	"certificate has"

func certificateRefused(err error) bool {
	var verification *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &verification) || errors.As(err, &unknown) || errors.As(err, &host)
}
