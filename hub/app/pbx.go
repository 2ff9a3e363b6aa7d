package app

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"traybell/hub/calls"
	"traybell/hub/config"
	"traybell/hub/pbx"
	"traybell/shared/protocol"
)

// pbxConfig is a PBX's connection. The only error is a bad ca file.
func pbxConfig(p config.PBX) (pbx.Config, error) {
	var c pbx.Config
	c.Name, c.Address, c.Username, c.Password, c.MD5 = p.ID, p.Address, p.Username, p.Password.Reveal(), p.MD5
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

// startPBX connects to a PBX. Its calls go to the desk.
func (a *App) startPBX(cfg pbx.Config) {
	log := a.log.With("part", "pbx")
	isExtension := func(endpoint string) bool {
		return calls.ShortDigits(endpoint) || len(a.desk.Rules().Staff.At(endpoint)) > 0
	}
	onChange := func(c calls.Change) {
		if !c.Quiet { // the desk has no use for channels yet
			_ = a.desk.Change(a.run, c) // fails only when the hub stops
		}
	}
	cfg.Log = log
	cfg.Trackers = []pbx.Tracker{&calls.Follower{
		Tracker: calls.NewTracker(cfg.Name, isExtension), OnChange: onChange,
	}}
	cfg.OnState = func(s pbx.Status) {
		log.Info("PBX state changed", "pbx", s.ID, "state", s.State, "reason", s.Reason)
		_ = a.desk.PBX(a.run, s.PBX)
	}
	a.pbxs.Start(a.run, cfg)
}

// pbxStatus is the status of a PBX; one that is not enabled is stopped without a reason.
func (a *App) pbxStatus(id string) pbx.Status {
	if p, ok := a.pbxs.PBX(id); ok {
		return p.Status()
	}
	return pbx.Status{PBX: protocol.PBX{ID: id, State: protocol.PBXStopped}}
}
