package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"time"

	"traybell/hub/ami"
	"traybell/hub/calls"
	"traybell/hub/config"
	"traybell/hub/desk"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// amiConfig is a PBX's connection. The only thing that can be wrong here is the ca file.
func amiConfig(p config.PBX) (ami.Config, error) {
	c := ami.Config{Name: p.ID, Address: p.Address, Username: p.Username, Password: p.Password.Reveal(), MD5: p.MD5}
	if !p.TLS {
		return c, nil
	}
	c.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	if p.CA == "" {
		return c, nil
	}
	pem, err := os.ReadFile(p.CA)
	if err != nil {
		return c, err
	}
	c.TLS.RootCAs = x509.NewCertPool()
	if !c.TLS.RootCAs.AppendCertsFromPEM(pem) {
		return c, fmt.Errorf("%s holds no certificate in PEM", p.CA)
	}
	return c, nil
}

// newWatcher makes what follows one PBX and tells the desk. run is the context that the desk's loop
// lives with.
func newWatcher(run context.Context, connection ami.Config, d *desk.Desk, agents func() *staff.Staff,
	log *slog.Logger,
) *calls.Watcher {
	return calls.NewWatcher(calls.WatchConfig{
		PBX: connection.Name, AMI: connection, Log: log, Now: time.Now,
		IsExtension: func(endpoint string) bool {
			return calls.ShortDigits(endpoint) || len(agents().At(endpoint)) > 0
		},
		// A desk that refuses is stopping; there is nothing left to tell it.
		OnChange: func(c calls.Change) { _ = d.Change(run, c) },
		OnState: func(s protocol.PBX) {
			log.Info("the PBX is", "pbx", s.ID, "state", s.State, "reason", s.Reason)
			_ = d.PBX(run, s)
		},
	})
}
