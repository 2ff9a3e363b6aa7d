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
	connectWithin = 10 * time.Second // until a connection is established
	stallAfter    = time.Minute      // without a row, until a read is cancelled
)

// OptionError is an error in a key of a directory in hub.yml.
type OptionError struct {
	Key string // as in hub.yml: "dsn", "filter"
	Err error
}

func (e *OptionError) Error() string { return e.Key + ": " + e.Err.Error() }

func (e *OptionError) Unwrap() error { return e.Err }

// stallWatch cancels a read without progress: the server does not answer, or a firewall dropped the
// connection.
type stallWatch struct {
	cause  func() error // why the read was cancelled; nil while it runs
	cancel context.CancelCauseFunc
	timer  *time.Timer
	after  time.Duration
	rows   int
}

type stallError struct{ after time.Duration }

func (e *stallError) Error() string {
	return fmt.Sprintf("the server sent nothing for %s; is it overloaded, or does a firewall drop the connection?",
		e.after)
}

func watchStall(parent context.Context, after time.Duration) (*stallWatch, context.Context) {
	ctx, cancel := context.WithCancelCause(parent)
	w := &stallWatch{cause: func() error { return context.Cause(ctx) }, cancel: cancel, after: after}
	w.timer = time.AfterFunc(after, func() { cancel(&stallError{after}) })
	return w, ctx
}

// progress is called for every row.
func (w *stallWatch) progress() {
	if w.rows++; w.rows%64 == 1 {
		w.timer.Reset(w.after)
	}
}

func (w *stallWatch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// stalled returns the error of a stalled read, or nil.
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
		return nil, fmt.Errorf("%s has no certificate in PEM format (-----BEGIN CERTIFICATE-----)", path)
	}
	return roots, nil
}

const fixCertificate = "set ca to the file of the certificate authority, and use the server name of the certificate"

func certificateRefused(err error) bool {
	var verification *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &verification) || errors.As(err, &unknown) || errors.As(err, &host)
}
